internal import Expressions
internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// What the steps that collect would ask, once the records of a rehearsal are through.
///
/// A record that is done for certain is put aside as a run does it, and its group is cut into the same questions. A group
/// with a record whose answers are yet to come may ask: its questions are not known.
struct RehearsedGroups {
    private let plan: Plan
    private let run: Value
    /// Nil where nothing is collected.
    private let spool: GroupSpool?
    private let history = BlockingQueue(label: "history")
    private var rows: [GroupSpool.Row] = []
    private var steps: [Step]

    /// What is known of the groups of one step beside the rows that are put aside.
    private struct Step {
        /// Groups by their keys that some record belongs to of which not all is known, and why that is.
        var uncertain: [[UInt8]: RehearsedReason] = [:]
        /// Why any group may get a record more; nil where all records have their groups.
        var anywhere: RehearsedReason?
        /// Whether the group of some record cannot be told: nobody is asked then.
        var hasStray = false
    }

    init(of plan: Plan, as run: Value) throws {
        self.plan = plan
        self.run = run
        spool = plan.collect.isEmpty ? nil : try GroupSpool()
        steps = plan.collect.map { _ in Step() }
    }

    // MARK: Records

    mutating func add(_ record: RehearsedRecord) {
        let row = record.row
        switch row.progress.next {
        case .ended(.done): break
        case .ended(.waiting):
            // Groups are asked about once nobody waits.
            for index in steps.indices { steps[index].anywhere = .earlierAnswer }
            return
        case .ended, .run: return
        }
        for (index, collect) in plan.collect.enumerated() {
            if let groupBy = collect.groupBy, groupBy.reads.contains(where: { record.unknown.contains($0.slot) }) {
                steps[index].anywhere = record.reason
                continue
            }
            do throws(EvaluationError) {
                let key = try collect.groupBy?.evaluate(row.slots) ?? .null
                if record.unknown.isEmpty {
                    rows.append(GroupSpool.Row(row, of: index, collect, key: key))
                } else {
                    steps[index].uncertain[key.packed] = record.reason
                }
            } catch {
                steps[index].hasStray = true
            }
        }
    }

    /// Brings the rows of a batch to the disk.
    mutating func putAside() throws {
        guard let spool, !rows.isEmpty else { return }
        try spool.add(rows)
        rows = []
    }

    // MARK: Groups

    /// - Parameter walk: knows the answers that are kept, and counts those that are used.
    func rehearse(with walk: inout RehearsalWalk, _ kept: Rehearsal.Kept) async throws -> [Rehearsal.Step] {
        guard let spool else { return [] }
        var asked: Set<String> = []
        try kept.journal.forEachGroupEnding { asked.insert(Self.name($0.id, of: $0.origin.source)) }
        var rehearsed: [Rehearsal.Step] = []
        for (index, collect) in plan.collect.enumerated() {
            let groups = Groups(
                collect: collect, step: index, count: try spool.groups(of: index), first: -1, spool: spool,
                asking: RowWalk(plan: plan, steps: [collect.step], run: run),
                joining: RowWalk(plan: plan, steps: [collect.joiningStep], run: run))
            var (asking, mayAsk): ([Group], [Group]) = ([], [])
            if !steps[index].hasStray { (asking, mayAsk) = try await open(groups, steps[index], &walk) }
            var step = walk.step(of: collect)
            step.collects = true
            (step.asks, step.mayAsk) = (asking.count, mayAsk.count)
            for group in asking + mayAsk {
                let wasAsked = asked.contains(Self.name(group.name, of: collect.step.name))
                step.note(reason(for: group, collect, wasAsked: wasAsked, kept), group.name)
            }
            rehearsed.append(step)
        }
        return rehearsed
    }

    /// A group that asks or may ask.
    private struct Group {
        var name: String
        /// Why its questions are not known; nil where they are.
        var uncertainty: RehearsedReason?
    }

    private func open(
        _ groups: Groups, _ step: Step, _ walk: inout RehearsalWalk
    ) async throws -> (asking: [Group], mayAsk: [Group]) {
        var (asking, mayAsk): ([Group], [Group]) = ([], [])
        var uncertain = step.uncertain
        for number in 0..<groups.count {
            let key = try groups.spool.key(of: number, at: groups.step)
            if let reason = uncertain.removeValue(forKey: key) ?? step.anywhere {
                mayAsk.append(Group(name: groups.name(packed: key), uncertainty: reason))
                continue
            }
            var passage = try await GroupPassage(groups, number, history: history, answerer: walk)
            let isAnswered = try await passage.answer() != nil
            walk = passage.answerer
            if !isAnswered { asking.append(Group(name: groups.name(packed: key))) }
        }
        mayAsk += uncertain.map { Group(name: groups.name(packed: $0.key), uncertainty: $0.value) }
            .sorted { $0.name < $1.name }
        if let reason = step.anywhere, groups.count == 0, mayAsk.isEmpty {
            mayAsk.append(Group(name: "group", uncertainty: reason))
        }
        return (asking, mayAsk)
    }

    private func reason(
        for group: Group, _ collect: PlannedCollect, wasAsked: Bool, _ kept: Rehearsal.Kept
    ) -> RehearsedReason {
        let (step, changes) = (collect.step, kept.changes)
        if changes?.newSteps.contains(step.name) ?? false { return .newStep }
        if let parts = changes?.parts[step.name], !parts.isEmpty { return .changed(parts.map(\.name)) }
        if !wasAsked { return .neverAnswered }
        if let reason = group.uncertainty { return reason }
        let settings = changes?.settings(readBy: step.allReads) ?? []
        if !settings.isEmpty { return .computedBefore(settings) }
        if kept.run.drawsBefore(group.name).keys.contains(where: { $0.step == step.place }) { return .retried }
        return .otherMembers
    }

    private static func name(_ group: String, of step: String) -> String { "\(step) \(group)" }
}

extension Groups {
    fileprivate func name(packed key: [UInt8]) -> String { name(Value(packed: key) ?? .null) }
}

extension RehearsedRecord {
    /// Why a group that it belongs to may ask.
    fileprivate var reason: RehearsedReason {
        switch standing {
        case .same: .earlierAnswer
        case .new, .changed, .notReached: .otherMembers
        }
    }
}
