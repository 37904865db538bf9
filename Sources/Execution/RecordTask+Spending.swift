internal import Journaling
internal import Locks
internal import Runs
internal import Steps
internal import Values

extension RecordTask {
    /// Sets aside what a question may cost; nil where the budget has no room for it, and then the run is told to stop.
    ///
    /// - Parameter pending: on the disk by the time that it waits for room.
    func spending(_ worst: Int64, _ pending: inout [JournalEntry]) async throws -> Spending? {
        // What costs nothing is never held up, also not by a limit that an edit of the recipe has lowered.
        let spending = Spending(worst: worst, keeper: worst > 0 ? budget : nil, control: control)
        if !(spending.keeper?.hasRoom(for: worst) ?? true) { try await save(&pending) }
        return await spending.reserve() ? spending : nil
    }

    /// Brings what was answered to the disk before a wait that has nothing to do with it: it would be lost with the process,
    /// and paid once more.
    func save(_ pending: inout [JournalEntry]) async throws {
        guard !pending.isEmpty else { return }
        try await journal.append(pending)
        pending = []
    }

    /// Writes down, before a question goes out once more, that the try before may have been paid for, and that the next
    /// one is about to leave: so each is counted, whenever the process dies.
    ///
    /// - Returns: what to call for that. False: it could not be written, and nothing may leave.
    @inline(never)
    func nextTry(after start: JournalEntry) -> @Sendable () async -> Bool {
        { [journal, tally, clock] in
            let lost = start.settledAtWorst(at: clock.now())
            var next = start
            next.at = lost.at
            do {
                try await journal.append([lost, next])
            } catch {
                // The record's end meets the same error, and ends the run.
                return false
            }
            tally.lost(lost.usage)
            return true
        }
    }
}

/// What one question may cost, and what is set aside of the budget for it.
struct Spending: Sendable {
    /// Of one try.
    let worst: Int64
    /// Nil where nothing is to be kept.
    let keeper: BudgetKeeper?
    let control: RunControl

    fileprivate func reserve() async -> Bool {
        guard let keeper else { return true }
        if await keeper.reserve(worst) { return true }
        if let stop = keeper.stop { control.stop(stop) }
        return false
    }

    /// Asks, and settles what was set aside by what came back.
    ///
    /// - Parameter nextTry: called where a try may have been paid for and gave no answer, and there is room for another:
    ///   counts the first and says whether the other may leave.
    /// - Returns: the reply, and what the last try did cost, or may have. A failure's usage has that, too.
    func perform(
        _ question: Question, of answered: any AnsweredStep, in context: StepContext,
        nextTry: @escaping @Sendable () async -> Bool
    ) async -> (reply: Reply, cost: Int64) {
        guard worst > 0 else {
            let reply = await answered.perform(question, in: context)
            return (reply, reply.usage?.cost ?? 0)
        }
        // Whether anything is set aside for the present try.
        let isOpen = Guarded(true)
        var guarded = context
        guarded.repeats = {
            guard await context.repeats() else { return false }
            // The try before may have been paid: it keeps what was set aside for it, and the next needs as much again.
            isOpen.withLock { $0 = false }
            keeper?.settle(worst, cost: worst)
            guard await reserve() else { return false }
            isOpen.withLock { $0 = true }
            return await nextTry()
        }
        let reply = await answered.perform(question, in: guarded)
        var cost = worst
        if isOpen.withLock({ $0 }) {
            cost = self.cost(of: reply)
            keeper?.settle(worst, cost: cost)
        }
        guard case .failed(let failure, var usage) = reply, cost > 0 else { return (reply, cost) }
        usage = usage ?? Usage()
        usage?.cost = cost
        return (.failed(failure, usage), cost)
    }

    private func cost(of reply: Reply) -> Int64 {
        switch reply {
        case .answered(let answer): answer.usage.cost
        case .failed(let failure, let usage): usage?.cost ?? (failure.mayHaveActed ? worst : 0)
        case .outOfReach: 0
        // It may be answered just now: as far as money goes, it was.
        case .stopped: worst
        }
    }
}
