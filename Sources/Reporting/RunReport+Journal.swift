package import Journaling
package import Runs
internal import Values

extension RunReport {
    /// Everything comes from the journal, so a report can be made at any time, on another machine, and while a run goes
    /// on: then it shows how far the journal goes.
    ///
    /// - Parameter visit: is given each ending on the way, with the outline of the run.
    /// - Throws: ``JournalError``, and what `visit` throws.
    package init(
        reading journal: some JournalReading, _ visit: (RecordEnding, RunOutline) throws -> Void = { _, _ in }
    ) throws {
        let history = try journal.history()
        guard let first = history.starts.first, let last = history.starts.last else {
            throw JournalError(.missing, "no run has begun in this journal")
        }
        let end = history.isClosed ? history.ends.last : nil
        var tally = RecordTally(outline: last.outline)
        try journal.forEachChunk { tally.add($0) }
        try journal.forEachEnding { ending in
            tally.add(ending)
            try visit(ending, last.outline)
        }
        if let end { tally.addNeverAdmitted(end.neverAdmitted) }

        var steps = zip(last.outline.steps, tally.steps).map { outline, marks in
            Step(outline: outline, counts: marks.counts, endedSkipped: marks.endedSkipped)
        }
        for usage in try journal.usage() where steps.indices.contains(usage.step) {
            steps[usage.step].attempts = usage.starts
            steps[usage.step].usage = usage.usage
        }
        self.init(
            run: first.id, folder: last.options["folder"]?.string, outline: last.outline,
            outcome: end?.outcome ?? .stopped,
            reason: end == nil
                ? "the journal has no end of this run: it goes on, or its process was killed" : end?.reason,
            started: first.at, ended: end?.at, counts: end?.counts ?? tally.counts, steps: steps,
            incidents: try tally.groups.map { group in
                var group = group.group
                group.example = try group.example.withConversation(from: journal, last.outline)
                return group
            },
            outputs: end?.outputs ?? [], problems: end.map { tally.disagreements(with: $0.counts) } ?? [])
        collect = try Self.collect(from: journal, last.outline)
        for start in history.starts.dropLast() { addUnpriced(of: start.outline) }
    }

    /// What a model took before somebody said its price was not reckoned.
    private mutating func addUnpriced(of earlier: RunOutline) {
        for step in earlier.steps + earlier.collect where !step.unpriced.isEmpty {
            for index in steps.indices { steps[index].outline.addUnpriced(of: step) }
            for index in collect.indices { collect[index].outline.addUnpriced(of: step) }
        }
    }

    private static func collect(from journal: some JournalReading, _ outline: RunOutline) throws -> [Collect] {
        guard !outline.collect.isEmpty else { return [] }
        var all = outline.collect.map(Collect.init)
        // The places of collect steps are behind those of all others.
        let first = outline.steps.count
        for usage in try journal.usage() where all.indices.contains(usage.step - first) {
            all[usage.step - first].attempts = usage.starts
            all[usage.step - first].usage = usage.usage
        }
        try journal.forEachGroupEnding { group in
            guard let index = outline.collect.firstIndex(where: { $0.name == group.origin.source }) else { return }
            all[index].count(group)
        }
        return all
    }
}

extension RunOutline.Step {
    fileprivate mutating func addUnpriced(of earlier: RunOutline.Step) {
        guard name == earlier.name else { return }
        unpriced += earlier.unpriced.filter { !unpriced.contains($0) }
    }
}

extension RunReport.Collect {
    fileprivate mutating func count(_ group: EndedRecord) {
        if group.outcome == .done { done += 1 } else { failed += 1 }
        if group.outcome == .done, !group.flags.isEmpty { flagged += 1 }
        let kind = group.outcome == .done ? Incident.Kind.flagged : .failed
        for ending in group.outcome == .done ? group.flagged : [group.failure].compactMap(\.self) {
            let incident = Incident(
                kind: kind, ordinal: group.ordinal, record: group.id, origin: group.origin, outcome: group.outcome,
                step: outline.name, stepPlace: ending.step, attempt: ending.attempt, failure: ending.failure)
            if let same = incidents.firstIndex(where: { $0.kind == kind && $0.cause == incident.failure.cause }) {
                incidents[same].add(incident)
            } else {
                incidents.append(IncidentGroup(count: 1, example: incident))
            }
        }
    }
}

/// Adds up chunks and endings of a journal, independent of what the executor counted.
struct RecordTally {
    struct Marks {
        var counts = StepCounts()
        var endedSkipped = 0
    }

    struct Group {
        var group: IncidentGroup
        var step: Int
    }

    private let outline: RunOutline
    /// The recipe's own steps, which every record has a mark at.
    private let outer: Range<Int>
    private(set) var counts = Counts()
    private(set) var steps: [Marks]
    /// The ordinal behind the last chunk's.
    private var chunksEnd = 0
    private var found: [GroupKey: Group] = [:]
    private struct GroupKey: Hashable {
        var kind: Incident.Kind
        var step: Int?
        var cause: ByteText
        /// Of what a person rejected.
        var reason: ByteText?
    }

    init(outline: RunOutline) {
        self.outline = outline
        outer = 0..<outline.steps.count { $0.inside == nil }
        steps = outline.steps.map { _ in Marks() }
    }

    /// The worst first: by count, then in the recipe's order.
    var groups: [Group] {
        found.values.sorted { one, other in
            if one.group.count != other.group.count { return one.group.count > other.group.count }
            if one.step != other.step { return one.step < other.step }
            let (code, otherCode) = (one.group.cause.code, other.group.cause.code)
            return code.hasSameBytes(as: otherCode)
                ? one.group.example.ordinal < other.group.example.ordinal : code.precedesByBytes(otherCode)
        }
    }

    mutating func add(_ chunk: ChunkEntry) {
        var ended = chunk.counts
        chunksEnd = max(chunksEnd, chunk.first + chunk.count)
        // Those that left and have no ending yet are in flight: they were read, and nothing more is known.
        ended.read = chunk.count
        ended.notReached += chunk.left
        counts.add(ended)
        for (step, marks) in zip(steps.indices, chunk.steps) { steps[step].counts.add(marks) }
        for step in outer { steps[step].counts[.notReached] += chunk.left }
    }

    mutating func add(_ ending: RecordEnding) {
        if let counted = ending.inChunk {
            count(counted, by: -1)
        } else if ending.record.ordinal >= chunksEnd {
            // Its chunk is not on disk yet.
            counts.read += 1
        } else {
            counts.notReached -= 1
            for step in outer { steps[step].counts[.notReached] -= 1 }
        }
        count(ending.record, by: 1)
        for (step, incident) in ending.record.incidents(outline) { add(incident, at: step) }
        if ending.record.outcome == .skipped, let step = ending.record.failure?.step, steps.indices.contains(step) {
            steps[step].endedSkipped += 1
        }
    }

    mutating func addNeverAdmitted(_ count: Int) {
        counts.read += count
        counts.notReached += count
        for step in outer { steps[step].counts[.notReached] += count }
    }

    private mutating func count(_ record: EndedRecord, by number: Int) {
        switch record.outcome {
        case .done:
            counts.done += number
            if !record.flags.isEmpty { counts.flagged += number }
        case .failed: counts.failed += number
        case .rejected: counts.rejected += number
        case .skipped: counts.skipped += number
        case .waiting: counts.waiting += number
        case .notReached: counts.notReached += number
        }
        for (step, mark) in zip(outer, record.marks) { steps[step].counts[mark] += number }
        for (step, items) in zip(outer.upperBound..<steps.count, record.items) {
            if number > 0 { steps[step].counts.add(items) } else { steps[step].counts.subtract(items) }
        }
    }

    private mutating func add(_ incident: Incident, at step: Int?) {
        let reason = incident.failure.cause == .rejected ? Decision.reason(of: incident.failure.message) : nil
        let key = GroupKey(
            kind: incident.kind, step: step, cause: ByteText(incident.failure.cause.code),
            reason: reason.map(ByteText.init)
        )
        if found[key] == nil {
            found[key] = Group(group: IncidentGroup(count: 1, example: incident), step: step ?? -1)
        } else {
            found[key]?.group.add(incident)
        }
    }

    /// Where the journal's own sums differ from the counts that the executor wrote down at the end.
    func disagreements(with counted: Counts) -> [String] {
        let pairs: [(String, KeyPath<Counts, Int>)] = [
            ("read", \.read), ("done", \.done), ("flagged", \.flagged), ("failed", \.failed), ("rejected", \.rejected),
            ("skipped", \.skipped), ("waiting", \.waiting), ("not reached", \.notReached),
        ]
        var problems = pairs.filter { counted[keyPath: $0.1] != counts[keyPath: $0.1] }.map { name, path in
            "\(name): the run counted \(counted[keyPath: path]), its journal holds \(counts[keyPath: path])"
        }
        if !counted.balances {
            problems.append("the counts of the run do not add up to the \(counted.read) records read")
        }
        for step in outer where steps[step].counts.sum != counted.read {
            problems.append(
                "\(outline.steps[step].name): its counts are \(steps[step].counts.sum) together, of \(counted.read) "
                    + "records read")
        }
        return problems + itemDisagreements
    }

    /// All inner steps of an `each` have a mark for each item.
    private var itemDisagreements: [String] {
        var items: [String: Int] = [:]
        var problems: [String] = []
        for step in outer.upperBound..<steps.count {
            guard let inside = outline.steps[step].inside else { continue }
            let sum = steps[step].counts.sum
            if let first = items[inside], first != sum {
                problems.append(
                    "\(outline.steps[step].name): its counts are \(sum) together, where other steps of '\(inside)' have "
                        + "\(first) items")
            }
            items[inside] = items[inside] ?? sum
        }
        return problems
    }
}
