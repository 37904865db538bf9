internal import Dispatch
internal import Locks

/// Brings what many tasks hand over to the disk in few commits, in the order it was handed over.
///
/// The work is done on a Dispatch queue of its own, because it blocks; the tasks that wait are resumed in one sweep
/// after each commit. After the first error nothing is committed any more, and everybody gets that error.
final class CommitQueue: Sendable {
    /// What is committed as a whole.
    enum Work: Sendable {
        case entries([JournalEntry])
        case chunks([ChunkEntry], [JournalEntry])
        case start(RunStart)
        case end(RunEnd)

        var entries: [JournalEntry] {
            switch self {
            case .entries(let entries), .chunks(_, let entries): entries
            case .start, .end: []
            }
        }
    }

    private typealias Waiter = CheckedContinuation<Result<Void, JournalError>, Never>

    private struct State {
        var pacing = CommitPacing()
        var line = CommitPacing.Line()
        var work: [Work] = []
        var waiters: [Waiter] = []
        /// Whether the queue has the line in its hands.
        var isRunning = false
        /// Until when the writer waits for more, if it does.
        var gathering: ContinuousClock.Instant?
        /// What every later call gets.
        var refusal: JournalError?
        /// The first error of a commit.
        var failure: JournalError?

        /// Takes the line if it is time to commit; with an empty line the queue lets go of it.
        mutating func take(now: ContinuousClock.Instant) -> (CommitPacing.Next, Batch?) {
            gathering = nil
            guard !work.isEmpty else {
                isRunning = false
                return (.commit, nil)
            }
            let next = pacing.next(line, now: now)
            if case .wait(let time) = next { gathering = time }
            guard next == .commit else { return (next, nil) }
            let batch = Batch(work: work, waiters: waiters)
            work = []
            waiters = []
            line = CommitPacing.Line(isLast: line.isLast)
            return (next, batch)
        }
    }

    /// Noted entries beyond this many ask their callers to wait.
    static let noteLimit = 4096

    private let state = Guarded(State())
    /// Ends the wait for more before its time.
    private let bell = Bell()
    /// Never rung.
    private let silence = Bell()
    private let queue = DispatchQueue(label: "linecook.journal")
    private let commit: @Sendable ([Work]) -> JournalError?
    private let afterCommit: @Sendable () -> JournalError?
    private let end: @Sendable () -> JournalError?

    /// - Parameters:
    ///   - commit: Brings work to the disk, all of it or nothing; called on a queue where it may block.
    ///   - afterCommit: What there is to do while nobody waits.
    ///   - end: Called once, behind the last commit.
    init(
        commit: @escaping @Sendable ([Work]) -> JournalError?,
        afterCommit: @escaping @Sendable () -> JournalError? = { nil },
        end: @escaping @Sendable () -> JournalError? = { nil }
    ) {
        self.commit = commit
        self.afterCommit = afterCommit
        self.end = end
    }

    /// Returns when the work is on disk.
    func wait(for work: Work) async throws(JournalError) {
        let result = await withCheckedContinuation { (waiter: Waiter) in
            let refusal = state.withLock { state -> JournalError? in
                if let refusal = state.refusal { return refusal }
                state.waiters.append(waiter)
                state.line.callers += 1
                let now = ContinuousClock.now
                state.line.firstCaller = state.line.firstCaller ?? now
                state.line.lastCaller = now
                add(work, to: &state)
                return nil
            }
            if let refusal { waiter.resume(returning: .failure(refusal)) }
        }
        try result.get()
    }

    /// Takes work for which nobody waits.
    ///
    /// - Returns: Whether there is room for more.
    func note(_ work: Work) -> Bool {
        state.withLock { state in
            guard state.refusal == nil else { return false }
            if state.line.firstNote == nil { state.line.firstNote = .now }
            add(work, to: &state)
            return state.line.entries < Self.noteLimit
        }
    }

    /// What every later call gets; nil as long as there was no error and nobody has closed it.
    var refusal: JournalError? { state.withLock(\.refusal) }

    /// Commits what is left and ends. Later calls throw.
    func close() async throws(JournalError) {
        let result = await withCheckedContinuation { (waiter: Waiter) in
            let isSecond = state.withLock { state in
                if state.line.isLast { return true }
                state.line.isLast = true
                state.refusal = state.refusal ?? JournalError(.closed, "the journal is closed")
                bell.ring()
                return false
            }
            if isSecond { return waiter.resume(returning: .failure(JournalError(.closed, "the journal is closed"))) }
            queue.async { @Sendable [self] in
                let ended = end()
                let failure = state.withLock(\.failure) ?? ended
                waiter.resume(returning: failure.map(Result.failure) ?? .success(()))
            }
        }
        try result.get()
    }

    private func add(_ work: Work, to state: inout State) {
        state.work.append(work)
        state.line.entries += work.entries.count
        state.pacing.noticed(work.entries)
        if !state.isRunning {
            state.isRunning = true
            queue.async { @Sendable [self] in drain() }
        } else if let deadline = state.gathering, state.pacing.deadline(of: state.line).map({ $0 < deadline }) ?? true {
            // The line is full, everybody is in it, or somebody has joined the notes. A later time is seen when the
            // earlier one has come.
            state.gathering = nil
            bell.ring()
        }
    }

    // MARK: On the queue

    private func drain() {
        while let batch = gather() {
            let begun = ContinuousClock.now
            let error = commit(batch.work)
            let ended = ContinuousClock.now
            state.withLock { $0.pacing.committed(callers: batch.waiters.count, from: begun, to: ended) }
            if let error { refuse(error) }
            let result: Result<Void, JournalError> = error.map(Result.failure) ?? .success(())
            for waiter in batch.waiters { waiter.resume(returning: result) }
            if error == nil, let late = afterCommit() { refuse(late) }
        }
    }

    private struct Batch {
        var work: [Work]
        var waiters: [Waiter]
    }

    /// Waits for the moment to commit, and takes what is there; nil once there is nothing.
    private func gather() -> Batch? {
        while true {
            let now = ContinuousClock.now
            let (next, batch) = state.withLock { $0.take(now: now) }
            switch next {
            case .commit: return batch
            case .wait(let time): bell.wait(for: now.duration(to: time))
            case .rest(let time): silence.wait(for: now.duration(to: time))
            }
        }
    }

    /// Gives the error to all who wait and to all who come.
    private func refuse(_ error: JournalError) {
        let waiters = state.withLock { state in
            state.failure = state.failure ?? error
            state.refusal = error
            state.work = []
            state.line = CommitPacing.Line(isLast: state.line.isLast)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: .failure(error)) }
    }
}
