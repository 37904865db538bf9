internal import Journaling
internal import Planning
internal import Runs
internal import Values

/// The moving parts of one run: reading ahead, chunks in order, the window of records that wait for answers.
struct ExecutionLine: Sendable {
    let walk: RowWalk
    let outputs: OutputWriter
    let journal: any Journal
    let control: RunControl
    let tally: RunTally
    let clock: WallClock
    let options: Executor.Options

    private let input = BlockingQueue(label: "input")
    private let budget: BudgetKeeper?

    init(
        walk: RowWalk, outputs: OutputWriter, journal: any Journal, control: RunControl, tally: RunTally,
        clock: WallClock, options: Executor.Options
    ) {
        self.walk = walk
        self.outputs = outputs
        self.journal = journal
        self.control = control
        self.tally = tally
        self.clock = clock
        self.options = options
        budget = options.budget.map { BudgetKeeper($0) }
    }

    /// Ends the children of a run that is to stop now: thrown by one of them, it cancels the others.
    private struct StoppedNow: Error {}

    func run(_ source: any RecordSource) async throws {
        let reader = try await input.run { () throws(SourceError) in try source.reader(from: nil) }
        let window = AdmissionWindow(width: options.width)
        window.follow(walk.plan)
        let stopNow = StopSignal()
        control.whenStopped { window.close() }
        control.whenStoppedNow { stopNow.fire(true) }
        do {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { if await stopNow.wait() { throw StoppedNow() } }
                // A group of its own: it ends with the last record in flight, and until then all can be given up.
                group.addTask {
                    defer { stopNow.fire(false) }
                    try await withThrowingDiscardingTaskGroup { records in
                        try await takeChunks(from: reader, window: window, in: &records)
                    }
                }
            }
        } catch is StoppedNow {
            // Every child has ended by now, and each has given its record back.
        }
        try await countRest(of: reader)
    }

    /// The input of a run that stopped before its first record.
    func countRest(of source: any RecordSource) async throws {
        let reader = try await input.run { () throws(SourceError) in try source.reader(from: nil) }
        try await countRest(of: reader)
    }

    // MARK: Chunks

    private func takeChunks(
        from reader: any RecordReader, window: AdmissionWindow, in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let work = ChunkWork(walk: walk, outputs: outputs)
        let threshold = FailureThreshold(limit: walk.plan.limits.failures)
        var marks = ChunkMarks(options: options)
        var open: [ChunkTicket] = []
        var number = 0
        var inputEnded = false
        var leavers: [Leaver] = []

        while true {
            while !inputEnded, open.count < options.lanes * 2, control.reason == nil {
                guard let batch = try await nextBatch(reader) else {
                    inputEnded = true
                    break
                }
                tally.read(batch.count)
                let ticket = ChunkTicket()
                group.addTask { [number] in ticket.fulfil(work.process(batch, number: number)) }
                open.append(ticket)
                number += 1
            }
            guard !open.isEmpty else { break }
            let result = await open.removeFirst().result()
            try await outputs.append(result.rows, count: result.rowCount, chunk: result.number)
            let counts = tally.add(result.counts, steps: result.steps)
            if threshold.isPassed(by: counts) { control.stop(.failures) }
            leavers += result.leavers
            marks.add(result)

            // A chunk is on disk before its records ask anything, or their answers would belong to nobody. One commit
            // serves all chunks that are ready by then.
            let idle = !leavers.isEmpty && !(open.first?.isReady ?? false)
            if marks.isDue || idle { try await commit(&marks) }
            if idle {
                try await admit(leavers, window: window, threshold: threshold, in: &group)
                leavers = []
            }
        }
        try await commit(&marks)
    }

    private func nextBatch(_ reader: any RecordReader) async throws(SourceError) -> (any RecordBatch)? {
        let options = options
        return try await input.run { () throws(SourceError) in
            try reader.next(limit: options.chunkRecords, bytes: options.chunkBytes)
        }
    }

    /// Brings finished chunks to the disk: rows first, then the journal's word that they are there.
    private func commit(_ marks: inout ChunkMarks) async throws {
        guard !marks.isEmpty else { return }
        let safe = try await outputs.sync()
        let (chunks, endings) = marks.take(safe)
        let now = clock.now()
        try await journal.append(chunks, with: endings.map { .ended($0, at: now) })
    }

    // MARK: Records that wait for answers

    private func admit(
        _ leavers: [Leaver], window: AdmissionWindow, threshold: FailureThreshold,
        in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let task = RecordTask(
            walk: walk, outputs: outputs, journal: journal, tally: tally, clock: clock, control: control,
            budget: budget)
        for (index, leaver) in leavers.enumerated() {
            guard await window.admit() else {
                return try await giveBack(leavers[index...])
            }
            group.addTask { [control] in
                defer { window.leave() }
                do {
                    let counts = try await task.finish(leaver)
                    if threshold.isPassed(by: counts) { control.stop(.failures) }
                } catch {
                    window.close()
                    throw error
                }
            }
        }
    }

    /// Records that were read but will not be taken further by this process.
    private func giveBack(_ leavers: ArraySlice<Leaver>) async throws {
        let now = clock.now()
        let ended = leavers.map { EndedRecord($0.row, .notReached, pure: false) }
        try await journal.append(ended.map { .ended($0, at: now) })
        for record in ended { tally.end(.notReached, marks: record.marks, flagged: false) }
    }

    /// Counts what a stopped run did not take up, without decoding it.
    private func countRest(of reader: any RecordReader) async throws {
        while let batch = try await nextBatch(reader) {
            tally.read(batch.count)
            tally.neverReached(batch.count)
        }
    }
}

/// Chunks whose rows are appended and not yet on the disk.
private struct ChunkMarks {
    private let options: Executor.Options
    private var results: [ChunkResult] = []
    private var bytes = 0
    private var endings = 0
    private var last = ContinuousClock.now

    init(options: Executor.Options) { self.options = options }

    var isEmpty: Bool { results.isEmpty }

    /// Whether so much has gathered, in time, bytes or failed records, that it should go to the disk.
    var isDue: Bool {
        !results.isEmpty
            && (bytes >= options.markBytes || endings >= 4096 || ContinuousClock.now - last >= options.markInterval)
    }

    mutating func add(_ result: ChunkResult) {
        bytes += result.rows.reduce(0) { $0 + $1.count }
        endings += result.endings.count
        var kept = result
        kept.rows = []
        kept.left = kept.leavers.count
        kept.leavers = []
        results.append(kept)
    }

    /// The journal's rows for all of them. Earlier chunks carry the same marks as the last: all went out in one sync.
    mutating func take(_ marks: [SinkMark]) -> (chunks: [ChunkEntry], endings: [EndedRecord]) {
        let chunks = results.map { result in
            ChunkEntry(
                number: result.number, first: result.first, count: result.count, end: result.end,
                content: result.content, counts: result.counts, steps: result.steps, left: result.left,
                members: result.members, sinks: marks)
        }
        let endings = results.flatMap(\.endings)
        results = []
        bytes = 0
        self.endings = 0
        last = .now
        return (chunks, endings)
    }
}
