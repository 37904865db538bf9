import Journaling
import TestSupport
import Testing
import Values

/// Records that go on after a person's answer while their run goes on.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct LateAnswerTests {
    private static let approval = """
          - name: approval
            when: input.id != "z"
            review: {question: "Send {{ input.id }}?", show: [input.id]}

        """

    /// Asks about the row `z` behind all others, which holds the run open until the server is released.
    private func kitchen(_ steps: String, records: Int, limits: String, _ server: ModelServer) throws -> Kitchen {
        let kitchen = try Kitchen(
            """
            recipe: late
            models: {clerk: {provider: openai, url: \(server.url), model: test, limits: {in_flight: 64}}}
            input: {csv: rows.csv, key: id}
            limits: \(limits)
            steps:
              - name: hold
                when: input.id == "z"
                ask: {model: clerk, prompt: "[fault hold]", answer: {text: string <= 20}}
            \(steps)output: {csv: out.csv, columns: {id: input.id}}

            """)
        let rows = (0..<records).map { "r\($0),\($0)\n" }.joined()
        try kitchen.write("rows.csv", "id,number\n\(rows)z,0\n")
        return kitchen
    }

    /// Runs it, approves everything that waits meanwhile, and lets it come to its end.
    private func run(_ kitchen: Kitchen, records: Int, _ server: ModelServer) async throws -> Finished {
        let process = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--progress", "none"])
        try await server.wasAsked(1)
        try await wait(for: "the records that wait") {
            guard kitchen.exists("run/journal.sqlite") else { return false }
            return try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).waits().count == records
        }
        let approved = try await kitchen.linecook("review", "run", "--approve-where", "true", "--yes")
        #expect(approved.code == 0, "\(approved.err)")
        server.release()
        return await process.end()
    }

    @Test func `no more of them are under way than the run takes up at once`() async throws {
        let server = try ModelServer("--delay", "200")
        let behind = """
              - name: title
                when: input.id != "z"
                ask: {model: clerk, prompt: "{{ input.id }}: a title?", answer: {title: string <= 20}}

            """
        let kitchen = try kitchen(Self.approval + behind, records: 40, limits: "{in_flight: 4}", server)
        let run = try await run(kitchen, records: 40, server)
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 41)
        // The one that holds the run open besides.
        #expect(try await server.figure("peak_in_service") <= 5)
    }

    @Test func `if too many of them fail the run stops`() async throws {
        let server = try ModelServer()
        let behind = """
              - name: length
                check: [{rule: 'input.id == "z"', because: it is no z}]

            """
        let kitchen = try kitchen(Self.approval + behind, records: 30, limits: "{failures: 2, in_flight: 1}", server)
        let run = try await run(kitchen, records: 30, server)
        let counts = try kitchen.report()["counts"]
        let failed = try #require(counts?["failed"]?.int)
        // It counts once 20 records have ended, of which the one that held the run open may be one.
        #expect(19...20 ~= failed && counts?["done"] == 1, "\(run.err)")
        // What it had heard of by then is given back, and what it had not waits on.
        #expect(run.code == (counts?["not_reached"] == 0 ? 1 : 4), "\(run.err)")
        let again = try await kitchen.linecook("resume", "run")
        #expect(again.code == 4, "\(again.err)")
        #expect((try kitchen.report()["counts"]?["failed"]?.int ?? 0) > failed)
    }
}
