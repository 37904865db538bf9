internal import Calls
internal import Digests
internal import Processes
internal import Runs
internal import Synchronization
internal import Values

/// The embedded model: llama-server as our child, with a slot for each request it answers at once.
///
/// When the server dies, it is started again and the requests it was answering are asked again; that is no try of
/// theirs. From then on they are suspects, and as long as there are any, one request is asked at a time: who then sees
/// the server die was alone with it.
final class LocalModel: LanguageModel {
    let identity: Value
    let description: String
    let contextTokens: Int? = LlamaLaunch.contextTokens
    let defaultWidth: Int
    /// An answer takes a minute on a small machine, and several where others work on it.
    let defaultTimeout: Swift.Duration = .seconds(600)

    /// One request that the server died of so often is taken for the reason.
    private static let mostDeathsOfOne = 3
    /// Harmless and short: a server that dies of this, too, dies of anything.
    private static let probe = ModelRequest(messages: [.init(.user, "Hello")], maxTokens: 1)

    let server: LocalServer
    private let places: InFlightLimiter
    /// How many requests saw the server die and have not ended yet.
    private let suspects = Mutex(0)
    private let slots: Mutex<SlotBook>
    private let transport: any HTTPTransport
    /// The client of the server that runs now, with what it learned of it.
    private let client = Mutex<(process: GuardedServer, client: ChatClient)?>(nil)
    private let clock: any Clock<Swift.Duration>

    /// - Parameters:
    ///   - weights: the hash of the model's file. It covers the chat template, which lies in the file: the server is
    ///     never started with another.
    ///   - stopping: once it is raised, nobody waits for a server that is starting any more.
    init(
        launch: LlamaLaunch, weights: SHA256Digest, transport: any HTTPTransport,
        startLimit: Swift.Duration = .seconds(180), clock: any Clock<Swift.Duration> = ContinuousClock(),
        stopping: StopFlag = StopFlag()
    ) {
        identity = Self.identity(weights: weights)
        description = "local (\(launch.slots) slots)"
        defaultWidth = launch.slots
        server = LocalServer(launch: launch, startLimit: startLimit, clock: clock, stopping: stopping)
        places = InFlightLimiter(width: launch.slots)
        slots = Mutex(SlotBook(count: launch.slots))
        self.transport = transport
        self.clock = clock
    }

    static func identity(weights: SHA256Digest) -> Value {
        ["provider": "local", "weights": .string(weights.hex)]
    }

    /// Two slots, on larger machines up to four: half the cores, where each slot has two gigabytes.
    static func defaultSlots(cores: Int, memory: UInt64) -> Int {
        max(2, min(4, cores / 2, Int(memory / (2 << 30))))
    }

    func prepare(progress: @escaping @Sendable (String) -> Void) async throws(Failure) {
        await server.tell(progress)
        _ = try await server.running()
    }

    func reply(
        to request: ModelRequest, timeout: Swift.Duration, repeats: @escaping @Sendable () async -> Bool
    ) async -> ModelOutcome {
        var deaths = 0
        defer { if deaths > 0 { changeSuspects(by: -1) } }
        while true {
            do {
                try await places.enter()
            } catch {
                return .cancelled
            }
            if let outcome = await takeTurn(request, timeout, deaths: &deaths) { return outcome }
        }
    }

    /// Asks with a place in hand, and gives the place back; nil if the server died, and it is to be asked again.
    private func takeTurn(
        _ request: ModelRequest, _ timeout: Swift.Duration, deaths: inout Int
    ) async -> ModelOutcome? {
        let slot = slots.withLock { $0.take(for: request.affinity) }
        defer {
            slots.withLock { $0.giveBack(slot) }
            places.leave()
        }
        if let outcome = await ask(request, timeout, slot: slot) { return outcome }
        if deaths == 0 {
            // Others may have been asked with it, and one of them may be the reason.
            deaths = 1
            changeSuspects(by: 1)
        } else if case .reply = await ask(Self.probe, timeout, slot: slot) {
            // It was alone, and the server is sound.
            deaths += 1
        }
        guard deaths >= Self.mostDeathsOfOne else { return nil }
        return .failed(Failure(.unreachable, "the model's server ended \(deaths) times while it answered this"), nil)
    }

    /// Asks the server, which is started if need be; nil if it died before it had answered.
    private func ask(_ request: ModelRequest, _ timeout: Swift.Duration, slot: Int) async -> ModelOutcome? {
        let running: LocalServer.Running
        do throws(Failure) {
            running = try await server.running()
        } catch {
            // Gone for good, or not waited for: that is no record's failure, and nothing is on its way.
            return Task.isCancelled ? .cancelled : .outOfReach(error)
        }
        let ending = await client(of: running).ask(
            request, timeout: timeout, dialect: OpenAIDialect(extra: "\"id_slot\":\(slot),\"cache_prompt\":true,"),
            keepsTrying: { _ in !running.hasEnded })
        switch ending {
        case .outcome(let outcome):
            if case .reply = outcome { await server.answered() }
            return outcome
        case .fault(.cancelled, _): return .cancelled
        case .fault(_, _) where running.hasEnded: return nil
        case .fault(let fault, let tries):
            guard let failure = fault.failure(of: "the local model", tries: tries, timeout: timeout) else {
                return .cancelled
            }
            return .failed(failure, nil)
        }
    }

    /// While there are suspects, there is one place.
    private func changeSuspects(by change: Int) {
        suspects.withLock { count in
            count += change
            _ = places.resize(to: count > 0 ? 1 : defaultWidth)
        }
    }

    func close() async { await server.close() }

    /// How many requests hold a slot and how many wait for one.
    var load: (open: Int, waiting: Int) { places.load }

    private func client(of running: LocalServer.Running) -> ChatClient {
        client.withLock { known in
            // A server that was started again has another port and another key.
            if let known, known.process === running.process { return known.client }
            let new = ChatClient(
                dialect: OpenAIDialect(), endpoint: Endpoint(transport: transport, limiter: NoLimit(), clock: clock),
                baseURL: running.url, model: nil, key: running.key, name: "the local model", price: nil)
            known = (running.process, new)
            return new
        }
    }
}

/// The places are kept by the model itself, together with the slots.
private struct NoLimit: CallLimiter {
    var isOutOfReach: Bool { false }
    var countsTokens: Bool { false }
    func enter(tokens: Int) async throws(HTTPFault) -> CallPass { CallPass() }
    func leave(_ pass: CallPass, after result: Result<HTTPReply, HTTPFault>, tokens: Int?) {}
}
