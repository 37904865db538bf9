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
            stepPlace: ending.step, attempt: ending.attempt, failure: ending.failure, input: input)
    }
}

extension Incident {
    /// With the prompt and the answer of the last attempt at this step that gave nothing to use.
    ///
    /// A step that only computes has none, and its record is not looked up.
    func withConversation(from journal: some JournalReading, _ outline: RunOutline) throws -> Incident {
        guard let stepPlace, outline.steps.indices.contains(stepPlace), outline.steps[stepPlace].answered else {
            return self
        }
        var copy = self
        for event in try journal.events(of: ordinal) where event.entry.step == stepPlace && event.entry.kind == .failed
        {
            let attempt = try FailedAttempt(event.entry)
            (copy.prompt, copy.answer) = (attempt.prompt, attempt.answer)
        }
        return copy
    }
}
