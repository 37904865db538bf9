internal import Digests
internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// What became of one chunk once its pure steps have run.
struct ChunkResult: Sendable {
    var number: Int
    var first: Int
    var count: Int
    var end: InputPosition
    var content: Fingerprint
    var stamp: Fingerprint?
    /// Of the records that ended in the chunk.
    var counts = Counts()
    var steps: [StepCounts]
    /// Each record's id and content, for matching in a later run.
    var members = ChunkEntry.Members()
    /// One buffer for each output: the rows of the records that were done.
    var rows: [[UInt8]]
    var rowCount = 0
    /// Of all outputs; outlives the rows themselves.
    var rowBytes = 0
    /// The ends of records that did not end plainly done.
    var endings: [EndedRecord] = []
    /// What was answered at once, and what was wrong with it; on the disk together with the chunk.
    var answers: [JournalEntry] = []
    var leavers: [Leaver] = []
    /// How many left; outlives the leavers themselves.
    var left = 0
    /// Whether an earlier process ran the chunk: only its leavers are wanted.
    var isKept = false
}

/// A record that waits for somebody's answer, and where its rows belong once it is done.
struct Leaver: Sendable {
    var row: Row
    var place: LeaverPlace
    /// What earlier processes left of it.
    var kept: KeptRecord?
    /// About how much memory it takes on the way to the disk: see ``RowWalk/textBytes(of:)``.
    var textBytes = 0
}

/// Decodes a batch and runs the pure steps over it: one call a chunk, no task a record.
struct ChunkWork: Sendable {
    let benches: Benches
    let clock: WallClock
    let earlier: EarlierRecords?

    func process(_ batch: any RecordBatch, number: Int) -> ChunkResult {
        benches.withBench { bench in
            var work = BenchWork(
                bench, answers: AnswersAtOnce(walk: bench.walk, at: clock.now()), rows: benches.buffers.take())
            if let earlier { work.isUnchanged = { earlier.isUnchanged($0.id, content: $0.content) } }
            return work.process(batch, number: number)
        }
    }

    /// Runs a chunk of an earlier process once more, for the records that left it and have not ended for good.
    ///
    /// - Parameter records: what the journal has of the chunk's records, where it has answers that were given at once.
    func again(
        _ batch: any RecordBatch, _ chunk: KeptRun.Chunk, of kept: KeptRun, _ records: [Int: KeptRecord] = [:]
    ) -> ChunkResult {
        var result = benches.withBench { bench in
            var work = BenchWork(bench, answers: AnswersAtOnce(walk: bench.walk, kept: records))
            // Who left it once leaves it again, also where its answers are there at once by now: its row is not in the
            // chunk's.
            let mayHaveLeft = bench.walk.plan.answersAtOnce
            work.isReopened = { kept.isReopened($0) || mayHaveLeft && kept.hasLeft($0) }
            work.isUnchangedAt = kept.isUnchanged
            return work.process(batch, number: chunk.number)
        }
        result.leavers.removeAll { kept.isSettled($0.place.ordinal) }
        result.isKept = true
        return result
    }
}

private struct BenchWork {
    let walk: RowWalk
    let formats: [any RecordSink]
    var answers: AnswersAtOnce
    /// Empty ones, with the room that the rows of an earlier chunk had.
    var rows: [[UInt8]]
    var isReopened: ((Int) -> Bool)?
    /// Whether a record need not be looked at again: by what earlier runs say of it, or by its ordinal, where an earlier
    /// process of this run has said so.
    var isUnchanged: ((ChunkEntry.Member) -> Bool)?
    var isUnchangedAt: ((Int) -> Bool)?

    init(_ bench: Bench, answers: AnswersAtOnce, rows: [[UInt8]]? = nil) {
        walk = bench.walk
        formats = bench.formats
        self.answers = answers
        self.rows = rows ?? Array(repeating: [], count: formats.count)
    }

    mutating func process(_ batch: any RecordBatch, number: Int) -> ChunkResult {
        var result = ChunkResult(
            number: number, first: batch.first, count: batch.count, end: batch.end, content: batch.content,
            stamp: batch.stamp,
            steps: Array(repeating: StepCounts(), count: walk.plan.steps.count + walk.plan.innerCount), rows: rows)
        rows = []
        result.members = ChunkEntry.Members(capacity: batch.count)
        var spare: Row?
        batch.forEach { read in
            switch read {
            case .unreadable(let record):
                result.members.append(.init(id: Fingerprint(of: record.id), content: record.origin.content))
                endUnreadable(record, &result)
            case .record(let record):
                let member = ChunkEntry.Member(id: Fingerprint(of: record.id), content: record.origin.content)
                result.members.append(member)
                if isUnchanged?(member) ?? isUnchangedAt?(record.ordinal) ?? false {
                    endUnchanged(record, &result)
                    return
                }
                if spare == nil {
                    spare = walk.start(record)
                } else {
                    walk.restart(&spare!, with: record)
                }
                take(&spare!, &result)
            }
        }
        result.answers = answers.entries
        result.rowBytes = result.rows.reduce(0) { $0 + $1.count }
        return result
    }

    private mutating func take(_ row: inout Row, _ result: inout ChunkResult) {
        if let isReopened, isReopened(row.record.ordinal) { return leave(row, &result) }
        var rest = walk.advance(&row)
        while case .asks(let step) = rest, answers.answer(step, &row) { rest = walk.advance(&row) }
        switch rest {
        // What waits for a person is written down record by record.
        case .asks, .ended(.waiting): leave(row, &result)
        case .ended(.done):
            do throws(Failure) {
                try OutputWriter.format(row, with: formats, into: &result.rows)
                result.rowCount += 1
                let flagged = !row.progress.flags.isEmpty
                end(row, .done, flagged: flagged, &result)
                if flagged { result.endings.append(EndedRecord(row, .done, pure: true)) }
            } catch {
                row.progress.failOutside(error)
                end(row, .failed, flagged: false, &result)
                result.endings.append(EndedRecord(row, .failed, pure: true))
            }
        case .ended(let outcome):
            end(row, outcome, flagged: false, &result)
            result.endings.append(EndedRecord(row, outcome, pure: true))
        }
    }

    private func leave(_ row: Row, _ result: inout ChunkResult) {
        let place = LeaverPlace(ordinal: row.record.ordinal, chunk: result.number, offsets: result.rows.map(\.count))
        result.leavers.append(Leaver(row: row, place: place, textBytes: walk.textBytes(of: row)))
    }

    private func end(_ row: borrowing Row, _ outcome: Outcome, flagged: Bool, _ result: inout ChunkResult) {
        result.counts.count(outcome, flagged: flagged)
        for (index, mark) in row.progress.marks.enumerated() { result.steps[index][mark] += 1 }
        for (index, counts) in row.items.enumerated() { result.steps[walk.steps.count + index].add(counts) }
    }

    private func endUnchanged(_ record: Record, _ result: inout ChunkResult) {
        result.counts.count(.skipped)
        for index in result.steps.indices { result.steps[index][.skipped] += 1 }
        result.endings.append(
            EndedRecord(
                ordinal: record.ordinal, id: record.id, origin: record.origin, outcome: .skipped,
                marks: Array(repeating: .skipped, count: walk.plan.steps.count),
                failure: .init(
                    step: nil,
                    failure: Failure(.unchanged, "record and recipe are what they were when it last ended done")),
                pure: true))
    }

    private func endUnreadable(_ record: UnreadableRecord, _ result: inout ChunkResult) {
        result.counts.count(.failed)
        for index in walk.steps.indices { result.steps[index][.notReached] += 1 }
        result.endings.append(
            EndedRecord(
                ordinal: record.ordinal, id: record.id, origin: record.origin, outcome: .failed,
                marks: Array(repeating: .notReached, count: walk.steps.count),
                failure: .init(step: nil, failure: record.failure), pure: true))
    }
}

extension EndedRecord {
    /// How a row stands now that it has come to an end.
    init(_ row: borrowing Row, _ outcome: Outcome, pure: Bool) {
        let keepsInput = outcome == .failed || outcome == .waiting || !row.progress.flags.isEmpty
        self.init(
            ordinal: row.record.ordinal, id: row.record.id, origin: row.record.origin, outcome: outcome,
            marks: row.progress.marks, flags: row.progress.flags,
            flagged: row.progress.flagged.map(Ending.init), failure: row.progress.fall.map(Ending.init),
            input: keepsInput ? row.record.input : nil, attempts: row.attempts, pure: pure)
        items = outcome == .notReached ? [] : row.items
        others = outcome == .failed ? row.otherFalls.map(Ending.init) : []
    }
}

extension EndedRecord.Ending {
    fileprivate init(_ fall: RecordProgress.Fall) {
        self.init(
            step: fall.step < 0 ? nil : fall.step, item: fall.item, attempt: fall.attempt, failure: fall.failure)
    }
}
