import Foundation
import TestSupport
import Testing
import Values

/// What can be seen of a recipe, and of the machine that it is to run on, before anything runs.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct MachineTests {
    private func kitchen(models: String, out: String = "") throws -> Kitchen {
        let kitchen = try Kitchen(
            """
            recipe: machine
            models: \(models)
            input: {csv: rows.csv, key: id}
            steps:
              - name: a
                ask: {model: w, prompt: "{{ input.id }}"}
            \(out)
            output: [{csv: out.csv, columns: {id: record.id, text: a.text}}]

            """)
        try kitchen.write("rows.csv", "id\na\n")
        return kitchen
    }

    @Test(arguments: [
        ("recipe: x\nsteps:\n\t- name: a\n", "    3 | ", 3),
        ("recipe: \"x\nsteps: []\n", "    1 | recipe: \"x\n      |         ^", 1),
        ("recipe: x\n input: {}\n", "    2 |  input: {}", 2),
        ("recipe: x\nsteps: [\n", "    2 | steps: [\n      |        ^", 2),
    ])
    func `a mistake of YAML shows its line`(text: String, excerpt: String, line: Int) async throws {
        let kitchen = try Kitchen(text)
        for command in ["check", "plan", "run", "diff"] {
            let told = try await kitchen.linecook(command, "recipe.yaml")
            #expect(told.code == 2)
            #expect(told.err.contains("recipe.yaml:\(line):"), "\(told.err)")
            #expect(told.err.contains(excerpt), "\(told.err)")
            #expect(told.lines.contains { $0.contains(" | ") && $0.contains("^") }, "\(told.err)")
        }
    }
}
