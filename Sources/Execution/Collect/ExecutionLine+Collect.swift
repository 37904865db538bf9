internal import Digests
internal import Expressions
internal import Journaling
internal import Locks
internal import Planning
package import Runs
internal import Values

/// What one collect step came to.
package struct CollectSummary: Hashable, Sendable {
    package var name: String
    package var done = 0
    package var flagged = 0
    package var failed = 0
    package var outputs: [WrittenOutput] = []
}

/// Collecting: once all records are through, the done ones are taken through the plan once more with the answers that are
/// kept, and put aside group by group; then each group is asked about. Nothing of a record is held meanwhile.
extension ExecutionLine {
    /// - Returns: nil where the plan collects nothing, or not all records are through, or the run stopped meanwhile.
    func collect(_ source: any RecordSource, as run: Value) async throws -> [CollectSummary]? {
        let plan = benches.main.plan
        let counts = tally.snapshot.counts
        guard !plan.collect.isEmpty, control.reason == nil, counts.waiting == 0, counts.notReached == 0 else {
            return nil
        }
        try await journal.append([
            JournalEntry(ordinal: -1, step: -1, kind: .collecting, at: clock.now())
        ])
        let spool = try await history.run { () throws(JournalError) in try GroupSpool() }
        let strays = try await gather(source, into: spool)
        var summaries: [CollectSummary] = []
        // The ordinals of groups go down, step by step.
        var ordinal = -1
        for (index, collect) in plan.collect.enumerated() {
            guard control.reason == nil else { return nil }
            let count = try await history.run { () throws(JournalError) in try spool.groups(of: index) }
            let groups = Groups(
                collect: collect, step: index, count: count, first: ordinal, spool: spool,
                asking: RowWalk(plan: plan, steps: [collect.step], run: run),
                joining: RowWalk(plan: plan, steps: [collect.joiningStep], run: run))
            guard let summary = try await finish(groups, stray: strays[index]) else { return nil }
            summaries.append(summary)
            ordinal -= count + 1
        }
        return summaries
    }

    // MARK: The done records

    /// Puts every done record aside, under what it has in common with others.
    ///
    /// - Returns: for each collect step the first record whose group cannot be told, if there is one.
    private func gather(_ source: any RecordSource, into spool: GroupSpool) async throws -> [Int: Stray] {
        let undone = try await history.run { [journal] in
            var undone: Set<Int> = []
            try journal.reader().forEachEnding { if $0.record.outcome != .done { undone.insert($0.record.ordinal) } }
            return undone
        }
        var strays: [Int: Stray] = [:]
        let reader = try await open(source)
        let task = recordTask(nil)
        while control.reason == nil, let read = try await nextBatch(reader, like: nil) {
            let batch = await read.prepared()
            // What the run's end left half ready is no batch.
            if Task.isCancelled { break }
            var page = benches.withBench { DonePage(batch, through: $0.walk, but: undone) }
            if let first = page.leavers.first, let last = page.leavers.last {
                let records = try await remembered(first.record.ordinal..<last.record.ordinal + 1)
                for row in page.leavers {
                    let kept = records[row.record.ordinal] ?? KeptRecord()
                    if let done = try await task.replay(row, kept) {
                        page.add(done, of: benches.main.plan)
                    } else if control.reason == nil {
                        page.miss(row.record.id, row.record.origin, DonePage.isOtherNow, of: benches.main.plan)
                    }
                }
            }
            let rows = page.rows
            try await history.run { () throws(JournalError) in try spool.add(rows) }
            strays.merge(page.strays) { first, _ in first }
        }
        return strays
    }

    // MARK: The groups

    /// Asks about all groups of one collect step, some side by side.
    private func finish(_ groups: Groups, stray: Stray?) async throws -> CollectSummary? {
        let outputs = OutputWriter(sinks: groups.collect.outputs, tally: nil)
        try await outputs.open(at: nil)
        try await outputs.append(Array(repeating: [], count: outputs.count), count: 0, chunk: 0)
        let summary = Guarded(CollectSummary(name: groups.collect.step.name))
        if let stray {
            // Whoever reads the answers would not know that a record is in none of them.
            let ended = groups.ended(stray)
            try await journal.append([.ended(ended, at: clock.now())])
            summary.withLock { $0.failed += 1 }
        }
        let window = AdmissionWindow(width: min(options.width, Groups.mostAtOnce))
        let stopNow = StopSignal()
        control.whenStopped { window.close() }
        control.whenStoppedNow { stopNow.fire(true) }
        let isCut = Guarded(false)
        let task = GroupTask(groups: groups, task: recordTask(nil), outputs: outputs)
        do {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { if await stopNow.wait() { throw CollectStopped() } }
                group.addTask {
                    defer { stopNow.fire(false) }
                    try await withThrowingDiscardingTaskGroup { running in
                        for number in 0..<(stray == nil ? groups.count : 0) {
                            guard await window.admit() else {
                                isCut.withLock { $0 = true }
                                break
                            }
                            running.addTask {
                                defer { window.leave() }
                                guard let ended = try await task.finish(number) else {
                                    return isCut.withLock { $0 = true }
                                }
                                summary.withLock { $0.count(ended) }
                            }
                        }
                    }
                }
            }
        } catch is CollectStopped {
            isCut.withLock { $0 = true }
        }
        let wasCut = isCut.withLock(\.self)
        let written = try await outputs.finish(wasCut ? .stopped : .complete)
        guard !wasCut else { return nil }
        return summary.withLock { summary in
            summary.outputs = written
            return summary
        }
    }

    private struct CollectStopped: Error {}
}

extension CollectSummary {
    fileprivate mutating func count(_ ended: EndedRecord) {
        guard ended.outcome == .done else {
            failed += 1
            return
        }
        done += 1
        if !ended.flags.isEmpty { flagged += 1 }
    }
}

/// A done record that is in no group: what it has in common with others cannot be computed, or it cannot be had again.
struct Stray: Sendable {
    var id: String
    var origin: RecordOrigin
    var failure: Failure
}

/// The done records of one batch, as they are put aside.
private struct DonePage {
    private(set) var rows: [GroupSpool.Row] = []
    /// At the first step where somebody was asked.
    private(set) var leavers: [Row] = []
    private(set) var strays: [Int: Stray] = [:]

    init(_ batch: any RecordBatch, through walk: RowWalk, but undone: Set<Int>) {
        batch.forEach { read in
            switch read {
            case .record(let record) where !undone.contains(record.ordinal):
                var row = walk.start(record)
                switch walk.advance(&row) {
                case .ended(.done): add(row, of: walk.plan)
                case .asks: leavers.append(row)
                case .ended: miss(record.id, record.origin, Self.isOtherNow, of: walk.plan)
                }
            case .unreadable(let record) where !undone.contains(record.ordinal):
                miss(record.id, record.origin, record.failure, of: walk.plan)
            case .record, .unreadable: break
            }
        }
    }

    static let isOtherNow = Failure(
        .expression, "it was done, and taken through its steps again it is not; run again to take it up anew")

    /// A record that was done and cannot be put aside.
    mutating func miss(_ id: String, _ origin: RecordOrigin, _ failure: Failure, of plan: Plan) {
        for index in plan.collect.indices where strays[index] == nil {
            strays[index] = Stray(id: id, origin: origin, failure: failure)
        }
    }

    mutating func add(_ row: borrowing Row, of plan: Plan) {
        for (index, collect) in plan.collect.enumerated() {
            let key: Value
            do throws(EvaluationError) {
                key = try collect.groupBy?.evaluate(row.slots) ?? .null
            } catch {
                let failure = Failure(.expression, "\(error.place): \(error.message)")
                if strays[index] == nil {
                    strays[index] = Stray(id: row.record.id, origin: row.record.origin, failure: failure)
                }
                continue
            }
            rows.append(GroupSpool.Row(row, of: index, collect, key: key))
        }
    }
}

extension GroupSpool.Row {
    /// What a question about a group can read of a record that is done.
    init(_ row: borrowing Row, of step: Int, _ collect: PlannedCollect, key: Value) {
        let shape = MapShape(fields: collect.fields.map(\.name))
        let member = Value.map(ValueMap(shape: shape, values: collect.fields.map { row.slots[$0.slot] }))
        self.init(step: step, key: key.packed, number: row.record.ordinal, body: member.packed)
    }
}
