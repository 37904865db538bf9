internal import Locks
internal import Runs

/// Chunks, and the records that left them, on their way to the disk: one task hands them over, another brings all that
/// has come by then to the disk in one commit.
///
/// A chunk is on the disk before its records ask anything, or their answers would belong to nobody: records that left one
/// make it due at once. Chunks without any wait until enough of them have come.
final class CommitLine: Sendable {
    struct Batch: Sendable {
        var chunks: FinishedChunks
        private(set) var leavers: [Leaver] = []
        /// About how much memory they take.
        private(set) var leaverBytes = 0

        init(chunks: FinishedChunks) { self.chunks = chunks }

        mutating func add(_ leavers: [Leaver], ofBytes bytes: Int) {
            self.leavers += leavers
            leaverBytes += bytes
        }

        var isEmpty: Bool { chunks.isEmpty && leavers.isEmpty }
    }

    private typealias Taker = CheckedContinuation<Batch?, Never>
    private typealias Giver = CheckedContinuation<Bool, Never>

    private struct State {
        let options: Executor.Options
        var batch: Batch
        var isLast = false
        var isRefused = false
        /// Who waits for a batch, and who for room.
        var taker: Taker?
        var giver: Giver?

        init(options: Executor.Options) {
            self.options = options
            batch = Batch(chunks: FinishedChunks(options: options))
        }

        /// Who need not wait any more.
        mutating func wakes() -> Wakes {
            var wakes = Wakes()
            if let taker, let batch = due() {
                self.taker = nil
                wakes.taker = (taker, batch)
            }
            if let giver, let goesOn = room {
                self.giver = nil
                wakes.giver = (giver, goesOn)
            }
            return wakes
        }

        /// What should go to the disk now; an inner nil where nothing will any more.
        private mutating func due() -> Batch?? {
            if isRefused { return .some(nil) }
            if !batch.isEmpty, isLast || !batch.leavers.isEmpty || batch.chunks.isDue {
                defer { batch = Batch(chunks: FinishedChunks(options: options)) }
                return batch
            }
            return isLast ? .some(nil) : nil
        }

        /// Whether more may be handed over; nil where that has to wait. As many records as fill the window are enough, and
        /// of large ones as many as the disk takes at once.
        private var room: Bool? {
            if isRefused { return false }
            return isFull ? nil : true
        }

        var isFull: Bool {
            batch.leavers.count >= max(options.width, options.chunkRecords)
                || batch.leaverBytes >= options.gatherBytes || batch.chunks.isFull
        }
    }

    private struct Wakes {
        var taker: (Taker, Batch?)?
        var giver: (Giver, Bool)?

        func resume() {
            if let (taker, batch) = taker { taker.resume(returning: batch) }
            if let (giver, goesOn) = giver { giver.resume(returning: goesOn) }
        }
    }

    private let state: Guarded<State>

    init(options: Executor.Options) { state = Guarded(State(options: options)) }

    /// Hands a chunk over and waits until there is room for another.
    ///
    /// - Parameter marks: how far the outputs go with its rows.
    /// - Returns: false where nothing is brought to the disk any more.
    func add(_ result: ChunkResult, at marks: [SinkMark]) async -> Bool {
        let bytes = result.leavers.textBytes
        return await add { batch in
            batch.chunks.add(result, at: marks)
            batch.add(result.leavers, ofBytes: bytes)
        }
    }

    /// Hands records over whose chunk is on the disk already.
    func add(_ leavers: [Leaver]) async -> Bool {
        let bytes = leavers.textBytes
        return await add { $0.add(leavers, ofBytes: bytes) }
    }

    private func add(_ body: (inout Batch) -> Void) async -> Bool {
        await withCheckedContinuation { giver in
            change { state in
                body(&state.batch)
                state.giver = giver
            }
        }
    }

    /// Whether no more will come.
    var isOver: Bool { state.withLock { $0.isLast || $0.isRefused } }

    /// Whether nobody can hand more over before what is there is taken.
    var isFull: Bool { state.withLock { $0.isFull } }

    /// No more will come.
    func end() { change { $0.isLast = true } }

    /// Waits for what should go to the disk; nil behind the last.
    func next() async -> Batch? {
        await withCheckedContinuation { taker in change { $0.taker = taker } }
    }

    /// From now on nothing is brought to the disk: both sides end.
    func refuse() { change { $0.isRefused = true } }

    private func change(_ body: (inout State) -> Void) {
        let wakes = state.withLock { state in
            body(&state)
            return state.wakes()
        }
        wakes.resume()
    }
}

extension [Leaver] {
    /// About how much memory they take.
    fileprivate var textBytes: Int { reduce(0) { $0 + $1.textBytes } }
}
