internal import Journaling
internal import Locks
internal import Planning
internal import Runs
internal import Values

/// The moving parts of one run: reading ahead, chunks in order, the window of records that wait for answers.
struct ExecutionLine: Sendable {
    let benches: Benches
    let outputs: OutputWriter
    let journal: any Journal
    let shelf: (any AnswerShelf)?
    let earlier: EarlierRecords?
    let doubts: OpenEffects
    let kept: KeptRun?
    let control: RunControl
    let tally: RunTally
    let clock: WallClock
    let options: Executor.Options

    private let input = BlockingQueue(label: "input")
    let history = BlockingQueue(label: "history")
    private let questions = OpenQuestions()
    private let budget: BudgetKeeper?

    init(
        benches: Benches, outputs: OutputWriter, journal: any Journal, shelf: (any AnswerShelf)?,
        doubts: OpenEffects, earlier: EarlierRecords?, kept: KeptRun?, control: RunControl, tally: RunTally,
        clock: WallClock, options: Executor.Options
    ) {
        self.benches = benches
        self.outputs = outputs
        self.journal = journal
        self.shelf = shelf
        self.earlier = earlier
        self.doubts = doubts
        self.kept = kept
        self.control = control
        self.tally = tally
        self.clock = clock
        self.options = options
        budget = options.budget.map { BudgetKeeper(Budget(limit: $0.limit, spent: $0.spent + (kept?.usage.cost ?? 0))) }
    }

    /// Ends the children of a run that is to stop now: thrown by one of them, it cancels the others.
    private struct StoppedNow: Error {}

    /// Takes up every record until the input ends or the run is stopped. An input that breaks off stops the run.
    ///
    /// - Returns: whether every record of the input is counted, those that were not taken up, too.
    func run(_ source: any RecordSource) async throws -> Bool {
        try await restoreRows(from: source)
        let line = Line(reader: try await open(source))
        let window = AdmissionWindow(width: options.width)
        window.follow(benches.main.plan)
        defer { window.unfollow() }
        let stopNow = StopSignal()
        control.whenStopped { window.close() }
        control.whenStoppedNow { stopNow.fire(true) }
        do {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { if await stopNow.wait() { throw StoppedNow() } }
                // A group of its own: what is in flight outlives the last chunk, and can be stopped for as long.
                group.addTask {
                    defer { stopNow.fire(false) }
                    try await takeUp(line, window: window)
                }
            }
        } catch is StoppedNow {
            // Every child has ended by now, and each has given its record back.
        }
        let (passed, isBroken) = line.state.withLock { ($0.kept, $0.isBroken) }
        for chunk in kept?.chunks.dropFirst(passed) ?? [] { neverReached(kept?.open(in: chunk) ?? 0) }
        return isBroken ? false : try await countRest(of: line.reader)
    }

    /// Takes every record to its end, or to where it waits for a person, and on from there if the person answers meanwhile.
    private func takeUp(_ line: Line, window: AdmissionWindow) async throws {
        guard benches.main.plan.mayWait else {
            return try await takeChunks(of: line, window: window, parked: nil)
        }
        let parked = ParkedRecords()
        control.whenStopped { parked.ring() }
        try await withThrowingTaskGroup(of: Bool.self) { parts in
            parts.addTask {
                try await takeChunks(of: line, window: window, parked: parked)
                parked.isThrough()
                return true
            }
            parts.addTask {
                try await takeUpAnswers(parked)
                return true
            }
            parts.addTask {
                await ring(parked)
                return false
            }
            var left = 2
            while left > 0, let isPart = try await parts.next() { if isPart { left -= 1 } }
            parts.cancelAll()
        }
    }

    /// The input of a run that stopped before its first record.
    ///
    /// - Returns: whether every record of it is counted.
    func countRest(of source: any RecordSource) async throws -> Bool {
        try await restoreRows(from: source)
        let reader = try await open(source)
        for chunk in kept?.chunks ?? [] {
            if try await !pass(chunk, of: reader) { _ = try await self.batch(of: chunk, in: reader) }
            neverReached(kept?.open(in: chunk) ?? 0)
        }
        return try await countRest(of: reader)
    }

    func open(_ source: any RecordSource) async throws(SourceError) -> any RecordReader {
        try await input.run { () throws(SourceError) in try source.reader(from: nil) }
    }

    // MARK: Chunks

    /// Where the run is in its input.
    private final class Line: Sendable {
        struct State {
            /// The chunks of earlier processes that were passed.
            var kept = 0
            var hasEnded = false
            var isBroken = false
        }

        let reader: any RecordReader
        let state = Guarded(State())

        init(reader: any RecordReader) { self.reader = reader }

        var hasEnded: Bool { state.withLock { $0.hasEnded } }

        /// The next chunk of an earlier process; nil behind the last.
        func nextKept(of run: KeptRun?) -> KeptRun.Chunk? {
            let chunk = peekKept(of: run)
            if chunk != nil { state.withLock { $0.kept += 1 } }
            return chunk
        }

        /// The same, not yet taken.
        func peekKept(of run: KeptRun?) -> KeptRun.Chunk? {
            let next = state.withLock { $0.kept }
            guard let run, next < run.chunks.count else { return nil }
            return run.chunks[next]
        }
    }

    /// Takes the records of all chunks to their end or to where they wait.
    ///
    /// Chunks are worked on while those before them are brought to the disk, and their records admitted: neither the lanes
    /// nor the disk wait for each other.
    private func takeChunks(of line: Line, window: AdmissionWindow, parked: ParkedRecords?) async throws {
        let threshold = FailureThreshold(limit: benches.main.plan.limits.failures)
        let commits = CommitLine(options: options)
        try await withThrowingDiscardingTaskGroup { parts in
            parts.addTask {
                defer { commits.refuse() }
                try await withThrowingDiscardingTaskGroup { records in
                    while let batch = await commits.next() {
                        try await commit(batch.chunks)
                        try await admit(
                            batch.leavers, window: window, threshold: threshold, parked, commits, in: &records)
                        // Where few of many records ask, those that ask together are written down together.
                        let areFew = !batch.leavers.isEmpty && batch.leavers.count < options.width
                        if areFew, !commits.isOver, !commits.isFull { await pause() }
                    }
                }
            }
            parts.addTask {
                do {
                    try await withThrowingDiscardingTaskGroup { chunks in
                        try await takeChunks(of: line, threshold: threshold, commits, in: &chunks)
                    }
                    commits.end()
                } catch {
                    commits.refuse()
                    throw error
                }
            }
        }
    }

    /// Lets more records gather. A run that is stopped at once does not wait for them.
    private func pause() async {
        do { try await Task.sleep(for: options.gatherInterval) } catch { return }
    }

    private func takeChunks(
        of line: Line, threshold: FailureThreshold, _ commits: CommitLine,
        in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let work = ChunkWork(benches: benches, clock: clock, earlier: earlier)
        var open: [ChunkTicket] = []
        var number = kept?.chunks.count ?? 0

        while true {
            while !line.hasEnded, open.count < options.lanes * 2, control.reason == nil {
                guard let batch = try await nextBatch(of: line) else { break }
                let ticket: ChunkTicket
                if let kept, let chunk = line.nextKept(of: kept) {
                    guard chunk.isSame(as: batch) else { throw SourceError("the input changed while it was read") }
                    guard kept.open(in: chunk) > 0 else { continue }
                    ticket = ChunkTicket(records: kept.open(in: chunk), isKept: true)
                    let records = try await answersAtOnce(in: chunk)
                    group.addTask { await ticket.fulfil(with: batch) { work.again($0, chunk, of: kept, records) } }
                } else {
                    tally.read(batch.count)
                    ticket = ChunkTicket(records: batch.count, isKept: false)
                    group.addTask { [number] in
                        await ticket.fulfil(with: batch) { work.process($0, number: number) }
                    }
                    number += 1
                }
                open.append(ticket)
            }
            guard !open.isEmpty else { break }
            guard var result = await open[0].result() else {
                // Stopped at once, before these records were even decoded.
                for ticket in open {
                    if ticket.isKept { neverReached(ticket.records) } else { tally.neverReached(ticket.records) }
                }
                break
            }
            open.removeFirst()
            let goesOn: Bool
            if result.isKept {
                goesOn = try await handOver(result, to: commits)
            } else {
                let rows = result.rows
                result.rows = []
                let marks = try await outputs.append(rows, count: result.rowCount, chunk: result.number)
                benches.buffers.give(rows)
                let counts = tally.add(result.counts, steps: result.steps)
                if threshold.isPassed(by: counts) { control.stop(.failures) }
                result.leavers = try await waiting(result.leavers)
                goesOn = await commits.add(result, at: marks)
            }
            // What went wrong there ends this, too.
            guard goesOn else { break }
        }
    }

    /// An input that breaks off ends here, and stops the run: what was read is finished.
    private func nextBatch(of line: Line) async throws -> (any RecordBatch)? {
        do throws(SourceError) {
            // What earlier processes are through with is not even read.
            while let kept, let chunk = line.peekKept(of: kept), kept.open(in: chunk) == 0,
                try await pass(chunk, of: line.reader)
            {
                _ = line.nextKept(of: kept)
            }
            let batch = try await nextBatch(line.reader, like: line.peekKept(of: kept))
            if batch == nil { line.state.withLock { $0.hasEnded = true } }
            return batch
        } catch {
            line.state.withLock { state in
                state.hasEnded = true
                state.isBroken = true
            }
            control.stop(.input(error.message))
            return nil
        }
    }

    /// Whether a chunk is known to be what it was without reading it; the reader is behind it then.
    func pass(_ chunk: KeptRun.Chunk, of reader: any RecordReader) async throws(SourceError) -> Bool {
        try await input.run { () throws(SourceError) in try reader.pass(over: chunk.batch) }
    }

    /// The batch that an earlier process made a chunk of.
    func batch(of chunk: KeptRun.Chunk, in reader: any RecordReader) async throws -> any RecordBatch {
        guard let batch = try await nextBatch(reader, like: chunk), chunk.isSame(as: batch) else {
            throw SourceError("the input changed while it was read")
        }
        return batch
    }

    /// - Parameter chunk: what an earlier process made of the batch.
    func nextBatch(
        _ reader: any RecordReader, like chunk: KeptRun.Chunk?
    ) async throws(SourceError) -> (any RecordBatch)? {
        let (limit, bytes) = (options.chunkRecords, options.chunkBytes)
        return try await input.run { () throws(SourceError) in
            if let chunk { return try reader.again(chunk.batch, limit: limit, bytes: bytes) }
            return try reader.next(limit: limit, bytes: bytes)
        }
    }

    /// Brings finished chunks to the disk: rows first, then the journal's word that they are there.
    private func commit(_ chunks: FinishedChunks) async throws {
        guard !chunks.isEmpty else { return }
        try await outputs.sync()
        try await journal.append(chunks.entries, with: chunks.events(at: clock.now()))
    }

    // MARK: Records that wait for answers

    func recordTask(_ parked: ParkedRecords?) -> RecordTask {
        RecordTask(
            walk: benches.main, outputs: outputs, journal: journal, tally: tally, clock: clock, shelf: shelf,
            history: history, questions: questions, doubts: doubts, kept: kept, control: control, budget: budget,
            parked: parked)
    }

    private func admit(
        _ leavers: [Leaver], window: AdmissionWindow, threshold: FailureThreshold, _ parked: ParkedRecords?,
        _ commits: CommitLine, in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let task = recordTask(parked)
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
                    // Nothing more is read, or given back, for a run that cannot go on.
                    window.close()
                    commits.refuse()
                    throw error
                }
            }
        }
    }

    /// Records that were read but will not be taken further by this process.
    func giveBack(_ leavers: ArraySlice<Leaver>) async throws {
        guard !leavers.isEmpty else { return }
        let now = clock.now()
        let ended = leavers.map { EndedRecord($0.row, .notReached, pure: false) }
        try await journal.append(ended.map { .ended($0, at: now) })
        for record in ended { tally.end(.notReached, marks: record.marks, flagged: false) }
    }

    /// Records of kept chunks that this process did not come to.
    private func neverReached(_ count: Int) {
        let marks = Array(repeating: StepMark.notReached, count: benches.main.plan.steps.count)
        for _ in 0..<count { tally.end(.notReached, marks: marks, flagged: false) }
    }

    /// Counts what a stopped run did not take up, without decoding it.
    private func countRest(of reader: any RecordReader) async throws -> Bool {
        let rest: Int
        do throws(SourceError) {
            rest = try await input.run { () throws(SourceError) in try reader.countRest() }
        } catch {
            // The run has ended; an input that breaks off now has no more to count.
            control.stop(.input(error.message))
            return false
        }
        tally.read(rest)
        tally.neverReached(rest)
        return true
    }
}

extension ChunkTicket {
    /// Has the batch made ready and worked on; a batch that the run's end left half ready gives nothing.
    fileprivate func fulfil(with batch: any RecordBatch, _ work: (any RecordBatch) -> ChunkResult) async {
        let ready = await batch.prepared()
        fulfil(Task.isCancelled ? nil : work(ready))
    }
}
