import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// A run that is killed goes on: it ends in the same bytes, and no answer is paid for twice.
///
/// A suite of its own, because of two time limits that of the suite counts where it is the shorter one.
@Suite(.startsPrograms, .timeLimit(.minutes(60))) struct KilledRunTests {
    /// How many kills: `LINECOOK_KILLS=200` for the long form.
    private static let kills = ProcessInfo.processInfo.environment["LINECOOK_KILLS"].flatMap(Int.init) ?? 8

    @Test func `killed at any moment, it ends in the same bytes, and asks no answered question again`() async throws {
        let seed = UInt64.random(in: 0...999_999)
        var random = Draws(seed: seed)
        let clean = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(30))
        let cleanServer = try ModelServer("--delay", "4")
        #expect(try await clean.run("--model", cleanServer.asClerk, "--in-flight", "4").code == 1)
        let expected = try clean.outputsOfTwo()

        var (killed, repeats) = (0, 0)
        while killed < Self.kills {
            let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(30))
            let server = try ModelServer("--delay", "4")
            var killsHere = 0
            while true {
                let asked = try await server.figure("requests")
                // Anywhere from before the first request to behind the last one.
                let wanted = Int.random(in: 0...8, using: &random)
                let wait = UInt32.random(in: 0...20_000, using: &random)
                let run = try kitchen.start(
                    ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "4"])
                if killsHere < 10, killed < Self.kills {
                    while !run.hasEnded, try await server.figure("requests") < asked + wanted {}
                    await pause(microseconds: wait)
                    run.send(SIGKILL)
                    if await run.end().code == 137 {
                        killed += 1
                        killsHere += 1
                        continue
                    }
                }
                let finished = await run.end()
                // One that was killed behind its reports is over.
                let isOver = killsHere > 0 && finished.err.contains("holds a run that is over")
                #expect(finished.code == 1 || isOver, "seed \(seed): \(finished.err)")
                break
            }
            #expect(try kitchen.outputsOfTwo() == expected, "seed \(seed)")
            let report = try kitchen.report()
            #expect(report["counts"]?["done"] == 30)
            #expect(report["counts"]?["failed"] == 1)
            // What was in flight at a kill may have been answered into the void: four at most, each time.
            let repeated = try await server.figure("repeats")
            #expect(repeated <= 4 * killsHere, "seed \(seed)")
            repeats += repeated
            #expect(try kitchen.files("out") == ["out.csv", "out.jsonl"])
        }
        print(
            "kills: \(killed), each gone on from to the same bytes; \(repeats) of at most \(4 * killed) questions that were in "
                + "flight were asked again; seed \(seed)")
    }

    private func pause(microseconds: UInt32) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                usleep(microseconds)
                continuation.resume()
            }
        }
    }

    // MARK: Rows that nobody is asked about

    /// Rows that make so much output that their chunks come to the journal in five parts or more.
    private func manyRows() throws -> Kitchen {
        let label = String(repeating: " twice, as it stands in every row so that there is much to write", count: 5)
        let kitchen = try Kitchen(
            SampleRecipes.table.replacing(" twice\"", with: "\(label)\"").replacing(
                "twice: twice.amount}", with: "twice: twice.amount, label: twice.label}"))
        let rows = (1...60_000).map { "r\($0),\($0 % 977 == 0 ? "much" : String($0))\n" }
        try kitchen.write("rows.csv", "id,amount\n" + rows.joined())
        return kitchen
    }

    /// How many chunks the journal of its run has.
    private func chunks(_ kitchen: Kitchen) throws -> Int {
        guard kitchen.exists("run/journal.sqlite") else { return 0 }
        var count = 0
        try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).forEachChunk { _ in count += 1 }
        return count
    }

    /// Kills a run twice, each time once there are more chunks in its journal than it began with.
    ///
    /// - Returns: nil where a run had ended before it was killed.
    private func killedTwice() async throws -> Kitchen? {
        let kitchen = try manyRows()
        var kept = 0
        for kill in 0..<2 {
            let run = try kitchen.start(["run", "recipe.yaml", "--run", "run"])
            try await wait(for: "more chunks in the journal") { [kept] in
                try run.hasEnded || chunks(kitchen) > kept
            }
            run.send(SIGKILL)
            let killed = await run.end()
            // With its outputs in place it may be over, though it was killed.
            guard killed.code == 137, !kitchen.exists("out/out.csv") else { return nil }
            if kill > 0 { #expect(killed.err.contains("going on with run run"), "\(killed.err)") }
            kept = try chunks(kitchen)
        }
        return kitchen
    }

    @Test func `many plain rows killed on the way end in the same bytes`() async throws {
        let clean = try manyRows()
        #expect(try await clean.run().code == 1)
        var killed: Kitchen?
        // The next part of the chunks may have been the last one by the time that it was seen.
        for _ in 1...8 where killed == nil { killed = try await killedTwice() }
        let kitchen = try #require(killed, "no run could be killed twice in its middle")
        let run = try await kitchen.run()
        #expect(run.code == 1, "\(run.err)")
        #expect(run.err.contains("going on with run run: ") && !run.err.contains("run run: 0 of"), "\(run.err)")
        for output in ["out/out.csv", "out/out.jsonl", "out/out.json"] {
            #expect(FileManager.default.contentsEqual(atPath: kitchen.path(output), andPath: clean.path(output)))
        }
        for kitchen in [kitchen, clean] { #expect(try kitchen.report()["counts"]?["failed"] == 61) }
    }

    // MARK: At its end

    @Test func `killed behind its end but before its reports, it writes them when it is gone on with`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(3))
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 1)
        let written = try kitchen.outputsOfTwo()
        try FileManager.default.removeItem(atPath: kitchen.path("run/report.json"))
        let again = try await kitchen.run("--model", server.asClerk)
        #expect(again.code == 1, "\(again.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 3)
        #expect(try kitchen.outputsOfTwo() == written)
        #expect(try await server.figure("requests") == 6)
        let over = try await kitchen.run("--model", server.asClerk)
        #expect(over.code == 2 && over.err.contains("holds a run that is over"), "\(over.err)")
    }
}
