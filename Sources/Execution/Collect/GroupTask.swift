internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// Takes one group to its answer: page by page where it is larger than the model takes, then one answer from those about
/// the pages, in as many rounds as it needs.
///
/// What fits is found from the texts themselves: as many rows as make a prompt of a size that fits; where the model says
/// that it is too long all the same, the group goes on with half of that. Every question is made of the rows and the
/// answers before it alone, so a run that is gone on with asks the same ones, and has their answers.
struct GroupTask: Sendable {
    let groups: Groups
    let task: RecordTask
    let outputs: OutputWriter

    /// - Returns: how the group ended; nil if the run stopped before.
    func finish(_ group: Int) async throws -> EndedRecord? {
        let (spool, step) = (groups.spool, groups.step)
        let key = try await task.history.run { () throws(JournalError) in try spool.key(of: group, at: step) }
        let passage = GroupPassage(
            group: group, key: Value(packed: key) ?? .null, kept: try await kept(group), limit: promptBytes)
        var open = passage
        guard let row = try await answer(&open) else {
            if !open.pending.isEmpty { try await task.journal.append(open.pending) }
            return nil
        }
        return try await end(row, open)
    }

    private var promptBytes: Int {
        guard case .answered(let step) = groups.collect.step.action else { return 0 }
        return step.promptBytes
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

    // MARK: Pages and rounds

    /// - Returns: the row that holds the group's answer, or what went wrong with one of its parts; nil if the run stopped.
    private func answer(_ open: inout GroupPassage) async throws -> Row? {
        var partial: [Value] = []
        var last: Row?
        var behind = -1
        while true {
            let page = try await page(open.group, behind: behind)
            guard !page.isEmpty else { break }
            var count = page.count
            while true {
                count = fitting(page.prefix(count).map(\.value), groups.asking, open)
                guard let row = try await ask(page.prefix(count).map(\.value), groups.asking, &open) else { return nil }
                if row.isTooLong, count > 1 {
                    open.halve(size(page.prefix(count).map(\.value), groups.asking, open))
                    continue
                }
                guard let value = answer(of: row) else { return row }
                partial.append(value)
                last = row
                break
            }
            behind = page[count - 1].number
            // What is held of a group does not grow with it.
            if partial.count > 2, size(partial, groups.joining, open) > open.limit {
                switch try await round(partial, &open) {
                case .joined(let fewer, let row): (partial, last) = (fewer, row)
                case .ended(let row): return row
                }
            }
        }
        while partial.count > 1 {
            switch try await round(partial, &open) {
            case .joined(let fewer, let row): (partial, last) = (fewer, row)
            case .ended(let row): return row
            }
        }
        return last
    }

    private enum Round {
        case joined([Value], Row?)
        /// A part has no answer; nil if the run stopped.
        case ended(Row?)
    }

    /// Makes fewer answers of these: each of as many neighbours as fit.
    private func round(_ answers: [Value], _ open: inout GroupPassage) async throws -> Round {
        var fewer: [Value] = []
        var last: Row?
        var rest = answers[...]
        while rest.count > 1 {
            // Two at least, or it would never end.
            let count = max(2, fitting(Array(rest), groups.joining, open))
            guard let row = try await ask(Array(rest.prefix(count)), groups.joining, &open) else { return .ended(nil) }
            if row.isTooLong, count > 2 {
                open.halve(size(Array(rest.prefix(count)), groups.joining, open))
                continue
            }
            guard let value = answer(of: row) else { return .ended(row) }
            fewer.append(value)
            last = row
            rest = rest.dropFirst(count)
        }
        return .joined(fewer + rest, last)
    }

    private func page(_ group: Int, behind number: Int) async throws -> [(number: Int, value: Value)] {
        let (spool, step) = (groups.spool, groups.step)
        let rows = try await task.history.run { () throws(JournalError) in
            try spool.rows(of: group, at: step, after: number, most: Groups.pageRows, bytes: Groups.pageBytes)
        }
        return rows.map { ($0.number, Value(packed: $0.body) ?? .null) }
    }

    /// How many of the first of these make a prompt that fits, one at least.
    private func fitting(_ members: [Value], _ walk: RowWalk, _ open: GroupPassage) -> Int {
        guard members.count > 1, size(members, walk, open) > open.limit else { return members.count }
        var low = 1
        var high = members.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if size(Array(members.prefix(middle)), walk, open) <= open.limit { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// Of the prompt, in bytes; 0 for one that cannot be made, which asking tells.
    private func size(_ members: [Value], _ walk: RowWalk, _ open: GroupPassage) -> Int {
        guard case .answered(let step) = walk.steps[0].action else { return 0 }
        let row = row(members, walk, open)
        do throws(Failure) {
            return try step.question(for: row.slots, about: row.record, attempt: Attempt()).shown.utf8.count
        } catch {
            return 0
        }
    }

    // MARK: One question

    private func row(_ members: [Value], _ walk: RowWalk, _ open: GroupPassage) -> Row {
        var row = walk.start(groups.record(open.group, key: open.key))
        row.item = open.number
        row.attempts = [0]
        row.slots[groups.collect.groupSlot] = .list(members)
        row.slots[groups.collect.keySlot] = open.key
        return row
    }

    /// - Returns: nil if the run stopped before there was an answer.
    private func ask(_ members: [Value], _ walk: RowWalk, _ open: inout GroupPassage) async throws -> Row? {
        var row = row(members, walk, open)
        var task = task
        task.walk = walk
        while case .asks(let step) = walk.advance(&row) {
            guard try await task.ask(step, &row, &open.pending, open.kept) else { return nil }
        }
        open.number += 1
        // The rows have served.
        row.slots[groups.collect.groupSlot] = .null
        return row
    }

    private func answer(of row: borrowing Row) -> Value? {
        guard row.progress.next == .ended(.done) else { return nil }
        let value = row.slots[groups.collect.step.slot]
        return value.isNull ? nil : value
    }

    // MARK: The end

    private func end(_ row: consuming Row, _ open: GroupPassage) async throws -> EndedRecord {
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
        let ended = ended(row, isDone ? .done : .failed, open)
        try await task.journal.append(open.pending + [.ended(ended, at: task.clock.now())])
        if isDone {
            let place = LeaverPlace(
                ordinal: open.group, chunk: 0, offsets: Array(repeating: 0, count: outputs.count))
            try await outputs.insert(buffers, of: place)
        }
        return ended
    }

    private func ended(_ row: borrowing Row, _ outcome: Outcome, _ open: GroupPassage) -> EndedRecord {
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

/// How far one group is.
private struct GroupPassage {
    var group: Int
    var key: Value
    var kept: KeptRecord
    /// The most bytes that a prompt may have.
    var limit: Int
    /// Of the next question.
    var number = 0
    var pending: [JournalEntry] = []

    /// A prompt of so many bytes was too long.
    mutating func halve(_ size: Int) { limit = max(1, min(limit, size) / 2) }
}

extension Row {
    /// Whether it came to nothing because the prompt does not fit.
    fileprivate var isTooLong: Bool { progress.fall?.failure.cause == .promptTooLong }
}
