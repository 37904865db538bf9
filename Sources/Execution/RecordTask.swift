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
///
/// A record that waits for its answer is held by the frames of the functions that wait with it, and the frame of one that
/// is inlined is part of its caller's. So `follow`, `ask` and `askAnew` are small and call the others out of line.
struct RecordTask: Sendable {
    var walk: RowWalk
    let outputs: OutputWriter
    let journal: any Journal
    let tally: RunTally
    let clock: WallClock
    let shelf: (any AnswerShelf)?
    let history: BlockingQueue
    let questions: OpenQuestions
    let doubts: OpenEffects
    let kept: KeptRun?
    let control: RunControl
    let budget: BudgetKeeper?
    /// Where a record goes that waits for a person.
    let parked: ParkedRecords?

    /// - Returns: the run's counts once this record is in them.
    @discardableResult
    func finish(_ leaver: Leaver) async throws -> Counts {
        var row = leaver.row
        row.attempts = noAttempts
        var pending: [JournalEntry] = []
        let outcome = try await follow(&row, &pending, leaver.kept)
        return try await end(row, outcome ?? .notReached, of: leaver, pending)
    }

    /// Takes a record that ended done through its steps again, with the answers that are kept.
    ///
    /// - Returns: its row at the end; nil if it does not come to a good end any more.
    func replay(_ row: Row, _ kept: KeptRecord) async throws -> Row? {
        var (row, kept) = (row, kept)
        row.attempts = noAttempts
        // It is done: what it waited for when the run was taken up is over.
        kept.isFresh = true
        var pending: [JournalEntry] = []
        return try await follow(&row, &pending, kept) == .done ? row : nil
    }

    /// - Returns: nil if the run stopped before the record came to its end.
    @inline(never)
    private func follow(
        _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws -> Outcome? {
        var kept = kept
        while true {
            switch walk.advance(&row) {
            case .ended(.waiting) where row.waits == nil:
                switch try await settleAnswer(&row, &pending, kept) {
                case .waits: return .waiting
                case .goesOn: continue
                case .again(let events):
                    kept = events
                    row = walk.start(row.record)
                    row.attempts = noAttempts
                }
            case .ended(let outcome): return outcome
            case .asks(let step):
                let goesOn =
                    if let items = walk.items(at: step) {
                        try await take(items, at: step, &row, &pending, kept)
                    } else {
                        try await ask(step, &row, &pending, kept)
                    }
                guard goesOn else { return nil }
            }
        }
    }

    private var noAttempts: [Int] { Array(repeating: 0, count: walk.steps.count) }

    /// One attempt at the step the row stands at.
    ///
    /// - Returns: false if the run stopped before an answer was complete.
    @inline(never)
    func ask(
        _ index: Int, _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws -> Bool {
        guard case .answered(let answered) = walk.steps[index].action, case .run(_, let number) = row.progress.next
        else { return true }
        let draw = number + drawsBefore(index, row, kept)
        let question: Question
        do throws(Failure) {
            question = try walk.question(
                at: index, for: row, Attempt(number: draw, previous: row.previous, turn: number), of: answered)
        } catch {
            fail(error, nil, index, draw, &row, &pending, usage: nil)
            return true
        }
        row.attempts[index] += 1
        if let review = answered as? any ReviewedStep {
            try await self.review(review, index, draw, question, &row, &pending, kept)
            return true
        }
        if answered.effect.acts {
            let act = Act(step: index, draw: draw, answered: answered, question: question)
            return try await perform(act, &row, &pending, kept)
        }

        if try takeKept(to: question, of: answered, index, draw, &row, &pending, kept) { return true }
        if let body = try await lookUp(question, answered) {
            take(
                Answer(body: body, usage: Usage()), isPaid: true, to: question, of: answered, index, draw, &row,
                &pending)
            return true
        }

        if let failure = self.kept?.failure(of: row.record.id, item: row.item, at: question.key) {
            fail(failure, question, index, draw, &row, &pending, usage: nil)
            return true
        }
        return try await askAnew(question, of: answered, index, draw, &row, &pending)
    }

    /// Takes the answer that the journal has, or that is to be had at once.
    ///
    /// - Returns: whether there is one.
    @inline(never)
    private func takeKept(
        to question: Question, of answered: any AnsweredStep, _ index: Int, _ draw: Int, _ row: inout Row,
        _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) throws -> Bool {
        if answered.answersAtOnce {
            if let reply = kept?.atOnce[PlaceAtOnce(step: walk.steps[index].place, item: row.item, draw: draw)] {
                var known: [JournalEntry] = []
                read(Answer(body: reply.body, usage: Usage()), to: question, of: answered, index, draw, &row, &known)
                return true
            }
            if kept?.reply(to: question.key, item: row.item) == nil, let answer = answered.answerAtOnce(question) {
                var entry = entry(.answer, row, index, draw, key: nil)
                entry.body = answer.body
                pending.append(entry)
                read(answer, to: question, of: answered, index, draw, &row, &pending)
                return true
            }
        }
        if let reply = kept?.reply(to: question.key, item: row.item) {
            // The journal has it already, and what was wrong with it.
            var known: [JournalEntry] = []
            if reply.kind == .failed {
                row.previous = nil
                walk.fail(try FailedAttempt(reply).failure, again: false, &row)
            } else {
                let answer = Answer(body: reply.body, usage: Usage())
                read(answer, to: question, of: answered, index, draw, &row, &known)
            }
            return true
        }
        return false
    }

    /// A question has no answer, and is not asked again of whoever was asked.
    @inline(never)
    func fail(
        _ failure: Failure, _ question: Question?, _ index: Int, _ draw: Int, _ row: inout Row,
        _ pending: inout [JournalEntry], usage: Usage?
    ) {
        pending.append(failed(failure, question, answer: nil, row, index, draw, usage: usage))
        row.previous = nil
        walk.fail(failure, again: false, &row)
    }

    /// An answer that was paid for by another run, or by this one under another recipe.
    @inline(never)
    func lookUp(_ question: Question, _ step: any AnsweredStep) async throws -> [UInt8]? {
        // What only its own run may use is there only where that run is gone on with.
        guard let shelf, !shelf.isEmpty, step.isShared || kept != nil else { return nil }
        return try await history.run { [key = question.key, shared = step.isShared] () throws(JournalError) in
            try shelf.answer(to: key, shared: shared)
        }
    }

    @inline(never)
    func take(
        _ answer: Answer, isPaid: Bool, to question: Question, of answered: any AnsweredStep, _ index: Int,
        _ draw: Int, _ row: inout Row, _ pending: inout [JournalEntry]
    ) {
        var kept = entry(.answer, row, index, draw, key: question)
        kept.body = answer.body
        if !isPaid { kept.usage = answer.usage }
        pending.append(kept)
        read(answer, to: question, of: answered, index, draw, &row, &pending)
    }

    /// What a complete answer is worth, by its shape and by the step's rules.
    @inline(never)
    private func read(
        _ answer: Answer, to question: Question, of answered: any AnsweredStep, _ index: Int, _ draw: Int,
        _ row: inout Row, _ pending: inout [JournalEntry]
    ) {
        guard let complaint = walk.read(answer, to: question, of: answered, &row) else { return }
        pending.append(failed(complaint.failure, question, answer: complaint.said, row, index, draw, usage: nil))
    }

    // MARK: The end

    @inline(never)
    private func end(
        _ row: consuming Row, _ outcome: Outcome, of leaver: Leaver, _ pending: [JournalEntry]
    ) async throws -> Counts {
        var outcome = outcome
        // What was done stays done: whatever is wrong now is wrong with this process, and goes away with it.
        if leaver.kept?.isFinished ?? false, outcome != .done {
            let why = row.progress.fall?.failure.message ?? "the run was stopped"
            throw SourceError(
                "the row of record '\(row.record.id)', which is done, cannot be made again from what is kept: \(why); "
                    + "nothing of it is lost, resume the run once that is mended")
        }
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
        var pending = pending
        if outcome == .waiting, let waits = row.waits, !waits.isKnown {
            var waiting = JournalEntry(
                ordinal: row.record.ordinal, step: waits.step, item: waits.item, draw: waits.draw, kind: .waiting,
                at: clock.now(), key: waits.key)
            waiting.body = waits.wait.body
            pending.append(waiting)
        }
        if !pending.isEmpty || !isKnown(outcome, row, leaver) {
            try await journal.append(pending + [.ended(ended, at: clock.now())])
        }
        if outcome == .done { try await outputs.insert(rows, of: leaver.place) }
        if outcome == .waiting {
            parked?.add(
                .init(
                    place: leaver.place, marks: ended.marks, items: ended.items, deadline: row.waits?.wait.deadline))
        }
        return tally.end(
            outcome, marks: ended.marks, items: ended.items, flagged: !ended.flags.isEmpty,
            isReplayed: leaver.kept?.isFinished ?? false)
    }

    /// Whether the journal has this end already: of a record that had ended done before, or that waits as it did.
    private func isKnown(_ outcome: Outcome, _ row: borrowing Row, _ leaver: Leaver) -> Bool {
        switch outcome {
        case .done: leaver.kept?.isFinished ?? false
        case .waiting: row.waits?.isKnown ?? false && kept?.isWaiting(row.record.ordinal) ?? false
        case .failed, .skipped, .rejected, .notReached: false
        }
    }

    // MARK: Entries

    func entry(
        _ kind: JournalEntry.Kind, _ row: borrowing Row, _ step: Int, _ draw: Int, key question: Question?
    ) -> JournalEntry {
        JournalEntry(
            ordinal: row.record.ordinal, step: walk.steps[step].place, item: row.item, draw: draw, kind: kind,
            at: clock.now(), key: question?.key)
    }

    func failed(
        _ failure: Failure, _ question: Question?, answer: String?, _ row: borrowing Row, _ step: Int, _ draw: Int,
        usage: Usage?
    ) -> JournalEntry {
        var failed = entry(.failed, row, step, draw, key: question)
        failed.body = FailedAttempt(failure, prompt: question?.shown, answer: answer).body
        failed.usage = usage
        return failed
    }
}
