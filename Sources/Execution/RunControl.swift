internal import Locks

/// Why a run stops before its input ends.
package enum StopReason: Hashable, Sendable {
    /// Ctrl-C or SIGTERM; the signal's number.
    case signal(Int32)
    /// More records failed than `limits.failures` allows.
    case failures
    /// The input broke off; what is wrong with it.
    case input(String)
    /// A model or another answerer could not be made ready.
    case unreachable(String)
    /// The next call might have passed `limits.spend`: the limit, what is spent, and what that call may cost, in billionths
    /// of the currency.
    case budget(limit: Int64, spent: Int64, next: Int64)
    /// `limits.time` is over.
    case time(Swift.Duration)
}

/// The handle by which others stop a run.
package final class RunControl: Sendable {
    private struct State {
        var reason: StopReason?
        var now = false
        var onStop: [@Sendable () -> Void] = []
        var onStopNow: [@Sendable () -> Void] = []
    }

    private let state = Guarded(State())

    package init() {}

    /// Nil while the run goes on.
    package var reason: StopReason? { state.withLock { $0.reason } }
    package var isStoppingNow: Bool { state.withLock { $0.now } }

    /// Admit nothing more; what is in flight finishes. The first reason stands.
    package func stop(_ reason: StopReason) {
        let told = state.withLock { state in
            guard state.reason == nil else { return [@Sendable () -> Void]() }
            state.reason = reason
            return state.onStop
        }
        for tell in told { tell() }
    }

    /// Also give up what is in flight; what was asked and not answered is in the journal.
    package func stopNow(_ reason: StopReason) {
        stop(reason)
        let told = state.withLock { state in
            guard !state.now else { return [@Sendable () -> Void]() }
            state.now = true
            return state.onStopNow
        }
        for tell in told { tell() }
    }

    /// Calls back once, at once if the run is stopping already.
    package func whenStopped(_ tell: @escaping @Sendable () -> Void) {
        let late = state.withLock { state in
            state.onStop.append(tell)
            return state.reason != nil
        }
        if late { tell() }
    }

    func whenStoppedNow(_ tell: @escaping @Sendable () -> Void) {
        let late = state.withLock { state in
            state.onStopNow.append(tell)
            return state.now
        }
        if late { tell() }
    }
}
