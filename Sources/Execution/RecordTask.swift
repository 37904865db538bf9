internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// Takes one record from its first question to its end: its steps one after another, in one task.
///
/// The order on disk: a start before its request leaves, an answer before anything that depends on it. So an answer
/// waits for the record's next start, or its end, and goes in one commit with it; rules and the next prompt, which only
/// compute, come in between.
struct RecordTask: Sendable {
    let walk: RowWalk
    let outputs: OutputWriter
    let journal: any Journal
    let tally: RunTally
    let clock: WallClock
    let control: RunControl
    let budget: BudgetKeeper?

    /// - Returns: the run's counts once this record is in them.
    func finish(_ leaver: Leaver) async throws -> Counts {
        var row = leaver.row
        row.attempts = Array(repeating: 0, count: walk.plan.steps.count)
        var pending: [JournalEntry] = []
        while true {
            switch walk.advance(&row) {
            case .ended(let outcome):
                return try await end(row, outcome, at: leaver.place, pending)
            case .asks(let step):
                guard try await ask(step, &row, &pending) else {
                    return try await end(row, .notReached, at: leaver.place, pending)
                }
            }
        }
    }

    /// One attempt at the step the row stands at.
    ///
    /// - Returns: false if the run stopped before an answer was complete.
    private func ask(_ index: Int, _ row: inout Row, _ pending: inout [JournalEntry]) async throws -> Bool {
        let step = walk.plan.steps[index]
        guard case .answered(let answered) = step.action, case .run(_, let number) = row.progress.next else {
            return true
        }
        row.attempts[index] += 1
        let question: Question
        do throws(Failure) {
            question = try answered.question(
                for: row.slots, about: row.record, attempt: Attempt(number: number, previous: row.previous))
        } catch {
            pending.append(failed(error, nil, answer: nil, row, index, number, usage: nil))
            row.previous = nil
            walk.fail(error, again: false, &row)
            return true
        }

        guard let spending = await spending(on: question, of: answered) else { return false }
        var start = entry(.start, row, index, number, key: question)
        start.body = spending.body
        try await journal.append(pending + [start])
        pending = []
        tally.asks(index)
        let reply = await spending.perform(
            question, of: answered, in: StepContext(record: row.record, timeout: step.timeout))
        switch reply {
        case .stopped:
            tally.answered(index, nil)
            return false
        case .outOfReach(let failure):
            tally.answered(index, nil)
            control.stop(.unreachable(failure.message))
            return false
        case .failed(let failure, let usage):
            tally.answered(index, usage)
            pending.append(failed(failure, question, answer: nil, row, index, number, usage: usage))
            row.previous = nil
            walk.fail(failure, again: false, &row)
        case .answered(let answer):
            tally.answered(index, answer.usage)
            var kept = entry(.answer, row, index, number, key: question)
            kept.body = answer.body
            kept.usage = answer.usage
            pending.append(kept)
            read(answer, to: question, of: answered, index, number, &row, &pending)
        }
        return true
    }

    /// What a complete answer is worth, by its shape and by the step's rules.
    private func read(
        _ answer: Answer, to question: Question, of answered: any AnsweredStep, _ index: Int, _ number: Int,
        _ row: inout Row, _ pending: inout [JournalEntry]
    ) {
        let complaint: Failure?
        switch answered.read(answer, to: question) {
        case .value(let value):
            complaint = walk.take(value, &row)
        case .unusable(let failure):
            complaint = failure
            walk.fail(failure, again: true, &row)
        }
        guard let complaint else {
            row.previous = nil
            return
        }
        let said = answered.words(of: answer)
        pending.append(failed(complaint, question, answer: said, row, index, number, usage: nil))
        let staysHere = row.progress.next == .run(step: index, attempt: number + 1)
        row.previous = staysHere ? Attempt.Previous(answer: said, complaint: complaint.message) : nil
    }

    // MARK: The end

    private func end(
        _ row: consuming Row, _ outcome: Outcome, at place: LeaverPlace, _ pending: [JournalEntry]
    ) async throws -> Counts {
        var outcome = outcome
        var rows = Array(repeating: [UInt8](), count: outputs.count)
        if outcome == .done {
            do throws(Failure) {
                try outputs.format(row, into: &rows)
            } catch {
                row.progress.failOutside(error)
                outcome = .failed
            }
        }
        let ended = EndedRecord(row, outcome, pure: false)
        try await journal.append(pending + [.ended(ended, at: clock.now())])
        if outcome == .done { try await outputs.insert(rows, of: place) }
        return tally.end(outcome, marks: ended.marks, flagged: !ended.flags.isEmpty)
    }

    // MARK: Entries

    private func entry(
        _ kind: JournalEntry.Kind, _ row: borrowing Row, _ step: Int, _ draw: Int, key question: Question?
    ) -> JournalEntry {
        JournalEntry(
            ordinal: row.record.ordinal, step: step, draw: draw, kind: kind, at: clock.now(), key: question?.key)
    }

    private func failed(
        _ failure: Failure, _ question: Question?, answer: String?, _ row: borrowing Row, _ step: Int, _ draw: Int,
        usage: Usage?
    ) -> JournalEntry {
        var failed = entry(.failed, row, step, draw, key: question)
        failed.body = FailedAttempt(failure, prompt: question?.shown, answer: answer).body
        failed.usage = usage
        return failed
    }
}
