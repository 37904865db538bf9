internal import Calls
internal import Dispatch
internal import Locks

/// Some threads that may wait for a database, each with something of its own, such as a connection; whoever comes when all
/// are taken waits for the first that is free.
final class WaitingPlaces<Content>: Sendable {
    private let state: Guarded<State>

    private struct State {
        var free: [Place]
        var waiters: [CheckedContinuation<Place, Never>] = []
    }

    /// What is in it is touched on its queue alone.
    private final class Place: @unchecked Sendable {
        let queue: DispatchQueue
        var content: Content?

        init(_ label: String) { queue = DispatchQueue(label: label) }
    }

    init(count: Int, label: String) {
        state = Guarded(State(free: (0..<count).map { Place("linecook.\(label)-\($0)") }))
    }

    /// Runs work at a place as soon as one is free. Raises the flag when its task is cancelled.
    func run<Success: Sendable>(
        _ work: @escaping @Sendable (inout Content?, StopFlag) throws(DatabaseProblem) -> Success
    ) async -> Result<Success, DatabaseProblem> {
        let place = await take()
        let stop = StopFlag()
        let result: Result<Success, DatabaseProblem> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                place.queue.async { @Sendable in
                    continuation.resume(
                        returning: Result { () throws(DatabaseProblem) in
                            if stop.raised { throw DatabaseProblem(.cancelled, "stopped") }
                            return try work(&place.content, stop)
                        })
                }
            }
        } onCancel: {
            stop.raise()
        }
        give(place)
        return result
    }

    private func take() async -> Place {
        await withCheckedContinuation { continuation in
            let free: Place? = state.withLock { state in
                if let place = state.free.popLast() { return place }
                state.waiters.append(continuation)
                return nil
            }
            if let free { continuation.resume(returning: free) }
        }
    }

    private func give(_ place: Place) {
        let next: CheckedContinuation<Place, Never>? = state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.free.append(place)
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume(returning: place)
    }
}
