internal import Locks

/// Told from any thread that something is not wanted any more: an answer, or to wait for who is out of reach.
package final class StopFlag: Sendable {
    private struct State {
        var isRaised = false
        var onRaise: [@Sendable () -> Void] = []
    }

    private let state = Guarded(State())

    package init() {}

    package func raise() {
        let told = state.withLock { state in
            state.isRaised = true
            defer { state.onRaise = [] }
            return state.onRaise
        }
        for tell in told { tell() }
    }

    package var raised: Bool { state.withLock { $0.isRaised } }

    /// Calls back once, at once if it is raised already.
    package func whenRaised(_ tell: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            if !state.isRaised { state.onRaise.append(tell) }
            return state.isRaised
        }
        if isLate { tell() }
    }
}
