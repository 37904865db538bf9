import Calls
import Digests
import Foundation
import Processes
import Runs
import Synchronization
import TestSupport
import Testing
import Transport
import Values

@testable import Models

/// The embedded model with the test server in llama-server's place.
@Suite(.timeLimit(.minutes(5))) struct LocalModelTests {
    private func launch(_ options: String, in folder: TemporaryFolder, slots: Int = 2) throws -> LlamaLaunch {
        let weights = try folder.write("model.gguf", "weights")
        let server = try folder.writeProgram(
            "llama-server",
            "echo started >> \(folder.path)/starts\nexec \(TestProgram.path("model-server")) \(options) \"$@\"")
        return LlamaLaunch(files: try LocalFiles(server: server, weights: weights) { _ in nil }, slots: slots)
    }

    private func model(
        _ options: String, in folder: TemporaryFolder, slots: Int = 2, startLimit: Swift.Duration = .seconds(60),
        stopping: StopFlag = StopFlag()
    ) throws -> LocalModel {
        LocalModel(
            launch: try launch(options, in: folder, slots: slots), weights: SHA256Digest(of: "weights"),
            transport: NetworkTransport(), startLimit: startLimit, stopping: stopping)
    }

    /// Options of a shell's choice: the first server gets some, those after it others, and each leaves its process id.
    private func options(first: String, later: String, in folder: TemporaryFolder) -> String {
        "$(echo $$ >> \(folder.path)/ids; [ $(wc -l < \(folder.path)/ids) = 1 ] && echo \(first) || echo \(later))"
    }

    /// The processes that were started, once there are so many.
    private func servers(_ count: Int, in folder: TemporaryFolder) async throws -> [pid_t] {
        while true {
            let written = FileManager.default.contents(atPath: "\(folder.path)/ids") ?? Data()
            let ids = String(decoding: written, as: UTF8.self).split(separator: "\n").compactMap { pid_t($0) }
            if ids.count >= count { return ids }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func ask(_ model: LocalModel, _ prompt: String, record: Int = 0) async -> ModelOutcome {
        await model.reply(
            to: ModelRequest(messages: [.init(.user, prompt)], maxTokens: 200, affinity: record), timeout: .seconds(20))
    }

    /// What comes of prompts that are asked at once, in their order.
    private func asked(_ prompts: [String], of model: LocalModel) async -> [ModelOutcome] {
        await withTaskGroup(of: (Int, ModelOutcome).self) { group in
            for (i, prompt) in prompts.enumerated() { group.addTask { (i, await ask(model, prompt, record: i)) } }
            var outcomes = [ModelOutcome](repeating: .cancelled, count: prompts.count)
            for await (i, outcome) in group { outcomes[i] = outcome }
            return outcomes
        }
    }

    /// What is said of a request that the server dies of.
    private static let ended = "the model's server ended 3 times while it answered this"

    private func text(_ outcome: ModelOutcome) -> String? {
        if case .reply(let reply) = outcome { reply.text } else { nil }
    }

    private func failure(_ outcome: ModelOutcome) -> Failure? {
        if case .failed(let failure, _) = outcome { failure } else { nil }
    }

    private func outOfReach(_ outcome: ModelOutcome) -> Failure? {
        if case .outOfReach(let failure) = outcome { failure } else { nil }
    }

    @Test func `it starts, answers under its own key, and ends`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("", in: folder)
        let told = Mutex<[String]>([])
        try await model.prepare { line in told.withLock { $0.append(line) } }
        #expect(told.withLock { $0 } == ["starting the local model", "the local model is ready"])
        #expect(text(await ask(model, "hello"))?.isEmpty == false)
        #expect(model.identity == ["provider": "local", "weights": .string(SHA256Digest(of: "weights").hex)])
        await model.close()
        #expect(outOfReach(await ask(model, "hello"))?.message == "the model's server was stopped")
    }

    @Test func `who does not know the key gets nothing`() async throws {
        let folder = try TemporaryFolder()
        let running = try await LocalServer(
            launch: launch("", in: folder), startLimit: .seconds(60), clock: ContinuousClock()
        ).running()
        let reply = try await NetworkTransport().send(
            HTTPRequest(
                method: "POST", url: running.url + "/chat/completions",
                body: Array("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}".utf8)), timeout: .seconds(20),
            bodyLimit: 1_000)
        #expect(reply.status == 401)
        await running.process.stop()
    }

    @Test func `requests in flight when it dies are asked again`() async throws {
        let folder = try TemporaryFolder()
        // Each start answers six requests and dies at the seventh.
        let model = try model("--exit-after 7 --delay 5", in: folder)
        let answers = await withTaskGroup(of: String?.self) { group in
            for i in 0..<20 { group.addTask { text(await ask(model, "prompt \(i)", record: i)) } }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(answers.count == 20)
        #expect(answers.allSatisfy { $0 != nil })
        #expect(try folder.read("starts").split(separator: "\n").count >= 3)
        await model.close()
    }

    @Test func `one that always dies is out of reach, with its last words, and nobody's failure`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--exit-after 1", in: folder)
        for i in 0..<3 {
            let failure = try #require(outOfReach(await ask(model, "prompt \(i)")))
            #expect(
                failure.message.hasPrefix("the model's server ended (exit code 3), the 5th time without an answer"))
            #expect(failure.message.contains("listening on"))
        }
        #expect(try folder.read("starts").split(separator: "\n").count == 5)
    }

    @Test func `one that answers others dies of the request that it dies of each time`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--die-on poison", in: folder)
        #expect(text(await ask(model, "prompt"))?.isEmpty == false)
        #expect(failure(await ask(model, "poison"))?.message == Self.ended)
        #expect(text(await ask(model, "another"))?.isEmpty == false)
        await model.close()
    }

    @Test func `one that nobody asked anything else dies of the request, too`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--die-on poison", in: folder)
        #expect(failure(await ask(model, "poison"))?.message == Self.ended)
        #expect(text(await ask(model, "prompt"))?.isEmpty == false)
        // The server that told this apart is asked on.
        #expect(try folder.read("starts").split(separator: "\n").count == 4)
        #expect(model.load == (0, 0))
        await model.close()
    }

    @Test func `who is in flight with one that it dies of is answered`() async throws {
        let folder = try TemporaryFolder()
        // The first dies with all four in flight.
        let model = try model(
            options(first: "--hold 0 --exit-after 4", later: "--die-on poison", in: folder), in: folder, slots: 4)
        let outcomes = await asked(["one", "poison", "two", "three"], of: model)
        #expect(failure(outcomes[1])?.message == Self.ended)
        for outcome in [outcomes[0], outcomes[2], outcomes[3]] { #expect(text(outcome)?.isEmpty == false) }
        #expect(model.load == (0, 0))
        await model.close()
    }

    @Test func `many that it dies of fail, each by name, and it is no outage`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--die-on poison", in: folder, slots: 4)
        for outcome in await asked((0..<4).map { "poison \($0)" }, of: model) {
            #expect(failure(outcome)?.message == Self.ended)
        }
        #expect(text(await ask(model, "prompt"))?.isEmpty == false)
        await model.close()
    }

    @Test(arguments: ["--exit-after 1", "--hold 0 --exit-after 3"])
    func `one that dies of anything is an outage for all in flight`(options: String) async throws {
        let folder = try TemporaryFolder()
        let model = try model(self.options(first: options, later: "--exit-after 1", in: folder), in: folder, slots: 3)
        for outcome in await asked(["one", "two", "three"], of: model) {
            #expect(outOfReach(outcome)?.message.contains("the 5th time without an answer") == true, "\(outcome)")
        }
        #expect(try folder.read("starts").split(separator: "\n").count == 5)
    }

    @Test func `one that has answered and then dies of anything is an outage, too`() async throws {
        let folder = try TemporaryFolder()
        let model = try model(options(first: "--exit-after 2", later: "--exit-after 1", in: folder), in: folder)
        #expect(text(await ask(model, "prompt"))?.isEmpty == false)
        #expect(outOfReach(await ask(model, "another")) != nil)
    }

    @Test func `who waits for a turn of its own can be cancelled`() async throws {
        let folder = try TemporaryFolder()
        // The second holds the one that is asked alone, and the other waits.
        let model = try model(options(first: "--exit-after 2 --hold 0", later: "--hold 0", in: folder), in: folder)
        let both = Task { await asked(["one", "two"], of: model) }
        _ = try await servers(2, in: folder)
        while model.load != (1, 1) {
            try Task.checkCancellation()
            await Task.yield()
        }
        both.cancel()
        for outcome in await both.value {
            guard case .cancelled = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
        #expect(model.load == (0, 0))
        await model.close()
    }

    @Test func `one that does not start is told with the last twenty lines`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--fail-start", in: folder)
        let failure = await #expect(throws: Failure.self) { try await model.prepare { _ in } }
        let lines = failure?.message.split(separator: "\n") ?? []
        #expect(lines.first == "the model's server did not start (exit code 1); the last it said:")
        #expect(lines.dropFirst() == (6...25).map { "line \($0): the weights are of no known kind" }[...])
    }

    @Test func `one that is never ready is ended`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--mute", in: folder, startLimit: .milliseconds(200))
        let failure = await #expect(throws: Failure.self) { try await model.prepare { _ in } }
        #expect(failure?.message == "the model's server was not ready within 0.2 s")
    }

    @Test func `a start that is cancelled is ended, and whoever asks later starts it anew`() async throws {
        let folder = try TemporaryFolder()
        let model = try model(options(first: "--mute", later: "", in: folder), in: folder)
        let waiting = Task { try await model.prepare { _ in } }
        let server = try await servers(1, in: folder)[0]
        waiting.cancel()
        let failure = await #expect(throws: Failure.self) { try await waiting.value }
        #expect(failure?.message == "the model's server was stopped")
        #expect(kill(server, 0) != 0)
        #expect(text(await ask(model, "hello")) != nil)
        await model.close()
    }

    @Test func `once the run stops, nobody waits for a server that is started again`() async throws {
        let folder = try TemporaryFolder()
        let stopping = StopFlag()
        let model = try model(
            options(first: "--exit-after 2", later: "--mute", in: folder), in: folder, stopping: stopping)
        #expect(text(await ask(model, "one")) != nil)
        async let asked = [ask(model, "two"), ask(model, "three", record: 1)]
        let server = try await servers(2, in: folder)[1]
        stopping.raise()
        for outcome in await asked {
            guard case .outOfReach(let failure) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(failure.message == "the model's server was stopped")
        }
        #expect(kill(server, 0) != 0)
        await model.close()
    }

    @Test func `once the run stops, no server is started`() async throws {
        let folder = try TemporaryFolder()
        let stopping = StopFlag()
        let model = try model("", in: folder, stopping: stopping)
        stopping.raise()
        await #expect(throws: Failure.self) { try await model.prepare { _ in } }
        #expect(throws: (any Error).self) { try folder.read("starts") }
    }

    @Test func `a death is counted once, also when nothing is started any more`() async throws {
        let folder = try TemporaryFolder()
        let stopping = StopFlag()
        let server = LocalServer(
            launch: try launch("", in: folder), startLimit: .seconds(60), clock: ContinuousClock(), stopping: stopping)
        let running = try await server.running()
        stopping.raise()
        await running.process.stop()
        while !running.hasEnded { await Task.yield() }
        for _ in 0..<6 {
            let failure = await #expect(throws: Failure.self) { _ = try await server.running() }
            #expect(failure?.message == "the model's server was stopped")
        }
    }

    @Test func `a server that died is let go of, however long the run goes on`() async throws {
        let folder = try TemporaryFolder()
        let stopping = StopFlag()
        let server = LocalServer(
            launch: try launch("", in: folder), startLimit: .seconds(60), clock: ContinuousClock(), stopping: stopping)
        weak var first: GuardedServer?
        do {
            let running = try await server.running()
            first = running.process
            await running.process.stop()
            while !running.hasEnded { await Task.yield() }
        }
        let second = try await server.running()
        while first != nil {
            try Task.checkCancellation()
            await Task.yield()
        }
        await second.process.stop()
        stopping.raise()
    }

    @Test(arguments: ["--cache-ram", "--no-slots", "--offline"])
    func `an option that a build does not know is left out`(option: String) async throws {
        let folder = try TemporaryFolder()
        let model = try model("--reject \(option)", in: folder)
        #expect(text(await ask(model, "hello")) != nil)
        #expect(try folder.read("starts").split(separator: "\n").count == 2)
        await model.close()
    }

    @Test func `what one request learned of the server, the next ones know`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("", in: folder)
        for prompt in ["one", "two"] {
            let outcome = await model.reply(
                to: ModelRequest(
                    messages: [.init(.user, "[fault noformat] \(prompt)")], schema: ["type": "object"],
                    maxTokens: 200), timeout: .seconds(20))
            #expect(text(outcome) != nil)
        }
        let url = try await model.server.running().url.replacing("/v1", with: "/stats")
        let stats = try await NetworkTransport().send(
            HTTPRequest(url: url), timeout: .seconds(20), bodyLimit: 10_000)
        // Three refusals to learn from, then one request a question.
        #expect(try JSON.parse(stats.body)["requests"] == 5)
        await model.close()
    }

    @Test func `a prompt beyond the context of a slot is told with split`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("", in: folder)
        let failure = failure(await ask(model, String(repeating: "word ", count: 4_000)))
        #expect(failure?.cause == .promptTooLong)
        #expect(
            failure?.message.hasPrefix("the prompt has 20000 characters, more than the local model takes (") == true)
        #expect(failure?.message.hasSuffix("cut the document up with a `split` step") == true)
        await model.close()
    }

    @Test func `no more requests are open than slots`() async throws {
        let folder = try TemporaryFolder()
        let model = try model("--delay 10", in: folder, slots: 2)
        try await model.prepare { _ in }
        await withTaskGroup { group in
            for i in 0..<12 { group.addTask { _ = await ask(model, "prompt \(i)", record: i) } }
        }
        #expect(model.load == (0, 0))
        await model.close()
    }

    // Takes the better part of a minute and both cores.
    @Test(
        .enabled(if: environmentValue("LINECOOK_TEST_LOCAL") == "1", "set LINECOOK_TEST_LOCAL=1 to ask the real model"))
    func `the real one answers`() async throws {
        let model = try await ModelFactory().model(ModelSettings(provider: .local))
        let outcome = await model.reply(
            to: ModelRequest(
                messages: [.init(.user, "What is the capital of France? Answer in JSON.")],
                schema: [
                    "type": "object", "properties": ["city": ["type": "string", "maxLength": 20]], "required": ["city"],
                ], maxTokens: 40), timeout: model.defaultTimeout)
        #expect(text(outcome)?.contains("Paris") == true, "\(outcome)")
        await model.close()
    }
}
