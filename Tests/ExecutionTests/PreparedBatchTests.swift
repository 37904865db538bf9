import Digests
import Journaling
import Locks
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// Numbers whose batches have stamps and take others' work before they are decoded.
struct WorkedSource: RecordSource {
    var base: NumberSource
    /// Numbers of records that changed without a change of content: their stamp is another.
    var touched: Set<Int> = []
    /// How many records were read, and how many made ready.
    var read = Counter()
    var ready = Counter()
    /// What making ready waits for.
    var wait: @Sendable () async -> Void = {}

    var type: ObjectType { base.type }
    var description: String { base.description }
    var columns: [String] { base.columns }
    func count() throws(SourceError) -> Int { base.size }

    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        Reader(source: self, next: position?.ordinal ?? 0)
    }

    func stamp(_ records: Range<Int>) -> Fingerprint {
        Fingerprint(of: "\(records) \(touched.intersection(records).sorted())")
    }

    private final class Reader: RecordReader {
        let source: WorkedSource
        let place: Guarded<Int>

        init(source: WorkedSource, next: Int) {
            self.source = source
            place = Guarded(next)
        }

        func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
            let first = place.withLock { $0 }
            let position = InputPosition(ordinal: first, offset: Int64(first), line: 1)
            guard let batch = try source.base.reader(from: position).next(limit: limit, bytes: bytes) else {
                return nil
            }
            place.withLock { $0 += batch.count }
            source.read.add(batch.count)
            return Batch(base: batch, source: source)
        }

        func pass(over batch: KnownBatch) throws(SourceError) -> Bool {
            place.withLock { place in
                let records = place..<place + batch.count
                guard records.upperBound <= source.base.size, source.stamp(records) == batch.stamp else {
                    return false
                }
                place += batch.count
                return true
            }
        }
    }

    private struct Batch: RecordBatch {
        let base: any RecordBatch
        let source: WorkedSource
        var isReady = false

        var first: Int { base.first }
        var count: Int { base.count }
        var end: InputPosition { base.end }
        var content: Fingerprint { base.content }
        var stamp: Fingerprint? { source.stamp(first..<first + count) }

        func prepared(_ wanted: Set<Int>?) async -> any RecordBatch {
            await source.wait()
            var batch = self
            batch.isReady = true
            source.ready.add(wanted?.count ?? count)
            return batch
        }

        func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
            #expect(isReady)
            try base.forEach(body)
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct PreparedBatchTests {
    private func executor(
        _ source: any RecordSource, _ sink: MemorySink, _ journal: MemoryJournal, control: RunControl = RunControl(),
        _ asked: @escaping @Sendable (_ record: Int) -> Void = { _ in }
    ) -> Executor {
        let step = PlannedStep.fake(
            "topic",
            .answered(
                AnsweredFake { record, _ in
                    asked(record)
                    return .says("topic of \(record)")
                }))
        var options = Executor.Options(lanes: 2, width: 4)
        options.chunkRecords = 20
        return Executor(
            plan: .fake(source, steps: [step], outputs: [sink]), journal: journal, control: control,
            tally: RunTally(steps: 1), options: options)
    }

    private func sink() -> MemorySink { MemorySink { "\($0.slots[SlotLayout.firstStep].string ?? "")" } }

    /// A run over 95 records that dies when its 50th question is asked, made ready to be gone on with.
    private func diedHalfWay(_ sink: MemorySink, _ asked: Counter) async throws -> (MemoryJournal, KeptRun) {
        let first = MemoryJournal()
        await #expect(throws: JournalError.self) {
            _ = try await executor(WorkedSource(base: NumberSource(size: 95)), sink, first) { _ in
                if asked.add(1) == 50 { first.kill() }
            }.run(as: .null)
        }
        let journal = try await first.reopened()
        return (journal, try KeptRun(reading: journal.reader(), steps: 1))
    }

    @Test func `what has the stamp that it had is not read to be compared`() async throws {
        let (sink, asked) = (sink(), Counter())
        let (journal, kept) = try await diedHalfWay(sink, asked)
        let source = WorkedSource(base: NumberSource(size: 95))
        let last = executor(source, sink, journal) { _ in asked.add(1) }
        #expect(try await last.obstacle(to: kept) == nil)
        #expect(source.read.value == 0)
        let summary = try await last.run(as: .null, goingOn: kept)
        #expect(summary.counts.done == 95 && summary.imbalance == nil)
        #expect(sink.lines == (0..<95).map { "topic of \($0)" })
        #expect(asked.value <= 95 + 4)
    }

    @Test func `what was touched is read, and goes on where its bytes are the same`() async throws {
        let (sink, asked) = (sink(), Counter())
        let (journal, kept) = try await diedHalfWay(sink, asked)
        let source = WorkedSource(base: NumberSource(size: 95), touched: [25])
        let last = executor(source, sink, journal) { _ in asked.add(1) }
        #expect(try await last.obstacle(to: kept) == nil)
        #expect(source.read.value == 20)
        #expect(try await last.run(as: .null, goingOn: kept).counts.done == 95)
        #expect(asked.value <= 95 + 4)
    }

    @Test func `files that came behind the others join the run`() async throws {
        let (sink, asked) = (sink(), Counter())
        let (journal, kept) = try await diedHalfWay(sink, asked)
        let last = executor(WorkedSource(base: NumberSource(size: 130)), sink, journal) { _ in asked.add(1) }
        #expect(try await last.obstacle(to: kept) == nil)
        let summary = try await last.run(as: .null, goingOn: kept)
        #expect(summary.counts.done == 130 && summary.imbalance == nil)
        #expect(sink.lines == (0..<130).map { "topic of \($0)" })
        #expect(asked.value <= 130 + 4)
    }

    @Test func `only what is drawn into a sample is made ready`() async throws {
        let source = WorkedSource(base: NumberSource(size: 95))
        let sample = NarrowedSource(source, .sample(7, seed: 1))
        let summary = try await executor(sample, sink(), MemoryJournal()).run(as: .null)
        #expect(summary.counts.done == 7 && source.ready.value == 7)
    }

    @Test func `a run that is stopped at once does not wait for what is not ready, and counts it`() async throws {
        let control = RunControl()
        let source = WorkedSource(
            base: NumberSource(size: 95),
            wait: {
                control.stopNow(.signal(2))
                // As a converter does: it ends when it is told to.
                while !Task.isCancelled { await Task.yield() }
            })
        let summary = try await executor(source, sink(), MemoryJournal(), control: control).run(as: .null)
        #expect(summary.counts.notReached == 95 && summary.counts.failed == 0 && summary.imbalance == nil)
    }
}
