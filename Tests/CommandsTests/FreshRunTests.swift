import Foundation
import Testing
import Values

/// What `--fresh` makes of what people have answered in the run before it.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct FreshRunTests {
    private let me = NSUserName()

    /// A run with two records that wait, `a` and `b`, and where it lies. `a` is answered.
    private func answered() async throws -> (kitchen: Kitchen, run: String) {
        let kitchen = try Kitchen(
            """
            recipe: pay
            input: {csv: rows.csv, key: id}
            steps:
              - name: approval
                review: {question: Pay?, show: [input.amount]}
            output: {csv: out.csv, columns: {id: input.id}}

            """)
        try kitchen.write("rows.csv", "id,amount\na,1\nb,2\n")
        #expect(try await kitchen.linecook("run", "recipe.yaml").code == 3)
        let run = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        let shown = try await kitchen.linecook("review", run, "--show", "a", "--json")
        let seen = try #require(try JSON.parse(shown.out)["seen"]?.string)
        let said = try await kitchen.linecook(
            "review", run, "--answer", "approve", "--record", "a", "--seen", seen)
        #expect(said.code == 0, "\(said.err)")
        return (kitchen, run)
    }

    @Test func `an answer that was not used yet is not thrown away without --yes`() async throws {
        let (kitchen, run) = try await answered()
        let refused = try await kitchen.linecook("run", "recipe.yaml", "--fresh")
        #expect(refused.code == 2, "\(refused.err)")
        #expect(
            refused.err.contains("1 answer in \(run), by \(me), is not used yet and would be lost"), "\(refused.err)")
        #expect(refused.err.contains("`linecook resume \(run)`") && refused.err.contains("--fresh --yes"))
        #expect(try kitchen.files(".linecook/runs").count == 1)
        #expect(try await kitchen.linecook("resume", run).code == 3)
        #expect(try kitchen.report(run)["counts"]?["done"] == 1)
        // What merely waits is no answer.
        let fresh = try await kitchen.linecook("run", "recipe.yaml", "--fresh")
        #expect(fresh.code == 3, "\(fresh.err)")
        #expect(fresh.err.contains("1 record that waited for a person in \(run) is rejected, because"), "\(fresh.err)")
    }

    @Test func `with --yes it is told whose answers are lost, there and in the reports`() async throws {
        let (kitchen, run) = try await answered()
        let fresh = try await kitchen.linecook("run", "recipe.yaml", "--fresh", "--yes")
        #expect(fresh.code == 3, "\(fresh.err)")
        let lost = "are rejected, 1 of them with an answer that was not used yet, by \(me), because"
        #expect(fresh.err.contains("2 records that waited for a person in \(run) \(lost)"), "\(fresh.err)")
        let report = try kitchen.report(run)
        #expect(report["counts"]?["waiting"] == 0 && report["counts"]?["rejected"] == 2)
        let failures = try kitchen.read("\(run)/failures.csv")
        #expect(failures.contains("what \(me) said was not used yet") && failures.contains("nobody had decided"))
    }
}
