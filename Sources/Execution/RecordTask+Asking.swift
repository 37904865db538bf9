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
        // What the last try did cost, or may have; nil where nothing left.
        var cost: Int64?
        // It may take long until another has its answer, and what was answered before is on the disk meanwhile.
        if questions.isAsked(question.key) { try await save(&pending) }
        let (reply, isAnothers) = try await questions.ask(question.key, keeps: answered.isShared) {
            guard !Task.isCancelled, let spending = try await spending(worst, &pending) else { return .stopped }
            let start = start(question, index, draw, row, worst: worst)
            pending.append(start)
            try await journal.append(pending)
            // What is on the disk is not held while the record waits.
            pending = []
            tally.asks(place)
            let asked = await spending.perform(question, of: answered, in: context, nextTry: nextTry(after: start))
            tally.answered(place, asked.reply.usage ?? Usage(cost: asked.cost))
            cost = asked.cost
            return asked.reply
        }
        return takeIn(reply, isPaid: isAnothers, cost, to: question, of: answered, index, draw, &row, &pending)
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
        _ reply: Reply, isPaid: Bool, _ cost: Int64?, to question: Question, of answered: any AnsweredStep,
        _ index: Int, _ draw: Int, _ row: inout Row, _ pending: inout [JournalEntry]
    ) -> Bool {
        switch reply {
        case .stopped:
            settle(question, cost, index, draw, row, &pending)
            return false
        case .outOfReach(let failure):
            settle(question, cost, index, draw, row, &pending)
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

    /// Nothing is in doubt of a question that came to nothing while the process lives: what it may have cost is known.
    private func settle(
        _ question: Question, _ cost: Int64?, _ index: Int, _ draw: Int, _ row: borrowing Row,
        _ pending: inout [JournalEntry]
    ) {
        guard let cost else { return }
        var settled = entry(.settled, row, index, draw, key: question)
        settled.usage = Usage(cost: cost)
        pending.append(settled)
    }

    /// Whether a step has another model to ask where the one of this attempt is not there.
    private func hasOtherModel(_ index: Int, _ row: borrowing Row) -> Bool {
        guard case .run(_, let number) = row.progress.next else { return false }
        return walk.steps[index].hasOtherModel(after: number)
    }
}
