internal import Digests
internal import Journaling
internal import Planning
internal import Runs
internal import Schemas
internal import Steps
internal import Values

/// Steps and answers that a person decides about: the record waits, and a decision is used once.
extension RecordTask {
    // MARK: A review

    /// The row stands at a review: it follows the decision that is there, or waits for one.
    @inline(never)
    func review(
        _ step: any ReviewedStep, _ index: Int, _ draw: Int, _ question: Question, _ row: inout Row,
        _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws {
        if let open = try openWait(of: row, kept), open.key == question.key {
            guard let said = open.decided, said.isTaken, !isLate(said, for: open.wait) else {
                if open.wait.isExpired(at: clock.now()) {
                    expire(open.wait, step, index, draw, question, &row, &pending)
                } else {
                    park(open.wait, knownAs: open, &row)
                }
                return
            }
            var body = said.decision.value.map ?? ValueMap()
            body.set("at", to: .string(said.at.rfc3339))
            return follow(JSON.bytes(of: .map(body)), step, index, draw, question, &row, &pending, isKnown: false)
        }
        var known = kept?.reply(to: question.key, item: nil)?.body
        if known == nil { known = try await lookUp(question, step) }
        if let known { return follow(known, step, index, draw, question, &row, &pending, isKnown: true) }
        park(wait(for: step, index, question, row), question.key, index, draw, &row)
    }

    /// - Parameter isKnown: whether the journal has it as an answer already.
    private func follow(
        _ body: [UInt8], _ step: any ReviewedStep, _ index: Int, _ draw: Int, _ question: Question, _ row: inout Row,
        _ pending: inout [JournalEntry], isKnown: Bool
    ) {
        switch walk.follow(body, to: question, of: step, &row) {
        case .followed:
            guard !isKnown else { return }
            var answer = entry(.answer, row, index, draw, key: question)
            answer.body = body
            pending.append(answer)
        case .unusable(let failure):
            // What was said cannot be done, so it is asked again, with the reason.
            var wait = wait(for: step, index, question, row)
            wait.problem = failure.message
            park(wait, question.key, index, draw, &row)
        }
    }

    /// Nobody answered in time. That is no approval, also if the run is gone on with much later.
    private func expire(
        _ wait: Wait, _ step: any ReviewedStep, _ index: Int, _ draw: Int, _ question: Question, _ row: inout Row,
        _ pending: inout [JournalEntry]
    ) {
        let deadline = wait.deadline ?? clock.now()
        let body: Value = [
            "word": "expired", "by": "", "at": .string(deadline.rfc3339),
            "note": .string("not answered in time: by \(deadline.rfc3339)"),
        ]
        follow(JSON.bytes(of: body), step, index, draw, question, &row, &pending, isKnown: false)
    }

    private func isLate(_ said: OpenWait.Decided, for wait: Wait) -> Bool { wait.isExpired(at: said.at) }

    private func wait(
        for step: any ReviewedStep, _ index: Int, _ question: Question, _ row: borrowing Row
    ) -> Wait {
        let now = clock.now()
        let inquiry = question.content as? Inquiry
        let slots = row.slots
        let fields = step.fields.filter { field in
            // A field of an answer that is not there cannot be written by itself.
            field.path.isEmpty || slots[field.slot].map != nil
        }
        return Wait(
            .review, record: row.record.id, step: walk.steps[index].name, since: now,
            deadline: step.within.flatMap { now.adding($0) }, question: question.shown,
            shown: (inquiry?.shown ?? []).map { Wait.Shown($0.name, $0.value) },
            fields: fields.map { .init($0.name, $0.value(in: slots), schema: $0.type.jsonSchema) },
            choices: [.approve, .reject])
    }

    // MARK: An answer whose attempts are used up

    /// What became of a record that waits because an answer could not be used.
    enum Settled {
        case waits
        /// The row stands behind the step, or has ended.
        case goesOn
        /// The step is to be asked again, from the beginning of the record.
        case again(KeptRecord)
    }

    @inline(never)
    func settleAnswer(
        _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws -> Settled {
        guard let fall = row.progress.fall, walk.steps.indices.contains(fall.step) else { return .waits }
        let step = walk.steps[fall.step]
        let draw = max(1, row.attempts[fall.step] + drawsBefore(fall.step, row, kept))
        let key = key(ofAnswerAt: fall, draw, row)
        var body: [UInt8]?
        var isKnown = false
        if let open = try openWait(of: row, kept), open.key == key {
            guard let said = open.decided, said.isTaken else {
                park(open.wait, knownAs: open, &row)
                return .waits
            }
            body = JSON.bytes(of: said.decision.value)
        } else {
            body = kept?.reply(to: key, item: nil)?.body
            isKnown = body != nil
        }
        guard let body, case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(body) }),
            let decision = Decision(value)
        else {
            wait(forAnswerTo: step, fall, nil, key, draw, &row)
            return .waits
        }
        var answer = entry(.answer, row, fall.step, draw, key: nil)
        answer.key = key
        answer.body = body
        switch decision.word {
        case .reject: walk.refuse(Failure(.rejected, decision.rejection), &row)
        case .again:
            guard !isKnown else { return .waits }
            pending.append(answer)
            let retrial = Retrial(
                ordinal: row.record.ordinal, record: row.record.id, step: fall.step, lastDraw: draw)
            try await journal.append(pending + [.retried(retrial, at: clock.now())])
            pending = []
            return .again(try await events(of: row.record.ordinal))
        case .write:
            if let failure = walk.write(decision.edits, to: fall.step, &row) {
                wait(forAnswerTo: step, fall, failure.message, key, draw, &row)
                return .waits
            }
            walk.acceptAnswer(&row)
        default: walk.acceptAnswer(&row)
        }
        if !isKnown { pending.append(answer) }
        row.previous = nil
        return .goesOn
    }

    /// Of what is decided about: which answer of which record, and what is wrong with it.
    private func key(ofAnswerAt fall: RecordProgress.Fall, _ draw: Int, _ row: borrowing Row) -> SHA256Digest {
        var hash = SHA256Stream()
        hash.addPart("answer".utf8)
        hash.addPart(row.record.id.utf8)
        hash.addPart(row.record.origin.content.hex.utf8)
        hash.addPart(walk.steps[fall.step].name.utf8)
        hash.addPart(String(draw).utf8)
        hash.addPart(fall.failure.message.utf8)
        hash.addPart(JSON.bytes(of: row.slots[walk.steps[fall.step].slot]))
        return hash.digest
    }

    private func wait(
        forAnswerTo step: PlannedStep, _ fall: RecordProgress.Fall, _ problem: String?, _ key: SHA256Digest,
        _ draw: Int, _ row: inout Row
    ) {
        let value = row.slots[step.slot]
        var wait = Wait(
            .answer, record: row.record.id, step: step.name, since: clock.now(),
            question: "'\(step.name)' has no answer that keeps its rules. What shall stand there?",
            problem: problem ?? fall.failure.message, choices: [])
        if !value.isNull {
            wait.shown = [.init(step.name, value)]
            wait.choices.append(.accept)
        }
        if let type = step.answerType {
            wait.fields = [.init(step.name, value, schema: type.jsonSchema)]
            wait.choices.append(.write)
        }
        if !step.isPure { wait.choices.append(.again) }
        wait.choices.append(.reject)
        park(wait, key, fall.step, draw, &row)
    }

    // MARK: What may have happened

    /// Nobody knows whether a step did what it does: the record waits, unless it waits for that already.
    func waitForWord(on act: Act, _ why: String, _ row: inout Row, _ kept: KeptRecord?) throws {
        let step = walk.steps[act.step]
        let failure = Failure(
            .inDoubt,
            "'\(step.name)' may have happened (\(why)); it is not done again before a person has said that it happened, "
                + "that it is to be done again, or no")
        if let open = try openWait(of: row, kept), open.key == act.question.key, open.wait.kind == .doubt {
            row.waits = pending(open)
        } else {
            let wait = Wait(
                .doubt, record: row.record.id, step: step.name, since: clock.now(),
                question: "Did '\(step.name)' happen?", problem: failure.message,
                shown: [.init(step.name, .string(act.question.shown))], choices: [.happened, .again, .reject])
            row.waits = PendingWait(
                wait: wait, key: act.question.key, step: step.place, item: row.item, draw: act.draw, isKnown: false)
        }
        row.progress.park(failure)
    }

    // MARK: Parking

    private func park(_ wait: Wait, knownAs open: OpenWait, _ row: inout Row) {
        row.waits = pending(open)
        row.progress.park(Failure(.review, wait.question))
    }

    private func park(_ wait: Wait, _ key: SHA256Digest, _ step: Int, _ draw: Int, _ row: inout Row) {
        row.waits = PendingWait(wait: wait, key: key, step: step, draw: draw, isKnown: false)
        row.progress.park(Failure(.review, wait.question))
    }

    /// Where every record is taken up anew, what waits is written down again, under the record's new place.
    private func pending(_ open: OpenWait) -> PendingWait {
        PendingWait(
            wait: open.wait, key: open.key, step: open.step, draw: open.draw, isKnown: !(kept?.isAnew ?? false))
    }

    /// What the record waited for when it was last seen.
    private func openWait(of row: borrowing Row, _ kept: KeptRecord?) throws -> OpenWait? {
        if let kept, kept.isFresh { return kept.wait }
        guard let place = self.kept?.waits[row.record.id] else { return nil }
        // Taken for one that waits for nothing, it would be asked about again, or lose what was said.
        guard let event = kept?.waiting, event.number == place.number else {
            throw JournalError(
                .damaged,
                "the journal is damaged: what record '\(row.record.id)' waits for is not there (event \(place.number))")
        }
        var open = try OpenWait(event)
        open.decided = place.decided
        return open
    }

    func drawsBefore(_ step: Int, _ row: borrowing Row, _ kept: KeptRecord?) -> Int {
        let place = StepPlace(step: walk.steps[step].place, item: row.item)
        return kept?.drawsBefore[place] ?? self.kept?.drawsBefore(row.record.id)[place] ?? 0
    }

    /// The record's journal, read again.
    private func events(of ordinal: Int) async throws -> KeptRecord {
        try await history.run { [journal] in
            var record = KeptRecord()
            record.isFresh = true
            for event in try journal.reader().events(of: ordinal) { try record.add(event) }
            return record
        }
    }
}

extension RowWalk {
    /// The answer of the step at which the row waits is taken.
    fileprivate func acceptAnswer(_ row: inout Row) { row.progress.accepted() }

    fileprivate func refuse(_ failure: Failure, _ row: inout Row) { row.progress.refused(failure) }

    /// A person's own answer in the place of the one that cannot be used.
    fileprivate func write(_ edits: ValueMap, to index: Int, _ row: inout Row) -> Failure? {
        let step = plan.steps[index]
        guard let type = step.answerType, !edits.isEmpty else {
            return Failure(.rejected, "'\(step.name)' has no answer that a person could write")
        }
        return edit(edits, [EditableField(name: step.name, slot: step.slot, path: [], type: type)], &row)
    }
}
