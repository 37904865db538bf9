internal import Journaling
internal import Runs
internal import Values

extension EndedRecord {
    /// What went wrong with this record, in the order of the steps, each with its step's place in the plan.
    func incidents(_ outline: RunOutline) -> [(step: Int?, incident: Incident)] {
        var found = flagged.map { ($0.step, incident(.flagged, $0, outline)) }
        switch outcome {
        case .failed, .rejected:
            let kind = outcome == .failed ? Incident.Kind.failed : .rejected
            let ending = failure ?? Ending(step: nil, failure: Failure(Cause("unknown"), "no cause was recorded"))
            found.append((ending.step, incident(kind, ending, outline)))
        case .done, .skipped, .waiting, .notReached: break
        }
        return found
    }

    private func incident(_ kind: Incident.Kind, _ ending: Ending, _ outline: RunOutline) -> Incident {
        let step = ending.step.flatMap { outline.steps.indices.contains($0) ? outline.steps[$0].name : nil }
        return Incident(
            kind: kind, ordinal: ordinal, record: id, origin: origin, outcome: outcome, step: step,
            stepPlace: ending.step, item: ending.item, attempt: ending.attempt, failure: ending.failure, input: input)
    }
}

extension Incident {
    /// With the prompt and the answer of the last attempt at this step that gave nothing to use.
    ///
    /// A step that only computes has none, and its record is not looked up.
    func withConversation(from journal: some JournalReading, _ outline: RunOutline) throws -> Incident {
        try [self].withConversations(from: journal, outline)[0]
    }

    fileprivate func asks(_ outline: RunOutline) -> Bool {
        stepPlace.map { outline.steps.indices.contains($0) && outline.steps[$0].answered } ?? false
    }
}

extension [Incident] {
    /// The same for all incidents of one record, in one pass over what happened to it: there may be thousands of items.
    func withConversations(from journal: some JournalReading, _ outline: RunOutline) throws -> [Incident] {
        guard let ordinal = first?.ordinal, contains(where: { $0.asks(outline) }) else { return self }
        var copies = self
        var places: [[Int?]: Int] = [:]
        for (index, incident) in enumerated() where incident.asks(outline) {
            places[[incident.stepPlace, incident.item]] = index
        }
        for event in try journal.events(of: ordinal) where event.entry.kind == .failed {
            guard let index = places[[event.entry.step, event.entry.item]] else { continue }
            let attempt = try FailedAttempt(event.entry)
            (copies[index].prompt, copies[index].answer) = (attempt.prompt, attempt.answer)
        }
        return copies
    }
}
