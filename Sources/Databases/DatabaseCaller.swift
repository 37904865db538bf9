package import Calls
internal import Locks
package import Runs

/// Asks a database until it answers or there is no more sense in it.
///
/// A connection that breaks, a lock and a time-out are tried again after a pause that grows. A database that nobody can
/// reach is no such try: all who ask wait for the one that looks, and after ``Breaker/patience`` it is given up.
package final class DatabaseCaller: Sendable {
    package enum Ending<Success: Sendable>: Sendable {
        case answered(Success)
        case failed(Failure)
        /// Nobody is there; the run stops, and no record fails for it.
        case outOfReach(Failure)
        case stopped
    }

    private struct State {
        var breaker: Breaker
        var last: DatabaseProblem?
    }

    private let policy: RetryPolicy
    private let clock: any Clock<Swift.Duration>
    private let stopping: StopFlag
    /// Since it was made.
    private let elapsed: @Sendable () -> Swift.Duration
    private let state: Guarded<State>

    /// - Parameter stopping: once it is raised, nobody waits for a database that is out of reach any more.
    package init(
        policy: RetryPolicy = RetryPolicy(mostTries: 4), patience: Double = 30,
        clock: any Clock<Swift.Duration> = ContinuousClock(), stopping: StopFlag = StopFlag()
    ) {
        self.policy = policy
        self.clock = clock
        self.stopping = stopping
        elapsed = Self.stopwatch(clock)
        state = Guarded(State(breaker: Breaker(patience: patience)))
    }

    package func call<Success: Sendable>(
        _ attempt: () async -> Result<Success, DatabaseProblem>
    ) async -> Ending<Success> {
        let begun = elapsed()
        var tries = 0
        while true {
            guard !Task.isCancelled else { return .stopped }
            let entry = state.withLock { state in
                if stopping.raised { state.breaker.endWaiting() }
                return state.breaker.enter(now: now())
            }
            var looks = false
            switch entry {
            case .go: break
            case .look: looks = true
            case .wait(let moment):
                guard await pause(.seconds(max(0.01, moment - now()))) else { return .stopped }
                continue
            case .outOfReach:
                let last = state.withLock { $0.last }
                return .outOfReach((last ?? DatabaseProblem(.unreachable, "the database is out of reach")).failure)
            }
            let start = now()
            let problem: DatabaseProblem
            switch await attempt() {
            case .success(let answer):
                state.withLock { $0.breaker.reached(now: now()) }
                return .answered(answer)
            case .failure(let met): problem = met
            }
            if problem.mayHaveActed {
                if looks { state.withLock { $0.breaker.gaveUpLooking(now: now()) } }
                return problem.reason == .cancelled ? .stopped : .failed(problem.failure)
            }
            switch problem.reason {
            case .cancelled:
                if looks { state.withLock { $0.breaker.gaveUpLooking(now: now()) } }
                return .stopped
            case .refused:
                state.withLock { $0.breaker.reached(now: now()) }
                return .failed(problem.failure)
            case .unreachable:
                let isOpen = state.withLock { state in
                    state.last = problem
                    _ = state.breaker.missed(start: start, looked: looks, now: now())
                    return state.breaker.isOpen
                }
                if isOpen { continue }
            case .passing, .timedOut:
                if looks { state.withLock { $0.breaker.gaveUpLooking(now: now()) } }
            }
            tries += 1
            let next = policy.pause(
                after: tries, elapsed: elapsed() - begun, asked: nil, jitter: Double.random(in: 0..<1))
            guard let next else { return .failed(problem.failure) }
            guard await pause(next) else { return .stopped }
        }
    }

    private func now() -> Double {
        let (seconds, attoseconds) = elapsed().components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    private static func stopwatch<Time: Clock<Swift.Duration>>(_ clock: Time) -> @Sendable () -> Swift.Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }

    /// - Returns: false where the task was cancelled meanwhile.
    private func pause(_ length: Swift.Duration) async -> Bool {
        do {
            try await clock.sleep(for: length)
            return true
        } catch {
            return false
        }
    }
}
