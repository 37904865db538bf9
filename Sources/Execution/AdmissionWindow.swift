internal import Locks

/// How many records are held at once; the width can change.
///
/// One task admits, many leave. Closing the window turns away whoever waits and whoever comes.
package final class AdmissionWindow: Sendable {
    private struct State {
        var width: Int
        var held = 0
        var closed = false
        var waiter: CheckedContinuation<Bool, Never>?
        /// Whoever finds the width out, if anybody does.
        var found: (@Sendable () -> Int)?

        /// Gives the one who waits a place, if there is one.
        mutating func admitWaiter() -> CheckedContinuation<Bool, Never>? {
            guard held < width, let waiter else { return nil }
            held += 1
            self.waiter = nil
            return waiter
        }
    }

    private let state: Guarded<State>

    package init(width: Int) {
        state = Guarded(State(width: max(1, width)))
    }

    /// From now on so many are held. Where more are, nobody is admitted until enough have left.
    package func resize(to width: Int) {
        let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
            state.width = max(1, width)
            return state.admitWaiter()
        }
        waiter?.resume(returning: true)
    }

    /// Takes its width from somebody else, or from nobody any more, whenever ``resizeToFound()`` is called.
    func find(_ width: (@Sendable () -> Int)?) { state.withLock { $0.found = width } }

    func resizeToFound() {
        if let found = state.withLock(\.found) { resize(to: found()) }
    }

    package var held: Int { state.withLock { $0.held } }

    /// Waits for a place and takes it; false when the window is closed. Only one caller at a time.
    package func admit() async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if state.closed { return false }
                if state.held < state.width {
                    state.held += 1
                    return true
                }
                precondition(state.waiter == nil, "one task admits")
                state.waiter = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Gives a place back; the task that waits for one gets it.
    package func leave() {
        let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
            state.held -= 1
            return state.admitWaiter()
        }
        waiter?.resume(returning: true)
    }

    /// From now on nobody is admitted. Those inside finish in their own time.
    package func close() {
        let waiter = state.withLock { state in
            state.closed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: false)
    }
}
