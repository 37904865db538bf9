package import Runs

/// How the records of a run stand by its rows: sums over chunks and ended records, each counted where it happened.
package struct JournalSummary: Hashable, Sendable {
    /// `read` holds the records of all chunks. A record that nobody has ended yet is in no other number.
    package var counts = Counts()
    /// One for each step of the plan.
    package var steps: [StepCounts] = []
    /// By step, then by outcome and cause; what failed before the first step comes first.
    package var failures: [FailureGroup] = []
}

/// Records that ended for one cause at one step.
package struct FailureGroup: Hashable, Sendable {
    /// `failed`, `rejected` or `skipped`.
    package var outcome: Outcome
    /// nil for records that did not get as far as the first step.
    package var step: Int?
    package var cause: Cause
    package var count: Int
    /// The first of these records, and what happened to it.
    package var record: String
    package var message: String
}

extension JournalReading {
    /// Adds up chunks and ended records, in one pass over each.
    package func summary() throws -> JournalSummary {
        var sums = SummarySums()
        try forEachChunk { sums.add($0) }
        try forEachEnding { sums.add($0) }
        return sums.summary
    }

    /// Calls that left, or were about to, and of which nothing more is known: they may have been made, and paid.
    package func inDoubt() throws -> [LastEvent] {
        var events: [LastEvent] = []
        try forEachLastEvent { if $0.kind == .start { events.append($0) } }
        return events
    }
}

private struct SummarySums {
    private struct Group: Hashable {
        var outcome: Outcome
        var step: Int?
        var cause: Cause
    }

    private(set) var counts = Counts()
    private var steps: [StepCounts] = []
    private var groups: [Group: FailureGroup] = [:]

    var summary: JournalSummary {
        let failures = groups.values.sorted { one, other in
            if one.step != other.step { return (one.step ?? -1) < (other.step ?? -1) }
            if one.outcome != other.outcome { return one.outcome.rawValue < other.outcome.rawValue }
            return one.cause.code.utf8.lexicographicallyPrecedes(other.cause.code.utf8)
        }
        return JournalSummary(counts: counts, steps: steps, failures: failures)
    }

    mutating func add(_ chunk: ChunkEntry) {
        counts.add(chunk.counts)
        counts.read += chunk.count - chunk.counts.read
        makeRoom(for: chunk.steps.count)
        for (step, marks) in chunk.steps.enumerated() { steps[step].add(marks) }
    }

    mutating func add(_ ending: RecordEnding) {
        if ending.inChunk != ending.record {
            if let counted = ending.inChunk { count(counted, by: -1) }
            count(ending.record, by: 1)
        }
        guard let end = ending.record.failure, ending.record.outcome != .done else { return }
        let group = Group(outcome: ending.record.outcome, step: end.step, cause: end.failure.cause)
        let first = FailureGroup(
            outcome: group.outcome, step: group.step, cause: group.cause, count: 0, record: ending.record.id,
            message: end.failure.message)
        groups[group, default: first].count += 1
    }

    private mutating func count(_ record: EndedRecord, by difference: Int) {
        switch record.outcome {
        case .done:
            counts.done += difference
            if !record.flags.isEmpty { counts.flagged += difference }
        case .failed: counts.failed += difference
        case .rejected: counts.rejected += difference
        case .skipped: counts.skipped += difference
        case .waiting: counts.waiting += difference
        case .notReached: counts.notReached += difference
        }
        makeRoom(for: record.marks.count)
        for (step, mark) in record.marks.enumerated() { steps[step][mark] += difference }
        makeRoom(for: record.marks.count + record.items.count)
        for (index, items) in record.items.enumerated() {
            let step = record.marks.count + index
            if difference > 0 { steps[step].add(items) } else { steps[step].subtract(items) }
        }
    }

    private mutating func makeRoom(for count: Int) {
        while steps.count < count { steps.append(StepCounts()) }
    }
}
