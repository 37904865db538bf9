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
        ("{w: openai}", ["recipe.yaml:2:13: error: a model of provider 'openai' needs its name: `model: …`"]),
        (
            "{w: {provider: anthropic, url: models.example}}",
            [
                "recipe.yaml:2:24: error: a model of provider 'anthropic' needs its name: `model: …`",
                "recipe.yaml:2:40: error: the `url` of a model begins with http:// or https://, and 'models.example' does not",
            ]
        ),
        (
            "{w: {provider: openai, model: m, url: 'https://a.example:0/v1'}}",
            ["recipe.yaml:2:47: error: the `url` of a model names a host"]
        ),
    ])
    func `check tells what a model's settings lack`(models: String, mistakes: [String]) async throws {
        let kitchen = try kitchen(models: models)
        for command in ["check", "plan"] {
            let told = try await kitchen.linecook(command, "recipe.yaml")
            #expect(told.code == 2)
            for mistake in mistakes { #expect(told.err.contains(mistake), "\(command): \(told.err)") }
        }
        // Another model in its place has nothing to do with it.
        let plan = try await kitchen.linecook("plan", "recipe.yaml", "--model", "w=https://a.example/v1#m")
        #expect(plan.code == 0, "\(plan.err)")
    }

    @Test func `a key that is not set is told by plan and by doctor`() async throws {
        let unset = try kitchen(models: "{w: {provider: openai, model: m, key: {env: LINECOOK_TEST_NO_KEY}}}")
        let told = "its key is not set: https://api.openai.com/v1 answers nobody without one"
        let plan = try await unset.linecook("plan", "recipe.yaml")
        #expect(plan.code == 2 && plan.err.contains("the environment has no LINECOOK_TEST_NO_KEY"), "\(plan.err)")
        let doctor = try await unset.linecook("doctor", "recipe.yaml")
        #expect(doctor.code == 1)
        #expect(
            doctor.out.split(separator: "\n").contains {
                $0.hasPrefix("lack  model 'w': ") && $0.contains("LINECOOK_TEST_NO_KEY")
            }, "\(doctor.out)")
        let set = try await unset.linecook("doctor", "recipe.yaml", environment: ["LINECOOK_TEST_NO_KEY": "abc"])
        #expect(set.out.split(separator: "\n").contains { $0.hasPrefix("ok    model 'w': ") }, "\(set.out)")

        let unnamed = try kitchen(models: "{w: {provider: openai, model: m}}")
        let note = try await unnamed.linecook("plan", "recipe.yaml")
        #expect(note.code == 0 && note.out.contains("note: the model 'w': \(told)"), "\(note.out)")
        let lack = try await unnamed.linecook("doctor", "recipe.yaml")
        #expect(lack.out.split(separator: "\n").contains { $0.hasPrefix("lack  model 'w': \(told)") }, "\(lack.out)")
    }

    @Test func `plan tells of an output folder that cannot be written, and makes none`() async throws {
        let kitchen = try kitchen(
            models: "{w: {provider: openai, url: 'http://a.example/v1', model: m}}", out: "out: locked/new/out")
        try FileManager.default.createDirectory(atPath: kitchen.path("locked"), withIntermediateDirectories: true)
        let fine = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(fine.code == 0, "\(fine.err)")
        #expect(!kitchen.exists("locked/new"))
        chmod(kitchen.path("locked"), 0o500)
        defer { chmod(kitchen.path("locked"), 0o700) }
        let rights = try Rights.ofOrdinaryPeople()
        let plan = try await kitchen.linecook("plan", "recipe.yaml", under: rights)
        #expect(plan.code == 2)
        #expect(plan.err.contains("error: the outputs cannot be written into 'locked/new/out': "), "\(plan.err)")
        #expect(plan.err.contains("it would be made in 'locked': Permission denied"), "\(plan.err)")
        try kitchen.write("file", "")
        let file = try await kitchen.linecook("plan", "recipe.yaml", "--output", "file/out")
        #expect(file.code == 2)
        #expect(file.err.contains("the outputs cannot be written into 'file/out': Not a directory"), "\(file.err)")
    }

    @Test(arguments: [
        ("recipe: x\nsteps:\n\t- name: a\n", "    3 | ", 3),
        ("recipe: \"x\nsteps: []\n", "    1 | recipe: \"x\n      |         ^", 1),
        ("recipe: x\n input: {}\n", "    2 |  input: {}", 2),
        ("recipe: x\nsteps: [\n", "    3 | \n      | ^", 3),
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

    @Test func `a record whose id is blank is told in quotes`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: blank
            input: {csv: rows.csv, key: id, fields: {n: integer}}
            steps: [{name: a, set: {b: input.n}}]
            output: [{csv: out.csv, columns: {id: input.id}}]

            """)
        try kitchen.write("rows.csv", "id,n\na,1\n   ,x\n")
        let run = try await kitchen.run()
        #expect(run.code == 1)
        #expect(run.err.contains("1 record failed, such as '   ': line 3 of rows.csv"), "\(run.err)")
        #expect(try kitchen.read("run/report.md").contains("such as `'   '`"))
        #expect(try kitchen.read("run/report.html").contains("&#39;   &#39;"))
    }

    @Test func `plan tells calls of models apart from what else is asked`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: apart
            input: {csv: rows.csv, key: id}
            steps:
              - name: it
                lookup: {csv: rows.csv, key: id, with: {id: input.id}, rows: {at most one: {id: string}}}
              - name: page
                when: it != null
                fetch: {url: "https://{{ input.id }}/", allow: "*"}
                attempts: 2
              - name: note
                write: {path: "{{ record.id }}.md", text: hello}
            output: [{csv: out.csv, columns: {id: input.id}}]

            """)
        try kitchen.write("rows.csv", "id\na\nb\n")
        let plan = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(
            plan.out.contains(
                """
                calls    none
                lookups  2
                pages    at most 2, 4 if every attempt is used
                files    2
                held     
                """.trimmingCharacters(in: .whitespaces)), "\(plan.out)")
    }

    @Test func `plan shows the choices and bounds of an answer`() async throws {
        let kitchen = try kitchen(models: "{w: {provider: openai, url: 'http://a.example/v1', model: m}}")
        let answer = "{kind: {one of: [letter, notice]}, text: string <= 20}"
        let recipe = try kitchen.read("recipe.yaml").replacing(
            "{{ input.id }}\"}", with: "{{ input.id }}\", answer: \(answer)}\n    when: input.id != \"\"")
        try kitchen.write("recipe.yaml", recipe.replacing("a.text", with: "a.?text.orValue(\"\")"))
        let plan = try await kitchen.linecook("plan", "recipe.yaml")
        #expect(plan.out.contains("a (ask, w) -> \(answer) or null\n"), "\(plan.out)\(plan.err)")
    }
}
