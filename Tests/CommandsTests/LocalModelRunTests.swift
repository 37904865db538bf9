import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// Runs on the embedded model's own way: a server that Linecook starts, watches and ends.
@Suite(.startsPrograms) struct LocalModelRunTests {
    /// A kitchen whose `local` model is the test server, which leaves its process id in `server-id`.
    ///
    /// - Parameter limits: of the recipe.
    private func kitchen(
        _ count: Int, _ options: String = "", limits: String = ""
    ) throws -> (Kitchen, [String: String]) {
        let kitchen = try Kitchen(SampleRecipes.ask + limits, documents: SampleRecipes.documents(count))
        try kitchen.write("model.gguf", "weights")
        let server = try install(options, in: kitchen)
        return (kitchen, ["LINECOOK_LLAMA_SERVER": server, "LINECOOK_MODEL": kitchen.path("model.gguf")])
    }

    /// Puts the test server there, with these options, or in place of one with others.
    @discardableResult
    private func install(_ options: String, in kitchen: Kitchen) throws -> String {
        try kitchen.folder.writeProgram(
            "llama-server",
            "echo $$ >> \(kitchen.path("server-id"))\nexec \(TestProgram.path("model-server")) \(options) \"$@\"")
    }

    /// Waits until so many servers were begun.
    private func begun(_ count: Int, in kitchen: Kitchen) async throws {
        try await wait(for: "server \(count)") {
            guard kitchen.exists("server-id") else { return false }
            return try kitchen.lines("server-id").count >= count
        }
    }

    /// A run that was stopped before its first record, and is gone on with now that the model can be loaded.
    private func hasNotBegun(
        _ finished: Finished, _ kitchen: Kitchen, _ environment: [String: String]
    ) async throws {
        let report = try kitchen.report()
        #expect(report["outcome"] == "stopped")
        #expect(report["counts"]?["read"] == 3 && report["counts"]?["not_reached"] == 3)
        #expect(try kitchen.read("out/out.partial.jsonl").isEmpty)
        #expect((finished.out + finished.err).contains("go on with it: linecook resume run"))
        #expect(try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).inDoubt() == [])
        try await serversAreGone(kitchen)

        try install("", in: kitchen)
        try kitchen.write("recipe.yaml", SampleRecipes.ask)
        let next = try await kitchen.run(environment: environment)
        #expect(next.code == 0, "\(next.err)")
        #expect(next.err.contains("going on with run"))
        #expect(try kitchen.lines("out/out.jsonl").count == 3)
    }

    /// Far less than the three minutes that a model may take to load, and more than a busy machine needs.
    private static let atOnce = Swift.Duration.seconds(15)

    private let run = ["run", "recipe.yaml", "--run", "run"]

    /// Waits until the processes that left their ids are gone.
    private func serversAreGone(_ kitchen: Kitchen) async throws {
        for line in try kitchen.lines("server-id") {
            let id = try #require(pid_t(line))
            // What is killed is gone soon after, whoever takes it from the process table.
            try await wait(for: "the end of server \(id)") { Self.isGone(id) }
        }
    }

    private static func isGone(_ id: pid_t) -> Bool {
        guard kill(id, 0) == 0 else { return true }
        // Dead, but its parent has not taken notice.
        guard let status = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return false }
        return String(decoding: status, as: UTF8.self).contains(") Z ")
    }

    @Test(.timeLimit(.minutes(5))) func `it is started, told of, asked and ended`() async throws {
        let (kitchen, environment) = try kitchen(3)
        let run = try await kitchen.run(environment: environment)
        #expect(run.code == 0, "\(run.err)")
        #expect(run.err.contains("starting the local model"))
        #expect(try kitchen.lines("out/out.jsonl").count == 3)
        try await serversAreGone(kitchen)
    }

    @Test(.timeLimit(.minutes(5))) func `Ctrl-C is not the server's to hear: what is in flight is answered`()
        async throws
    {
        let (kitchen, environment) = try kitchen(60, "--hold 3")
        let run = try kitchen.start(self.run, environment: environment, size: (80, 24))
        #expect(await run.saysSomeAreDone())
        run.typeControlC()
        #expect(await run.says("press Ctrl-C again to stop now"))
        // It lets go of what it holds, if it is there to hear it.
        for line in try kitchen.lines("server-id") { #expect(kill(try #require(pid_t(line)), SIGUSR1) == 0) }
        let finished = await run.end()
        #expect(finished.code == 130, "\(finished.out)")
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["failed"] == 0)
        #expect(counts["done"]?.int ?? 0 > 0)
        #expect(counts["not_reached"]?.int ?? 0 > 0)
        #expect(try kitchen.lines("out/out.partial.jsonl").count == Int(counts["done"]?.int ?? -1))
        // One server, and it lived to the end.
        #expect(try kitchen.lines("server-id").count == 1)
        try await serversAreGone(kitchen)
    }

    @Test(.timeLimit(.minutes(5))) func `Ctrl-C while the model is loaded stops at once`() async throws {
        let (kitchen, environment) = try kitchen(3, "--mute")
        let run = try kitchen.start(self.run, environment: environment, size: (80, 24))
        try await begun(1, in: kitchen)
        let pressed = ContinuousClock.now
        run.typeControlC()
        let finished = await run.end()
        #expect(ContinuousClock.now - pressed < Self.atOnce)
        #expect(finished.code == 130 && !finished.hung, "\(finished.out)")
        #expect(finished.out.contains("stopped: interrupted with Ctrl-C"))
        try await hasNotBegun(finished, kitchen, environment)
    }

    @Test(.timeLimit(.minutes(5))) func `Ctrl-C twice while a model is loaded that does not listen stops as well`()
        async throws
    {
        // It is asked to end and has a second for it: time for the second key.
        let (kitchen, environment) = try kitchen(3, "--mute --ignore-term")
        let run = try kitchen.start(self.run, environment: environment, size: (80, 24))
        try await begun(1, in: kitchen)
        let pressed = ContinuousClock.now
        run.typeControlC()
        #expect(await run.says("press Ctrl-C again to stop now"))
        run.typeControlC()
        let finished = await run.end()
        #expect(ContinuousClock.now - pressed < Self.atOnce)
        #expect(finished.code == 130 && !finished.hung, "\(finished.out)")
        try await hasNotBegun(finished, kitchen, environment)
    }

    @Test(.timeLimit(.minutes(5))) func `SIGTERM while the model is loaded stops at once`() async throws {
        let (kitchen, environment) = try kitchen(3, "--mute")
        let run = try kitchen.start(self.run, environment: environment)
        try await begun(1, in: kitchen)
        let sent = ContinuousClock.now
        run.send(SIGTERM)
        let finished = await run.end()
        #expect(ContinuousClock.now - sent < Self.atOnce)
        #expect(finished.code == 143 && !finished.hung, "\(finished.err)")
        #expect(finished.err.contains("stopped: told to end (SIGTERM)"))
        try await hasNotBegun(finished, kitchen, environment)
    }

    @Test(.timeLimit(.minutes(5))) func `the time limit does not wait for a model that is loaded`() async throws {
        let (kitchen, environment) = try kitchen(3, "--mute", limits: "limits: {time: 2s}\n")
        let begin = ContinuousClock.now
        let finished = try await kitchen.run(environment: environment)
        #expect(ContinuousClock.now - begin < Self.atOnce)
        #expect(finished.code == 4, "\(finished.err)")
        #expect(finished.err.contains("stopped: the time of 2 s (limits.time) is over"))
        try await hasNotBegun(finished, kitchen, environment)
    }

    @Test(.timeLimit(.minutes(5))) func `a stop does not wait for a model that is started again, and doubts nothing`()
        async throws
    {
        let (kitchen, environment) = try kitchen(9)
        // The first dies at its fifth request, and the next is never ready.
        try install(
            "$([ $(wc -l < \(kitchen.path("server-id"))) = 1 ] && echo --exit-after 5 || echo --mute)", in: kitchen)
        let run = try kitchen.start(self.run, environment: environment, size: (80, 24))
        try await begun(2, in: kitchen)
        let pressed = ContinuousClock.now
        run.typeControlC()
        let finished = await run.end()
        #expect(ContinuousClock.now - pressed < Self.atOnce)
        #expect(finished.code == 130 && !finished.hung, "\(finished.out)")
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["failed"] == 0 && counts["done"]?.int ?? 0 > 0)
        #expect(try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).inDoubt() == [])
        try await serversAreGone(kitchen)

        try install("", in: kitchen)
        let next = try await kitchen.run(environment: environment)
        #expect(next.code == 0, "\(next.err)")
        #expect(!next.err.contains("in flight when the run ended"), "\(next.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 9)
    }

    @Test(.timeLimit(.minutes(5))) func `no server is left when linecook is killed`() async throws {
        let (kitchen, environment) = try kitchen(60, "--hold 3")
        let run = try kitchen.start(self.run, environment: environment, size: (80, 24))
        #expect(await run.saysSomeAreDone())
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        try await serversAreGone(kitchen)
    }

    @Test(.timeLimit(.minutes(5))) func `a server that dies in the middle is started again, and no record is lost`()
        async throws
    {
        let (kitchen, environment) = try kitchen(9, "--exit-after 5")
        let run = try await kitchen.run(environment: environment)
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 9)
        #expect(try kitchen.lines("server-id").count >= 2)
        try await serversAreGone(kitchen)
    }

    @Test(.timeLimit(.minutes(5))) func `a server that dies of one document fails that one, and the others are done`()
        async throws
    {
        let (kitchen, environment) = try kitchen(6, "--die-on poison")
        // The first, so that it is in flight before anybody was answered.
        try kitchen.write("docs/d01.md", SampleRecipes.document(1, "poison"))
        let run = try await kitchen.run(environment: environment)
        #expect(run.code == 1, "\(run.err)")
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["done"] == 5 && counts["failed"] == 1)
        let failures = try kitchen.read("run/failures.jsonl")
        #expect(failures.contains("d01.md"))
        #expect(failures.contains("the model's server ended 3 times while it answered this"))
        try await serversAreGone(kitchen)

        // Alone with the server, it fails again and stops nothing.
        let again = try await kitchen.linecook("retry", "run", environment: environment)
        #expect(again.code == 1, "\(again.err)")
        #expect(try kitchen.report()["counts"]?["failed"] == 1)
        try await serversAreGone(kitchen)
    }

    @Test(.timeLimit(.minutes(5))) func `a server that dies for good stops the run, and no record fails for it`()
        async throws
    {
        let (kitchen, environment) = try kitchen(9)
        // The first dies at its fifth request, and those after it at once.
        try install(
            "$([ $(wc -l < \(kitchen.path("server-id"))) = 1 ] && echo --exit-after 5 || echo --fail-start)",
            in: kitchen)
        let run = try await kitchen.run(environment: environment)
        #expect(run.code == 4, "\(run.err)")
        #expect(run.err.contains("the model's server did not start"), "\(run.err)")
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["failed"] == 0 && counts["done"]?.int ?? 0 > 0)
        try await serversAreGone(kitchen)

        try install("", in: kitchen)
        let next = try await kitchen.run(environment: environment)
        #expect(next.code == 0, "\(next.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 9)
    }

    /// With the real model: it takes minutes on a busy machine, so it runs only when asked for.
    @Test(.timeLimit(.minutes(10))) func `Ctrl-C once, then no llama-server is left, with the model itself`()
        async throws
    {
        let environment = ProcessInfo.processInfo.environment
        guard environment["LINECOOK_TEST_LOCAL_MODEL"] == "1" else {
            try Test.cancel("set LINECOOK_TEST_LOCAL_MODEL=1 to run the installed model")
        }
        let home = try #require(environment["HOME"])
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(6))
        let ready = try await kitchen.linecook("doctor", environment: ["HOME": home])
        guard ready.code == 0 else { try Test.cancel("the local model is not installed: \(ready.out)") }
        let run = try kitchen.start(
            self.run + ["--in-flight", "2"], environment: ["HOME": home], size: (80, 24), limit: 540)
        #expect(await run.saysSomeAreDone())
        let servers = children(of: run.id)
        #expect(!servers.isEmpty)
        run.typeControlC()
        let finished = await run.end()
        #expect(finished.code == 130, "\(finished.out)")
        let counts = try #require(try kitchen.report()["counts"])
        #expect(counts["done"]?.int ?? 0 >= 1)
        #expect(counts["failed"] == 0)
        #expect(counts["not_reached"]?.int ?? 0 >= 1)
        #expect(try kitchen.lines("out/out.partial.jsonl").count == Int(counts["done"]?.int ?? -1))
        for id in servers { try await wait(for: "the end of server \(id)") { Self.isGone(id) } }
    }

    /// All processes that descend from one, whichever of its threads began them. One that ends meanwhile has none.
    private func children(of id: pid_t) -> [pid_t] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
        let direct = threads.flatMap { thread in
            let listing = FileManager.default.contents(atPath: "/proc/\(id)/task/\(thread)/children") ?? Data()
            return String(decoding: listing, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
        }
        return direct + direct.flatMap(children)
    }
}
