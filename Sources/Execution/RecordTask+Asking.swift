internal import Journaling
internal import Planning
internal import Runs
internal import Steps

/// Asking, and waiting for the answer: here a record spends its time, and here most of what a run holds is held.
extension RecordTask {
    /// Asks a question that nobody has answered so far, and takes in what comes back.
    ///
    /// - Returns: false if the run stopped before an answer was complete.
    @inline(never)
    func askAnew(
        _ question: Question, of answered: any AnsweredStep, _ index: Int, _ draw: Int, _ row: inout Row,
        _ pending: inout [JournalEntry]
    ) async throws -> Bool {
        let place = walk.steps[index].place
        let context = StepContext(record: row.record, item: row.item, timeout: walk.steps[index].timeout)
        let worst = answered.worstCost(of: question)
        var isStarted = false
        let (reply, isAnothers) = try await questions.ask(question.key) {
            guard !Task.isCancelled, let spending = await spending(worst) else { return .stopped }
            pending.append(start(question, index, draw, row, worst: worst))
            try await journal.append(pending)
            // What is on the disk is not held while the record waits.
            pending = []
            isStarted = true
            tally.asks(place)
            let reply = await spending.perform(question, of: answered, in: context)
            tally.answered(place, reply.usage)
            return reply
        }
        return takeIn(reply, isPaid: isAnothers, isStarted, to: question, of: answered, index, draw, &row, &pending)
    }

    @inline(never)
    private func start(
        _ question: Question, _ index: Int, _ draw: Int, _ row: borrowing Row, worst: Int64
    ) -> JournalEntry {
        var start = entry(.start, row, index, draw, key: question)
        start.begin(record: row.record.id, worstCost: worst)
        return start
    }

    /// - Returns: false if the run stopped before an answer was complete.
    @inline(never)
    private func takeIn(
        _ reply: Reply, isPaid: Bool, _ isStarted: Bool, to question: Question, of answered: any AnsweredStep,
        _ index: Int, _ draw: Int, _ row: inout Row, _ pending: inout [JournalEntry]
    ) -> Bool {
        switch reply {
        case .stopped: return false
        case .outOfReach(let failure):
            // Nothing left, so nothing is in doubt.
            var settled = entry(.settled, row, index, draw, key: question)
            settled.usage = Usage()
            if isStarted { pending.append(settled) }
            // A stop ends the waiting early, and that is nobody's failure.
            guard control.reason != nil || !hasOtherModel(index, row) else {
                fail(failure, question, index, draw, &row, &pending, usage: nil)
                return true
            }
            control.stop(.unreachable(failure.message))
            return false
        case .failed(let failure, let usage): fail(failure, question, index, draw, &row, &pending, usage: usage)
        case .answered(let answer):
            take(answer, isPaid: isPaid, to: question, of: answered, index, draw, &row, &pending)
        }
        return true
    }

    /// Whether a step has another model to ask where the one of this attempt is not there.
    private func hasOtherModel(_ index: Int, _ row: borrowing Row) -> Bool {
        guard case .run(_, let number) = row.progress.next else { return false }
        return walk.steps[index].hasOtherModel(after: number)
    }
}
