internal import Calls
internal import Digests
internal import Processes
internal import Runs
internal import Synchronization
internal import Values

/// The embedded model: llama-server as our child, with a slot for each request it answers at once.
///
/// When the server dies, it is started again and the requests it was answering are asked again; that is no try of theirs.
final class LocalModel: LanguageModel {
    let identity: Value
    let description: String
    let contextTokens: Int? = LlamaLaunch.contextTokens
    let defaultWidth: Int
    /// An answer takes a minute on a small machine, and several where others work on it.
    let defaultTimeout: Swift.Duration = .seconds(600)

    /// One request that sees the server die so often is taken for the reason.
    private static let mostDeathsOfOne = 3

    let server: LocalServer
    private let places: InFlightLimiter
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
        do {
            try await places.enter()
        } catch {
            return .cancelled
        }
        let slot = slots.withLock { $0.take(for: request.affinity) }
        defer {
            slots.withLock { $0.giveBack(slot) }
            places.leave()
        }
        var deaths = 0
        while true {
            let running: LocalServer.Running
            do throws(Failure) {
                running = try await server.running()
            } catch {
                // Gone for good, or not waited for: that is no record's failure, and nothing is on its way.
                return Task.isCancelled ? .cancelled : .outOfReach(error)
            }
            let ending = await client(of: running).ask(
                request, timeout: timeout,
                dialect: OpenAIDialect(extra: "\"id_slot\":\(slot),\"cache_prompt\":true,"),
                keepsTrying: { _ in !running.hasEnded })
            switch ending {
            case .outcome(let outcome):
                if case .reply = outcome { await server.answered() }
                return outcome
            case .fault(.cancelled, _): return .cancelled
            case .fault(_, _) where running.hasEnded:
                deaths += 1
                // A server that answers nobody dies of something else than this.
                guard deaths >= Self.mostDeathsOfOne, await server.hasAnswered else { continue }
                return .failed(
                    Failure(.unreachable, "the model's server ended \(deaths) times while it answered this"), nil)
            case .fault(let fault, let tries):
                guard let failure = fault.failure(of: "the local model", tries: tries, timeout: timeout) else {
                    return .cancelled
                }
                return .failed(failure, nil)
            }
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
