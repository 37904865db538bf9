import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// Ctrl-C typed on a real terminal, and the signals that other programs send.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct SignalTests {
    private func kitchen(_ count: Int) throws -> Kitchen {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(count))
        try kitchen.write("out/out.jsonl", "what an earlier run wrote\n")
        return kitchen
    }

    private func words(_ server: ModelServer, _ more: String...) -> [String] {
        ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk] + more
    }

    @Test func `Ctrl-C once finishes what is in flight, writes a partial output and says how to go on`() async throws {
        let kitchen = try kitchen(40)
        let server = try ModelServer("--hold", "1")
        let run = try kitchen.start(words(server, "--in-flight", "2"), size: (80, 24))
        try await server.wasAsked(3)
        run.typeControlC()
        #expect(await run.says("press Ctrl-C again to stop now"))
        server.release()
        let finished = await run.end()
        #expect(finished.code == 130, "\(finished.out)")
        #expect(!finished.hung)
        let report = try kitchen.report()
        #expect(report["outcome"] == "stopped")
        #expect(report["counts"]?["read"] == 40)
        let done = try #require(report["counts"]?["done"]?.int)
        #expect(done >= 3 && done < 40)
        // Everything that was asked was waited for.
        #expect(try await server.figure("requests") == Int(done))
        #expect(try await server.figure("answered") == Int(done))
        #expect(report["counts"]?["not_reached"]?.int == 40 - done)
        #expect(try kitchen.lines("out/out.partial.jsonl").count == Int(done))
        #expect(try kitchen.read("out/out.jsonl") == "what an earlier run wrote\n")
        #expect(finished.out.contains("out/out.partial.jsonl (\(done) records)"))
        #expect(finished.out.contains("interrupted with Ctrl-C"))
        #expect(finished.out.contains("linecook resume run"))
    }

    @Test func `Ctrl-C twice stops now, and what was done is kept`() async throws {
        let kitchen = try kitchen(6)
        // One answer comes at once; the others would take an hour.
        for number in 2...6 {
            try kitchen.write("docs/d0\(number).md", SampleRecipes.document(number, "[fault hang]"))
        }
        let server = try ModelServer()
        let run = try kitchen.start(words(server, "--in-flight", "3"), size: (80, 24))
        try await server.wasAsked(4)
        #expect(await run.saysSomeAreDone())
        run.typeControlC()
        #expect(await run.says("press Ctrl-C again to stop now"))
        run.typeControlC()
        let finished = await run.end()
        #expect(finished.code == 130, "\(finished.out)")
        #expect(!finished.hung)
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["done"] == 1)
        #expect(counts["not_reached"] == 5)
        #expect(try kitchen.lines("out/out.partial.jsonl").count == 1)
        #expect(finished.out.contains("stopping now"))
    }

    @Test func `SIGTERM stops in order and is 143`() async throws {
        let kitchen = try kitchen(40)
        let server = try ModelServer("--hold", "1")
        let run = try kitchen.start(words(server, "--in-flight", "2"))
        try await server.wasAsked(3)
        try await run.stop(server, by: SIGTERM)
        let finished = await run.end()
        #expect(finished.code == 143, "\(finished.err)")
        #expect(try kitchen.report()["outcome"] == "stopped")
        #expect(try await server.figure("requests") == server.figure("answered"))
        #expect(finished.err.contains("SIGTERM"))
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func `a run with nothing left when it is told to end has ended`(signal: Int32) async throws {
        let kitchen = try kitchen(2)
        let server = try ModelServer("--hold", "0")
        let run = try kitchen.start(words(server, "--in-flight", "2"))
        try await server.wasAsked(2)
        try await run.stop(server, by: signal)
        let finished = await run.end()
        #expect(finished.code == 0, "\(finished.err)")
        #expect(finished.err.contains("All 2 records done") && !finished.err.contains("Stopped early"))
        #expect(!finished.err.contains("go on with it"), "\(finished.err)")
        let report = try kitchen.report()
        #expect(report["outcome"] == "done" && report["reason"] == .null)
        #expect(try kitchen.lines("out/out.jsonl").count == 2)
        #expect(try !kitchen.read("run/report.md").contains("Run it again"))
    }

    @Test func `Ctrl-C while a request waits to be tried again does not wait for minutes`() async throws {
        let kitchen = try kitchen(1)
        try kitchen.write("docs/d01.md", SampleRecipes.document(1, "[fault 429]"))
        let server = try ModelServer("--retry-after", "500")
        let run = try kitchen.start(words(server), size: (80, 24))
        try await server.wasAsked(1)
        run.typeControlC()
        #expect(await run.says("press Ctrl-C again to stop now"))
        run.typeControlC()
        let finished = await run.end()
        #expect(finished.code == 130, "\(finished.out)")
        #expect(!finished.hung)
    }

    @Test func `a stop while the model is out of reach waits for nobody, and leaves nothing in doubt`() async throws {
        let kitchen = try kitchen(12)
        // Nobody listens there.
        let run = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", "clerk=http://127.0.0.1:1/v1#test"])
        #expect(await run.says("cannot be reached"))
        let begun = ContinuousClock.now
        run.send(SIGTERM)
        let finished = await run.end()
        // Half a minute is how long it would wait; a busy machine needs some seconds to write its reports.
        #expect(ContinuousClock.now - begun < .seconds(15))
        #expect(finished.code == 143, "\(finished.err)")
        #expect(finished.err.contains("told to end (SIGTERM)"), "\(finished.err)")
        #expect(try kitchen.report()["counts"]?["not_reached"] == 12)
        #expect(try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).inDoubt() == [])
    }

    @Test func `a run that nobody asks is stopped too, with what its chunks wrote`() async throws {
        let rows = (1...300_000).map { "r\($0),\($0)\n" }.joined()
        // One that has ended before it heard the signal tells nothing, and another is started.
        for _ in 1...5 {
            let kitchen = try Kitchen(SampleRecipes.table)
            try kitchen.write("rows.csv", "id,amount\n" + rows)
            let run = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--progress", "none"])
            // The spool stands there from the first chunk on.
            try await wait(for: "the first chunk") { run.hasEnded || kitchen.exists("out/.out.csv.spool") }
            run.send(SIGINT)
            let finished = await run.end()
            if finished.code == 0 { continue }
            #expect(finished.code == 130, "\(finished.err)")
            let counts = try #require(try kitchen.report()["counts"])
            #expect(counts["read"] == 300_000)
            let done = try #require(counts["done"]?.int)
            #expect(try kitchen.lines("out/out.partial.csv").count == Int(done) + 1)
            #expect(!kitchen.exists("out/out.csv"))
            return
        }
        Issue.record("each of five runs had ended before it could be stopped")
    }
}
