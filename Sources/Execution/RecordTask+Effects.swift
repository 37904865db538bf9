internal import Digests
internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// One attempt of one record at a step that changes the world.
struct Act {
    var step: Int
    var draw: Int
    var answered: any AnsweredStep
    var question: Question

    var effect: StepEffect { answered.effect }
}

/// Steps that change the world: what they did is known, or a person is asked. They are never performed again by
/// themselves where nobody knows whether they happened.
extension RecordTask {
    /// - Returns: false if the run stopped before an answer was complete.
    @inline(never)
    func perform(
        _ act: Act, _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws -> Bool {
        let key = effectKey(of: act, row)
        if let reply = kept?.reply(to: act.question.key, item: row.item) {
            guard reply.kind == .failed else {
                var known: [JournalEntry] = []
                read(Answer(body: reply.body, usage: Usage()), act, &row, &known)
                return true
            }
            let failure = try FailedAttempt(reply).failure
            if !isInDoubt(failure, act) {
                row.previous = nil
                walk.fail(failure, again: true, &row)
                return true
            }
        }
        if let body = try await done(act, key) {
            take(Answer(body: body, usage: Usage()), usage: nil, act, key, &row, &pending)
            return true
        }
        if !act.effect.isRepeatable, let open = kept?.openEffects[key] ?? self.kept?.openEffects[key] {
            let said = kept?.wait.flatMap { $0.key == act.question.key ? $0.decided?.decision : nil }
            guard let decision = said ?? open.decision else {
                let why = open.failure?.message ?? "the run ended before an answer came"
                try waitForWord(on: act, why, &row, kept)
                return true
            }
            switch decision.word {
            case .happened:
                take(Answer(body: [], usage: Usage()), usage: nil, act, key, &row, &pending)
                return true
            case .reject:
                row.progress.reject(Failure(.rejected, decision.rejection))
                return true
            case .again, .approve, .accept, .write: break
            }
        }
        let isOwn = self.kept?.openEffects[key] != nil || kept?.openEffects[key] != nil
        if act.effect == .sends, !isOwn, let doubt = doubts[key] {
            try await takeOver(doubt, act, key, &row, &pending, kept)
            return true
        }
        return try await begin(act, key, &row, &pending, kept)
    }

    /// Another run of the folder may have sent it: the doubt becomes this run's own, for a person to end it here.
    private func takeOver(
        _ doubt: OpenEffects.Effect, _ act: Act, _ key: SHA256Digest, _ row: inout Row, _ pending: inout [JournalEntry],
        _ kept: KeptRecord?
    ) async throws {
        let why = "an earlier run began it at \(doubt.start.at.rfc3339) and has no answer"
        var start = entry(.start, row, act.step, act.draw, key: act.question)
        start.begin(record: row.record.id, effectKey: key)
        let failure = Failure(.inDoubt, why, mayHaveActed: true)
        pending += [start, failed(failure, act.question, answer: nil, row, act.step, act.draw, usage: nil)]
        try await journal.append(pending)
        pending = []
        row.previous = nil
        try waitForWord(on: act, why, &row, kept)
    }

    private func begin(
        _ act: Act, _ key: SHA256Digest, _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws -> Bool {
        var start = entry(.start, row, act.step, act.draw, key: act.question)
        let worst = act.answered.worstCost(of: act.question)
        start.begin(record: row.record.id, worstCost: worst, effectKey: act.effect.isRepeatable ? nil : key)
        guard !Task.isCancelled, let spending = try await spending(worst, &pending) else { return false }
        try await journal.append(pending + [start])
        pending = []
        let place = walk.steps[act.step].place
        tally.asks(place)
        let isRepeatable = act.effect.isRepeatable
        let context = StepContext(
            record: row.record, item: row.item, timeout: walk.steps[act.step].timeout, effectKey: key,
            repeats: { isRepeatable })
        let (reply, cost) = await spending.perform(
            act.question, of: act.answered, in: context, nextTry: nextTry(after: start))
        tally.answered(place, reply.usage ?? Usage(cost: cost))
        switch reply {
        case .stopped: return false
        case .outOfReach(let failure):
            var undone = entry(.settled, row, act.step, act.draw, key: act.question)
            undone.isUndone = true
            pending.append(undone)
            control.stop(.unreachable(failure.message))
            return false
        case .failed(let failure, let usage):
            pending.append(
                failed(failure, act.question, answer: nil, row, act.step, act.draw, usage: usage))
            row.previous = nil
            if isInDoubt(failure, act) {
                try waitForWord(on: act, failure.message, &row, kept)
            } else {
                walk.fail(failure, again: true, &row)
            }
        case .answered(let answer):
            take(answer, usage: answer.usage, act, key, &row, &pending)
            // At once: until it is on the disk, a kill leaves it in doubt.
            try await journal.append(pending)
            pending = []
        }
        return true
    }

    private func isInDoubt(_ failure: Failure, _ act: Act) -> Bool {
        failure.mayHaveActed && !act.effect.isRepeatable
    }

    // MARK: What is known to have happened

    /// The answer of an effect that happened before. Of what is sent, in any run and whatever was sent; of other acts, in
    /// this run and as an answer to the same question.
    private func done(_ act: Act, _ key: SHA256Digest) async throws -> [UInt8]? {
        guard let shelf else { return nil }
        return try await history.run { [key = doneKey(of: act, key), shared = act.effect == .sends] in
            try shelf.effect(key, shared: shared)
        }
    }

    private func doneKey(of act: Act, _ key: SHA256Digest) -> SHA256Digest {
        guard act.effect != .sends else { return key }
        return SHA256Digest(of: key.bytes + act.question.key.bytes)
    }

    /// The idempotency key: see ``StepContext/effectKey``.
    private func effectKey(of act: Act, _ row: borrowing Row) -> SHA256Digest {
        var stream = SHA256Stream()
        stream.addPart(walk.plan.name.utf8)
        stream.addPart(row.record.id.utf8)
        stream.addPart(walk.steps[act.step].name.utf8)
        stream.addPart(row.record.origin.content.hex.utf8)
        if let item = row.item { stream.addPart(String(item).utf8) }
        return stream.digest
    }

    private func take(
        _ answer: Answer, usage: Usage?, _ act: Act, _ key: SHA256Digest, _ row: inout Row,
        _ pending: inout [JournalEntry]
    ) {
        var kept = entry(.answer, row, act.step, act.draw, key: act.question)
        kept.body = answer.body
        kept.usage = usage
        var effect = entry(.effect, row, act.step, act.draw, key: nil)
        effect.key = doneKey(of: act, key)
        effect.body = answer.body
        pending += [kept, effect]
        read(answer, act, &row, &pending)
    }

    private func read(_ answer: Answer, _ act: Act, _ row: inout Row, _ pending: inout [JournalEntry]) {
        row.previous = nil
        let complaint: Failure?
        switch act.answered.read(answer, to: act.question) {
        case .value(let value) where answer.body.isEmpty:
            walk.accept(value, &row)
            complaint = nil
        case .value(let value): complaint = walk.take(value, &row)
        case .unusable(let failure):
            complaint = failure
            walk.fail(failure, again: act.effect.isRepeatable, &row)
        }
        guard let complaint else { return }
        let said = act.answered.words(of: answer)
        pending.append(failed(complaint, act.question, answer: said, row, act.step, act.draw, usage: nil))
    }
}
