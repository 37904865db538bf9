import Calls
import Runs
import Synchronization
import TestSupport
import Testing
import Transport
import Values

@testable import Models

/// Whole calls over real connections; only the pauses between tries are a clock's that moves itself.
@Suite(.timeLimit(.minutes(5))) struct HostedModelTests {
    private static let key = "sk-test-0123456789abcdef"
    private let clock = ManualClock(movesItself: true)
    private let servers = Servers()

    /// Keeps what a test starts until the test is over.
    final class Servers: Sendable {
        private let kept = Mutex<[ModelServer]>([])

        func start(_ options: String...) throws -> ModelServer {
            let server = try ModelServer(options)
            kept.withLock { $0.append(server) }
            return server
        }

        func stopAll() { kept.withLock { $0 = [] } }
    }

    private func model(
        _ server: ModelServer, _ provider: ModelSettings.Provider = .openAI, price: ModelSettings.Price? = nil,
        policy: RetryPolicy = RetryPolicy(), clock: (any Clock<Swift.Duration>)? = nil
    ) async throws(Failure) -> any LanguageModel {
        let factory = ModelFactory(policy: policy, clock: clock ?? self.clock) { $0 == "TEST_KEY" ? Self.key : nil }
        return try await factory.model(
            ModelSettings(provider: provider, url: server.url, model: "small", keyVariable: "TEST_KEY", price: price))
    }

    private func ask(
        _ model: any LanguageModel, _ prompt: String, maxTokens: Int = 500, timeout: Swift.Duration = .seconds(20)
    ) async -> ModelOutcome {
        await model.reply(
            to: ModelRequest(
                system: "Be brief", messages: [.init(.user, prompt)],
                schema: ["type": "object", "properties": ["text": ["type": "string", "maxLength": 40]]],
                maxTokens: maxTokens), timeout: timeout)
    }

    private func failure(_ outcome: ModelOutcome) throws -> Failure {
        guard case .failed(let failure, nil) = outcome else { throw Unexpected(outcome: outcome) }
        return failure
    }

    /// Of what no other request would be answered better.
    private func loss(_ outcome: ModelOutcome) throws -> Failure {
        guard case .outOfReach(let failure) = outcome else { throw Unexpected(outcome: outcome) }
        return failure
    }

    private func reply(_ outcome: ModelOutcome) throws -> ModelReply {
        guard case .reply(let reply) = outcome else { throw Unexpected(outcome: outcome) }
        return reply
    }

    struct Unexpected: Error { var outcome: ModelOutcome }

    @Test(arguments: [ModelSettings.Provider.openAI, .anthropic])
    func `a question is answered with text, tokens, cost and time`(provider: ModelSettings.Provider) async throws {
        let server = try servers.start("--key", Self.key)
        let reply = try reply(
            await ask(
                model(server, provider, price: .init(input: 0.25, output: 2), clock: ContinuousClock()), "How are you?")
        )
        let text = try #require(JSON.parse(reply.text)["text"]?.string)
        #expect(text.count == 40)
        #expect(reply.finish == .complete)
        #expect(reply.usage.tokensIn > 0 && reply.usage.tokensOut > 0 && reply.usage.microseconds > 0)
        #expect(reply.usage.cost == Int64(reply.usage.tokensIn * 250 + reply.usage.tokensOut * 2_000))
    }

    @Test func `both providers' answers to a prompt are the same here`() async throws {
        let server = try servers.start("--key", Self.key)
        let one = try reply(await ask(model(server, .openAI), "How are you?"))
        #expect(try reply(await ask(model(server, .anthropic), "How are you?")).text == one.text)
    }

    @Test(arguments: ["429", "500", "503", "529", "drop", "truncate", "malformed"])
    func `what passes is asked again until it is answered`(fault: String) async throws {
        let server = try servers.start("--retry-after", "3")
        for provider in [ModelSettings.Provider.openAI, .anthropic] {
            let reply = try reply(await ask(model(server, provider), "[fault \(fault) x2] for \(provider)"))
            #expect(reply.finish == .complete)
        }
        #expect(clock.slept.count == 4)
        if fault == "429" { #expect(clock.slept.allSatisfy { $0 >= .seconds(3) && $0 <= .seconds(3.5) }) }
    }

    @Test(arguments: [("hang", 1), ("slow", 1)])
    func `a try that takes too long is made again`(fault: String, times: Int) async throws {
        let reply = try reply(
            await ask(model(try servers.start()), "[fault \(fault) x\(times)]", timeout: .seconds(3)))
        #expect(reply.finish == .complete)
        #expect(clock.slept.count == times)
    }

    @Test(arguments: [
        ("503", Cause.overloaded, "answered 503: injected 503, 3 tries"),
        ("429", .overloaded, "answered 429: injected 429, 3 tries"),
        ("malformed", .overloaded, "answered with what is no answer of its API, 3 tries"),
        ("drop", .unreachable, "broke (the connection was closed), 3 tries"),
        ("400", .refusedRequest, "refused the request (400: injected 400)"),
        ("404", .refusedRequest, "refused the request (404: injected 404)"),
        ("422", .refusedRequest, "refused the request (422: injected 422)"),
        ("307", .refusedRequest, "has moved (307: injected 307); set its `url` to where it is now"),
        ("toolong", .promptTooLong, "takes (400: the request exceeds the available context size"),
        ("toolong", .promptTooLong, "the prompt has 23 characters, more than"),
        ("toolong", .promptTooLong, "cut the document up with a `split` step"),
        ("403", .refusedRequest, "does not accept the key in TEST_KEY (403: injected 403)"),
    ])
    func `a failure has its cause and the provider's words`(fault: String, cause: Cause, words: String) async throws {
        let model = try await model(try servers.start(), policy: RetryPolicy(mostTries: 3))
        _ = try reply(await ask(model, "Is anybody there?"))
        let failure = try failure(await ask(model, "[fault \(fault)]"))
        #expect(failure.cause == cause)
        #expect(failure.message.contains(words), "\(failure.message)")
        #expect(failure.message.contains("/v1#small"), "\(failure.message)")
    }

    @Test(arguments: [
        ("404", "refused the request (404: injected 404)"),
        ("307", "has moved (307: injected 307); set its `url` to where it is now"),
    ])
    func `a model that has not answered once and is not there fails nobody's record`(
        fault: String, words: String
    ) async throws {
        let failure = try loss(await ask(model(try servers.start()), "[fault \(fault)]"))
        #expect(failure.message.contains(words), "\(failure.message)")
    }

    @Test func `a time-out is told with its limit`() async throws {
        let failure = try failure(
            await ask(
                model(try servers.start(), policy: RetryPolicy(mostTries: 2)), "[fault hang]",
                timeout: .milliseconds(100)))
        #expect(failure.cause == .timeout)
        #expect(failure.message.contains("within 0.1 s, 2 tries"), "\(failure.message)")
    }

    @Test func `an empty purse is not asked twice`() {
        let error = ProviderError(status: 429, message: "You exceeded your quota", kinds: ["insufficient_quota"])
        #expect(!error.isPassing && error.isAboutEveryRequest(hasAnswered: true))
        #expect(error.failure(of: "m", asked: 3, tries: 1, keyVariable: nil).cause == .refusedRequest)
    }

    @Test func `an endpoint out of reach is told, waited for, and no failure of the question`() async throws {
        let told = Mutex<[String]>([])
        let factory = ModelFactory(policy: RetryPolicy(mostTries: 2), clock: clock) { _ in
            nil
        } tell: { text in
            told.withLock { $0.append(text) }
        }
        // Nobody keeps a connection, which would be found broken: that is no proof that nobody is there.
        let url = try servers.start("--close").url
        let model = try await factory.model(ModelSettings(provider: .openAI, url: url, model: "small"))
        _ = try reply(await ask(model, "hello"))
        servers.stopAll()
        let start = clock.now
        let outcomes = await withTaskGroup(of: ModelOutcome.self) { group in
            for number in 0..<4 { group.addTask { await ask(model, "hello \(number)") } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for outcome in outcomes {
            guard case .outOfReach(let failure) = outcome else { throw Unexpected(outcome: outcome) }
            #expect(failure.message.contains("\(url) cannot be reached"), "\(failure.message)")
        }
        #expect(told.withLock { $0.count } == 1)
        #expect(told.withLock { $0[0].hasSuffix("; waiting up to 30 s") })
        #expect(start.duration(to: clock.now) >= .seconds(30))
    }

    @Test(arguments: [("malformed", true), ("drop", true), ("503", false), ("422", false)])
    func `what a try that gave no answer may have cost is asked about before the next`(
        fault: String, mayCost: Bool
    ) async throws {
        let asked = Mutex(0)
        let model = try await model(try servers.start(), policy: RetryPolicy(mostTries: 3))
        let outcome = await model.reply(
            to: ModelRequest(messages: [.init(.user, "[fault \(fault)]")], maxTokens: 10), timeout: .seconds(20)
        ) {
            asked.withLock { $0 += 1 }
            return asked.withLock { $0 } < 2
        }
        #expect(asked.withLock { $0 } == (mayCost ? 2 : 0))
        switch outcome {
        case .cancelled: #expect(mayCost)
        case .failed(let failure, nil): #expect(!mayCost && !failure.mayHaveActed)
        default: throw Unexpected(outcome: outcome)
        }
    }

    @Test func `a request never costs more than what was reckoned as its worst`() async throws {
        let settings = ModelSettings(provider: .openAI, model: "small", price: .init(input: 3, output: 15))
        let model = try await model(try servers.start(), price: settings.price)
        for prompt in ["", "hello", "Überaus höflich: 你好 🙂", String(repeating: "one two ", count: 2_000)] {
            let request = ModelRequest(messages: [.init(.user, prompt)], maxTokens: 50)
            let outcome = await model.reply(to: request, timeout: .seconds(20))
            let worst = try #require(settings.worstCost(of: request, schemaBytes: 0))
            #expect(try reply(outcome).usage.cost <= worst)
        }
    }

    @Test func `models at one address with one key share its pauses`() async throws {
        let server = try servers.start("--retry-after", "20")
        let factory = ModelFactory(clock: clock) { _ in nil }
        let one = try await factory.model(ModelSettings(provider: .openAI, url: server.url, model: "one"))
        let other = try await factory.model(ModelSettings(provider: .openAI, url: server.url, model: "other"))
        let never = try await ModelFactory(policy: .never, clock: clock) { _ in nil }
            .model(ModelSettings(provider: .openAI, url: server.url, model: "one"))
        _ = try reply(await ask(other, "hello"))
        #expect(clock.slept == [])
        // Another factory is another run, and knows nothing of it.
        _ = try failure(await ask(never, "[fault 429]"))
        _ = try reply(await ask(other, "hello"))
        #expect(clock.slept == [])
        _ = try reply(await ask(one, "[fault 429 x1]"))
        #expect(clock.slept.contains { $0 >= .seconds(20) })
    }

    @Test(arguments: [ModelSettings.Provider.openAI, .anthropic])
    func `cut off, refused, empty and useless answers are replies, told apart`(
        provider: ModelSettings.Provider
    ) async throws {
        let model = try await model(try servers.start(), provider)
        #expect(try reply(await ask(model, "[fault cutoff]")).finish == .cutOff)
        #expect(try reply(await ask(model, "hello", maxTokens: 3)).finish == .cutOff)
        #expect(try reply(await ask(model, "[fault refuse]")).finish == .refused("I can not help with that."))
        let empty = try reply(await ask(model, "[fault empty]"))
        #expect(empty.text == "" && empty.finish == .complete)
        #expect(try reply(await ask(model, "[fault notjson]")).text == "Sure! Here is what you asked for.")
    }

    @Test func `an endpoint without response formats is asked in words, and known for it from then on`() async throws {
        let server = try servers.start()
        let model = try await model(server)
        let first = try reply(await ask(model, "[fault noformat] one"))
        #expect(first.text != "")
        _ = try reply(await ask(model, "[fault noformat] two"))
        let stats = try await NetworkTransport().send(
            HTTPRequest(url: server.origin + "/stats"), timeout: .seconds(20), bodyLimit: 10_000)
        // Three refusals to learn from, then one request a question.
        #expect(try JSON.parse(stats.body)["requests"] == 5)
    }

    @Test(arguments: [ModelSettings.Provider.openAI, .anthropic])
    func `a key never comes back in a message`(provider: ModelSettings.Provider) async throws {
        let model = try await model(try servers.start(), provider)
        let failure = try loss(await ask(model, "[fault echokey]"))
        #expect(failure.message.contains("Incorrect API key provided"))
        #expect(failure.message.contains("•••"))
        #expect(!failure.message.contains("0123456789"), "\(failure.message)")
        #expect(!"\(model)".contains("0123456789"))
        #expect(!"\(model.identity) \(model.description)".contains("0123456789"))
        var dumped = ""
        dump(model, to: &dumped)
        #expect(!dumped.contains("0123456789"))
    }

    @Test func `a wrong key is told at once with its variable, and fails nobody's record`() async throws {
        let failure = try loss(await ask(model(try servers.start("--key", "other")), "hello"))
        #expect(failure.cause == .refusedRequest)
        #expect(failure.message.contains("does not accept the key in TEST_KEY (401: no such key)"))
    }

    @Test func `cancelling is no failure`() async throws {
        let model = try await model(try servers.start())
        let task = Task { await ask(model, "[fault hang]") }
        task.cancel()
        guard case .cancelled = await task.value else {
            Issue.record("not cancelled")
            return
        }
    }

    @Test func `no more requests are open than the width`() async throws {
        let server = try servers.start("--hold", "0", "--delay", "10")
        let model = try await ModelFactory().model(
            ModelSettings(provider: .openAI, url: server.url, model: "small", inFlight: 3))
        let transport = NetworkTransport()
        func stats() async throws -> Value {
            let reply = try await transport.send(
                HTTPRequest(url: server.origin + "/stats"), timeout: .seconds(20), bodyLimit: 10_000)
            return try JSON.parse(reply.body)
        }
        try await withThrowingTaskGroup { group in
            for i in 0..<30 { group.addTask { _ = await ask(model, "prompt \(i)") } }
            while try await stats()["in_service"] != 3 {}
            server.release()
            try await group.waitForAll()
        }
        #expect(try await stats()["peak_in_service"] == 3)
    }
}

@Suite struct ModelFactoryTests {
    private func problem(_ settings: ModelSettings, _ environment: [String: String] = [:]) -> String? {
        ModelFactory.problem(with: settings) { environment[$0] }?.message
    }

    @Test func `who answers is provider, origin and name, whatever the key and the width`() async throws {
        let factory = ModelFactory { _ in "key" }
        let one = try await factory.model(
            ModelSettings(provider: .openAI, url: "https://a.test/v1/", model: "m", keyVariable: "A", inFlight: 1))
        let other = try await factory.model(
            ModelSettings(provider: .openAI, url: "https://a.test/v1", model: "m", keyVariable: "B", inFlight: 9))
        #expect(one.identity == ["provider": "openai", "origin": "https://a.test/v1", "model": "m"])
        #expect(other.identity == one.identity)
        #expect(one.description == "https://a.test/v1#m")
    }

    @Test(arguments: [
        "http://h:99999/v1", "http://h:0", "http://h:abc/v1", "http://h:-1", "http:///v1", "http://[::1/v1",
        "http://a b",
    ])
    func `an address that cannot be asked is told before anybody is asked`(url: String) {
        #expect(
            problem(ModelSettings(provider: .openAI, url: url, model: "m"))?.contains("names a host") == true)
    }

    @Test(arguments: ["http://h:65535/v1", "https://[::1]:8080/v1", "https://host.test/v1", "http://[::1]"])
    func `an address that can be asked is taken`(url: String) {
        #expect(problem(ModelSettings(provider: .openAI, url: url, model: "m")) == nil)
    }

    @Test func `what is missing is told before anybody is asked`() {
        #expect(
            problem(ModelSettings(provider: .anthropic, model: "m", keyVariable: "NO_KEY"))
                == "the key of model 'm' is not set: the environment has no NO_KEY")
        #expect(
            problem(ModelSettings(provider: .openAI))
                == "a model of provider 'openai' needs its name: `model: …`")
        #expect(
            problem(ModelSettings(provider: .openAI, url: "example.test", model: "m"))
                == "the `url` of a model begins with http:// or https://, and 'example.test' does not")
        #expect(
            problem(ModelSettings(provider: .openAI, model: "m", keyVariable: "K"), ["K": "two words"])
                == "the key in K has characters that no key has (a line end, a blank?)")
        #expect(problem(ModelSettings(provider: .openAI, model: "m", keyVariable: "K"), ["K": "sk-1"]) == nil)
    }
}
