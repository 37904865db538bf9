internal import Digests
package import Journaling
package import Runs
package import Values

/// What earlier processes left of a run, as far as going on with it needs it.
///
/// Numbers and places only: some bytes for each record that asked somebody, nothing for the others. Answers are read
/// from the journal when their record comes up again.
package struct KeptRun: Sendable {
    /// A stretch of records whose pure steps are done.
    struct Chunk: Sendable {
        var number: Int
        var first: Int
        var count: Int
        var end: InputPosition
        var content: Fingerprint
        var stamp: Fingerprint?
        var rows: Int
        var left: Int
        var sinks: [SinkMark]

        var ordinals: Range<Int> { first..<first + count }
        var batch: KnownBatch { KnownBatch(count: count, end: end, stamp: stamp) }
    }

    private(set) var chunks: [Chunk] = []
    /// Of the records in ``chunks`` that need nothing more. `read` holds all of them.
    private(set) var counts = Counts()
    private(set) var steps: [StepCounts]
    /// What was paid so far, calls in doubt included.
    package private(set) var usage = Usage()
    /// Calls that were in flight when the process ended: they may have been made, and paid.
    package private(set) var inDoubt: [JournalEntry] = []

    /// Side effects that may have happened: they are not done again by themselves.
    package private(set) var openEffects = OpenEffects()

    /// Where records wait, with the decisions that were taken up.
    private(set) var waits = OpenWaits()
    /// Whether every record is taken up again.
    private(set) var isAnew = false

    /// Calls of the last minute: limits on requests a minute count them.
    package private(set) var recent: [JournalEntry] = []

    /// Records that left their chunk and ended for good, but for those that are done.
    private var settled = Ordinals()
    /// Records that left their chunk and are done: only their rows are wanted.
    private var finished = Ordinals()
    /// Records of a chunk's own counts that were taken up again: still open, and done since.
    private var reopened = Ordinals()
    private var reopenedAndFinished = Ordinals()
    /// Records that left their chunk, failed there and were taken up again.
    private var retried = Ordinals()
    /// Records that wait, and of which the journal says so.
    private var waiting = Ordinals()
    /// Records that were passed over as unchanged.
    private var unchanged = Ordinals()
    /// What questions came to that got no answer, by the id of the record that asked. They are asked again by a retry, not
    /// by going on.
    private var unanswered: [String: [KeptRecord.Place: Failure]] = [:]
    /// By the record's id.
    private var retrials: [String: [Retrial]] = [:]

    /// - Parameters:
    ///   - steps: how many the plan has, inner ones included.
    ///   - since: a minute ago, as the wall clock has it.
    package init(reading journal: any JournalReading, steps: Int, since: Timestamp? = nil) throws {
        self.steps = Array(repeating: StepCounts(), count: steps)
        let doubtful = Set(try journal.inDoubt().map(\.number))
        var wanted: Set<Int> = []
        // Of records whose end is yet to come, by ordinal: it says who they are.
        var failed: [Int: [KeptRecord.Place: Failure]] = [:]
        let decided = try journal.decisions().filter(\.value.isTaken)
        try journal.forEachEvent { event in
            if let usage = event.entry.usage { self.usage.add(usage) }
            try waits.add(event)
            // A decision that can still be taken back is none yet.
            if event.entry.kind != .decision || event.entry.decidedWait.map({ decided[$0] != nil }) ?? true {
                try openEffects.add(event.entry)
            }
            switch event.entry.kind {
            case .start:
                if let since, event.entry.at > since { recent.append(event.entry) }
                guard doubtful.contains(event.number) else { break }
                inDoubt.append(event.entry)
                usage.cost += event.entry.worstCost
            case .failed:
                let attempt = try FailedAttempt(event.entry)
                guard attempt.answer == nil, let question = event.entry.key else { break }
                let place = KeptRecord.Place(question: question, item: event.entry.item)
                failed[event.entry.ordinal, default: [:]][place] = attempt.failure
            case .retried:
                let retrial = try Retrial(event.entry)
                retrials[retrial.record, default: []].append(retrial)
                wanted.insert(retrial.ordinal)
            case .ended:
                wanted.remove(event.entry.ordinal)
                guard let failures = failed.removeValue(forKey: event.entry.ordinal) else { break }
                unanswered[try EndedRecord(event.entry).id, default: [:]].merge(failures) { $1 }
            // The groups of before are no more, and others get their ordinals.
            case .collecting: failed = failed.filter { $0.key >= 0 }
            default: break
            }
        }
        waits.take(decided)
        try journal.forEachChunk { add($0) }
        try journal.forEachEnding { add($0, isWanted: wanted.contains($0.record.ordinal)) }
    }

    private mutating func add(_ chunk: ChunkEntry) {
        chunks.append(
            Chunk(
                number: chunk.number, first: chunk.first, count: chunk.count, end: chunk.end, content: chunk.content,
                stamp: chunk.stamp, rows: chunk.counts.done, left: chunk.left, sinks: chunk.sinks))
        counts.add(chunk.counts)
        counts.read += chunk.count - chunk.counts.read
        for (index, marks) in zip(steps.indices, chunk.steps) { steps[index].add(marks) }
    }

    private mutating func add(_ ending: RecordEnding, isWanted: Bool) {
        let record = ending.record
        let isInChunk = ending.inChunk != nil
        if isInChunk, record.failure?.failure.cause == .unchanged { unchanged.append(record.ordinal) }
        guard isWanted || !isInChunk || record != ending.inChunk else { return }
        if let counted = ending.inChunk { count(counted, by: -1) }
        switch record.outcome {
        case .failed, .skipped, .rejected:
            guard !isWanted else {
                if !isInChunk { retried.append(record.ordinal) }
                break
            }
            count(record, by: 1)
            if !isInChunk { settled.append(record.ordinal) }
            return
        case .done:
            if isInChunk { reopenedAndFinished.append(record.ordinal) } else { finished.append(record.ordinal) }
            return
        case .waiting: waiting.append(record.ordinal)
        case .notReached: break
        }
        if isInChunk { reopened.append(record.ordinal) }
    }

    private mutating func count(_ record: EndedRecord, by number: Int) {
        var one = Counts()
        one.count(record.outcome, flagged: !record.flags.isEmpty)
        if number > 0 { counts.add(one) } else { counts.subtract(one) }
        for (index, mark) in zip(steps.indices, record.marks) { steps[index][mark] += number }
        for (index, items) in zip(steps.indices.dropFirst(record.marks.count), record.items) {
            if number > 0 { steps[index].add(items) } else { steps[index].subtract(items) }
        }
    }

    // MARK: What is to be done

    /// How many records of a chunk have still to be asked about.
    func open(in chunk: Chunk) -> Int {
        chunk.left - settled.count(in: chunk.ordinals) - finished.count(in: chunk.ordinals)
            + reopened.count(in: chunk.ordinals)
    }

    /// How many records of a chunk are done and have their rows elsewhere than in it.
    func finished(in chunk: Chunk) -> Int {
        finished.count(in: chunk.ordinals) + reopenedAndFinished.count(in: chunk.ordinals)
    }

    /// How many records are done, wherever their rows are.
    package var done: Int { counts.done + finished.count + reopenedAndFinished.count }
    package var read: Int { counts.read }

    func isFinished(_ ordinal: Int) -> Bool { finished.contains(ordinal) || reopenedAndFinished.contains(ordinal) }
    func isSettled(_ ordinal: Int) -> Bool { settled.contains(ordinal) }

    /// Whether a record left its chunk and came to an end after it.
    func hasLeft(_ ordinal: Int) -> Bool {
        finished.contains(ordinal) || settled.contains(ordinal) || retried.contains(ordinal)
    }

    func isWaiting(_ ordinal: Int) -> Bool { waiting.contains(ordinal) }

    func isUnchanged(_ ordinal: Int) -> Bool { unchanged.contains(ordinal) }

    /// Whether a record leaves its chunk whatever its pure steps say.
    func isReopened(_ ordinal: Int) -> Bool {
        reopened.contains(ordinal) || reopenedAndFinished.contains(ordinal)
    }

    /// What came of a question of a record, or of an item of it, that got no answer.
    func failure(of record: String, item: Int?, at question: SHA256Digest) -> Failure? {
        unanswered[record]?[KeptRecord.Place(question: question, item: item)]
    }

    /// The last draw at each step that no longer counts, because the record was taken up again after it.
    func drawsBefore(_ record: String) -> [StepPlace: Int] {
        guard let retrials = retrials[record] else { return [:] }
        return retrials.reduce(into: [:]) { draws, retrial in
            guard let step = retrial.step else { return }
            draws[StepPlace(step: step, item: retrial.item), default: 0].raise(to: retrial.lastDraw)
        }
    }

    /// The same run with every record to be taken up again: chunks and endings no longer count. Which records were passed
    /// over as unchanged is still known.
    package var anew: KeptRun {
        var anew = self
        anew.isAnew = true
        anew.chunks = []
        anew.counts = Counts()
        anew.steps = steps.map { _ in StepCounts() }
        anew.settled = Ordinals()
        anew.finished = Ordinals()
        anew.reopened = Ordinals()
        anew.retried = Ordinals()
        anew.waiting = Ordinals()
        anew.reopenedAndFinished = Ordinals()
        return anew
    }

    /// The marks that the outputs can be taken up at; nil where no chunk is on the disk.
    var marks: [SinkMark]? { chunks.last?.sinks }

    /// Holds the chunks against an input, without decoding it, and without reading what has the stamp that it had.
    ///
    /// - Returns: whether the input still begins with them, byte for byte.
    ///
    /// - Parameter toItsEnd: whether nothing may come behind.
    func fits(
        _ source: any RecordSource, _ options: Executor.Options, toItsEnd: Bool = false
    ) throws(SourceError) -> Bool {
        let reader = try source.reader(from: nil)
        for chunk in chunks {
            if try reader.pass(over: chunk.batch) { continue }
            guard
                let batch = try reader.again(chunk.batch, limit: options.chunkRecords, bytes: options.chunkBytes),
                chunk.isSame(as: batch)
            else { return false }
        }
        guard toItsEnd else { return true }
        return try reader.next(limit: options.chunkRecords, bytes: options.chunkBytes) == nil
    }
}

extension KeptRun.Chunk {
    func isSame(as batch: any RecordBatch) -> Bool {
        batch.first == first && batch.count == count && batch.content == content && batch.end == end
    }
}

/// Ordinals that come rising, eight bytes each.
private struct Ordinals: Sendable {
    private var values: [Int] = []

    var count: Int { values.count }

    mutating func append(_ ordinal: Int) { values.append(ordinal) }

    func contains(_ ordinal: Int) -> Bool {
        let place = place(of: ordinal)
        return place < values.count && values[place] == ordinal
    }

    func count(in range: Range<Int>) -> Int { place(of: range.upperBound) - place(of: range.lowerBound) }

    /// How many are below.
    private func place(of ordinal: Int) -> Int {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < ordinal { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// What the journal has of one record that is taken up again.
struct KeptRecord: Sendable {
    /// Whether it ended done: it asks nobody, and only its row is wanted.
    var isFinished = false
    /// The answer to each question, or the failure that came instead. Two items may well ask the same, and have two
    /// answers.
    private var replies: [Place: JournalEntry] = [:]
    /// See ``KeptRun/drawsBefore(_:)``.
    var drawsBefore: [StepPlace: Int] = [:]

    /// About how much memory its events take.
    private(set) var textBytes = 0

    /// What was answered at once: such an answer has no key, and is known by the place that it was given at.
    var atOnce: [PlaceAtOnce: JournalEntry] = [:]

    struct Place: Hashable {
        var question: SHA256Digest
        var item: Int?
    }

    func reply(to question: SHA256Digest, item: Int?) -> JournalEntry? {
        replies[Place(question: question, item: item)]
    }

    /// Whether it was read while this run goes on, because a person has answered: the record's own word then goes before
    /// what was known when the run was taken up.
    var isFresh = false
    /// What it waits for. Only of a fresh one.
    var wait: OpenWait?
    /// What may have happened. Only of a fresh one.
    var openEffects = OpenEffects()
    private var fold = WaitFold()
    /// The last that says what it waits for.
    var waiting: JournalEvent?

    mutating func add(_ event: JournalEvent) throws(JournalError) {
        let entry = event.entry
        textBytes += entry.body.count
        if isFresh {
            try fold.add(event)
            wait = fold.open
            if entry.decidedWait == nil { try openEffects.add(entry) }
        } else if entry.kind == .waiting {
            waiting = event
        }
        if entry.kind == .retried {
            let retrial = try Retrial(entry)
            if let step = retrial.step {
                drawsBefore[StepPlace(step: step, item: retrial.item), default: 0].raise(to: retrial.lastDraw)
            }
        }
        guard let question = entry.key else {
            guard entry.kind == .answer else { return }
            atOnce[PlaceAtOnce(step: entry.step, item: entry.item, draw: entry.draw)] = entry
            return
        }
        let place = Place(question: question, item: entry.item)
        switch entry.kind {
        case .answer, .effect: replies[place] = entry
        case .failed where replies[place]?.kind != .answer && replies[place]?.kind != .effect:
            replies[place] = entry
        default: break
        }
    }
}

/// Where a record asks: at which step, about which item of an `each`.
struct StepPlace: Hashable, Sendable {
    var step: Int
    var item: Int?
}

extension Int {
    fileprivate mutating func raise(to other: Int) { self = Swift.max(self, other) }
}
