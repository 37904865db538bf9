internal import Calls
internal import Processes
internal import Runs
internal import Synchronization

/// Keeps one llama-server running: starts it when it is first needed and again when it dies, within bounds.
actor LocalServer {
    /// A server that is ready to answer.
    struct Running: Sendable {
        let process: GuardedServer
        let url: String
        let key: Secret
        fileprivate let fate: Fate

        var hasEnded: Bool { fate.ending != nil }
    }

    /// How a server ended, once it has.
    fileprivate final class Fate: Sendable {
        private let value = Mutex<ChildEnding?>(nil)
        var ending: ChildEnding? { value.withLock { $0 } }
        func seal(_ ending: ChildEnding) { value.withLock { $0 = ending } }
    }

    private enum State {
        case idle
        case starting(Task<Result<Running, Failure>, Never>)
        case running(Running)
        case failed(Failure)
    }

    /// Deaths in a row without an answer between them.
    private static let mostDeaths = 5

    private var launch: LlamaLaunch
    private let startLimit: Swift.Duration
    private let clock: any Clock<Swift.Duration>
    private let stopping: StopFlag
    private var state = State.idle
    private var deaths = 0
    private var progress: @Sendable (String) -> Void = { _ in }

    private static let stopped = Failure(.unreachable, "the model's server was stopped")

    /// - Parameter stopping: once it is raised, nothing is started any more, and what is just starting is ended.
    init(
        launch: LlamaLaunch, startLimit: Swift.Duration, clock: any Clock<Swift.Duration>,
        stopping: StopFlag = StopFlag()
    ) {
        self.launch = launch
        self.startLimit = startLimit
        self.clock = clock
        self.stopping = stopping
        stopping.whenRaised { [weak self] in
            guard let self else { return }
            Task { await self.endStart() }
        }
    }

    func tell(_ progress: @escaping @Sendable (String) -> Void) { self.progress = progress }

    /// The server, ready; waits while it starts. Fails for good once it has died too often.
    ///
    /// To cancel who waits ends the start: the process is gone when this throws.
    func running() async throws(Failure) -> Running {
        while true {
            switch state {
            case .failed(let failure): throw failure
            case .running(let running):
                guard let ending = running.fate.ending else { return running }
                deaths += 1
                if deaths >= Self.mostDeaths {
                    state = .failed(
                        Self.failure(
                            "the model's server ended (\(ending.words)), the \(deaths)th time without an answer",
                            running.process))
                } else {
                    state = .idle
                    try startNow()
                    progress("the model's server ended (\(ending.words)); starting it again")
                }
            case .idle: try startNow()
            case .starting(let task):
                let result = await withTaskCancellationHandler {
                    await task.value
                } onCancel: {
                    task.cancel()
                }
                if case .starting(let current) = state, current == task {
                    switch result {
                    case .success(let running): state = .running(running)
                    // It was not waited for; whoever still wants it starts it anew.
                    case .failure where task.isCancelled: state = .idle
                    case .failure(let failure): state = .failed(failure)
                    }
                }
            }
        }
    }

    /// It answered, so earlier deaths do not count.
    func answered() { deaths = 0 }

    func close() async {
        let old = state
        state = .failed(Self.stopped)
        switch old {
        case .running(let running): await running.process.stop()
        case .starting(let task):
            task.cancel()
            if case .success(let running) = await task.value { await running.process.stop() }
        case .idle, .failed: break
        }
    }

    private func startNow() throws(Failure) {
        guard !stopping.raised, !Task.isCancelled else { throw Self.stopped }
        // Shared by all who wait for it, so it is nobody's child.
        state = .starting(Task { await start() })
    }

    private func endStart() {
        if case .starting(let task) = state { task.cancel() }
    }

    private func start() async -> Result<Running, Failure> {
        while true {
            progress("starting the local model")
            let key = Secret(Self.randomKey())
            let ready = ReadySignal()
            // It keeps nothing that a quick end could lose, and with a request in flight it would never end by itself.
            let process = GuardedServer.start(
                program: launch.files.server, arguments: launch.arguments, environment: launch.environment(key: key),
                grace: 1
            ) { line in
                if let url = LlamaLaunch.address(in: line) { ready.send(.ready(url)) }
            }
            let fate = Fate()
            Task {
                let ending = await process.exit()
                fate.seal(ending)
                ready.send(.ended(ending))
            }
            let news = await withTaskGroup(of: ReadySignal.News?.self) { [clock, startLimit] group in
                group.addTask { await ready.first() }
                group.addTask {
                    do {
                        try await clock.sleep(for: startLimit)
                        return .late
                    } catch {
                        return nil
                    }
                }
                let first = await group.next() ?? nil
                ready.send(.late)
                group.cancelAll()
                return first
            }
            switch news {
            case .ready(let url):
                progress("the local model is ready")
                return .success(Running(process: process, url: url + "/v1", key: key, fate: fate))
            case .ended(let ending):
                if launch.adapt(to: process.lastLines) { continue }
                return .failure(Self.failure("the model's server did not start (\(ending.words))", process))
            case .late, nil:
                await process.stop()
                if Task.isCancelled { return .failure(Self.stopped) }
                return .failure(Self.failure("the model's server was not ready within \(startLimit.words)", process))
            }
        }
    }

    private static func failure(_ message: String, _ process: GuardedServer) -> Failure {
        let lines = process.lastLines
        return Failure(
            .unreachable, lines.isEmpty ? message : "\(message); the last it said:\n" + lines.joined(separator: "\n"))
    }

    /// 128 bits from the system.
    private static func randomKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in String(generator.next() as UInt64, radix: 16) }.joined()
    }
}

/// The first that is heard of a server: ready, or gone.
private final class ReadySignal: Sendable {
    enum News: Sendable {
        case ready(String)
        case ended(ChildEnding)
        case late
    }

    private struct State {
        var news: News?
        var waiting: CheckedContinuation<News, Never>?
    }

    private let state = Mutex(State())

    /// Only the first counts.
    func send(_ news: News) {
        let waiting = state.withLock { state -> CheckedContinuation<News, Never>? in
            guard state.news == nil else { return nil }
            state.news = news
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(returning: news)
    }

    func first() async -> News {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.news == nil { state.waiting = continuation }
                return state.news
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}

extension ChildEnding {
    /// As it stands in a message.
    var words: String {
        switch self {
        case .exited(let code) where code > 128: "killed by signal \(code - 128)"
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "killed by signal \(signal)"
        case .notStarted(let why): why
        case .timedOut, .outputTooLong, .cancelled: "stopped"
        }
    }
}
