internal import Locks

/// Fires once, with what it was fired with first.
final class StopSignal: Sendable {
    private struct State {
        var value: Bool?
        var waiter: CheckedContinuation<Bool, Never>?
    }

    private let state = Guarded(State())

    func fire(_ value: Bool) {
        let waiter: CheckedContinuation<Bool, Never>? = state.withLock { state in
            guard state.value == nil else { return nil }
            state.value = value
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    /// Waits until it has fired. Only one caller.
    func wait() async -> Bool {
        await withCheckedContinuation { continuation in
            let value: Bool? = state.withLock { state in
                guard let value = state.value else {
                    state.waiter = continuation
                    return nil
                }
                return value
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}
