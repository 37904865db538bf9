internal import Locks

/// A chunk result that is on its way: one task hands it in, one waits for it.
final class ChunkTicket: Sendable {
    /// How many records nobody will have taken up if no result comes.
    let records: Int
    /// Whether the journal has the chunk from an earlier process.
    let isKept: Bool

    init(records: Int, isKept: Bool) {
        self.records = records
        self.isKept = isKept
    }

    private enum State {
        case open
        case awaited(CheckedContinuation<ChunkResult?, Never>)
        case ready(ChunkResult?)
        case taken
    }

    private let state = Guarded(State.open)

    /// - Parameter result: nil where the run was stopped before there was one.
    func fulfil(_ result: ChunkResult?) {
        let waiter: CheckedContinuation<ChunkResult?, Never>? = state.withLock { state in
            guard case .awaited(let waiter) = state else {
                state = .ready(result)
                return nil
            }
            state = .taken
            return waiter
        }
        waiter?.resume(returning: result)
    }

    /// Waits for the result; called once.
    func result() async -> ChunkResult? {
        await withCheckedContinuation { continuation in
            let ready: ChunkResult?? = state.withLock { state in
                guard case .ready(let result) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                state = .taken
                return .some(result)
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }
}
