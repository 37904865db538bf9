import Foundation
import TestSupport
import Testing
import Values

/// Runs on the embedded model's own way: a server that Linecook starts, watches and ends.
@Suite(.startsPrograms) struct LocalModelRunTests {
    /// A kitchen whose `local` model is the test server, which leaves its process id in `server-id`.
    private func kitchen(_ count: Int, _ options: String = "") throws -> (Kitchen, [String: String]) {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(count))
        let server = try kitchen.folder.writeProgram(
            "llama-server",
            "echo $$ >> \(kitchen.path("server-id"))\nexec \(TestProgram.path("model-server")) \(options) \"$@\"")
        try kitchen.write("model.gguf", "weights")
        return (kitchen, ["LINECOOK_LLAMA_SERVER": server, "LINECOOK_MODEL": kitchen.path("model.gguf")])
    }

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
        guard ready.code == 0 else { try Test.cancel("the local model is not installed: \(ready.err)") }
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

    /// All processes that descend from one, whichever of its threads began them.
    private func children(of id: pid_t) -> [pid_t] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
        let direct = threads.flatMap { thread in
            let listing = FileManager.default.contents(atPath: "/proc/\(id)/task/\(thread)/children") ?? Data()
            return String(decoding: listing, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
        }
        return direct + direct.flatMap(children)
    }
}
