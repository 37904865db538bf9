internal import Journaling
internal import Planning
internal import Runs
internal import Values

/// Takes one group to its end: asks about it, as ``GroupPassage`` cuts it, writes its row and how it ended.
struct GroupTask: Sendable {
    let groups: Groups
    let task: RecordTask
    let outputs: OutputWriter

    /// - Returns: how the group ended; nil if the run stopped before.
    func finish(_ group: Int) async throws -> EndedRecord? {
        let asking = GroupAsking(task: task, kept: try await kept(group))
        var passage = try await GroupPassage(groups, group, history: task.history, answerer: asking)
        let row = try await passage.answer()
        let pending = passage.answerer.pending
        guard let row else {
            if !pending.isEmpty { try await task.journal.append(pending) }
            return nil
        }
        return try await end(row, of: group, pending)
    }

    /// What earlier processes of the run, or an earlier collecting, have of the group.
    private func kept(_ group: Int) async throws -> KeptRecord {
        let ordinal = groups.ordinal(group)
        return try await task.history.run { [journal = task.journal] in
            var kept = KeptRecord()
            for event in try journal.reader().events(of: ordinal) { try kept.add(event) }
            return kept
        }
    }

    private func end(_ row: consuming Row, of group: Int, _ pending: [JournalEntry]) async throws -> EndedRecord {
        var buffers = Array(repeating: [UInt8](), count: outputs.count)
        var isDone = row.progress.next == .ended(.done)
        if isDone {
            do throws(Failure) {
                try outputs.format(row, into: &buffers)
            } catch {
                row.progress.failOutside(error)
                isDone = false
            }
        }
        let ended = ended(row, isDone ? .done : .failed)
        try await task.journal.append(pending + [.ended(ended, at: task.clock.now())])
        if isDone {
            let place = LeaverPlace(ordinal: group, chunk: 0, offsets: Array(repeating: 0, count: outputs.count))
            try await outputs.insert(buffers, of: place)
        }
        return ended
    }

    private func ended(_ row: borrowing Row, _ outcome: Outcome) -> EndedRecord {
        let (place, item) = (groups.collect.step.place, row.item)
        func ending(_ fall: RecordProgress.Fall) -> EndedRecord.Ending {
            .init(step: place, item: item, attempt: fall.attempt, failure: fall.failure)
        }
        return EndedRecord(
            ordinal: row.record.ordinal, id: row.record.id, origin: row.record.origin, outcome: outcome,
            marks: [outcome == .failed ? .failed : row.progress.flags.isEmpty ? .done : .flagged],
            flags: row.progress.flags, flagged: row.progress.flagged.map(ending),
            failure: row.progress.fall.map(ending), pure: false)
    }
}

/// Asks the questions about a group as those about a record are asked.
private struct GroupAsking: GroupAnswerer {
    let task: RecordTask
    let kept: KeptRecord
    /// Goes to the disk with the next start, or with the group's end.
    var pending: [JournalEntry] = []

    mutating func follow(_ row: inout Row, through walk: RowWalk) async throws -> Bool {
        var task = task
        task.walk = walk
        while case .asks(let step) = walk.advance(&row) {
            guard try await task.ask(step, &row, &pending, kept) else { return false }
        }
        return true
    }
}
