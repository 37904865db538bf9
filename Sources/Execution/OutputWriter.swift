internal import Journaling
internal import Locks
internal import Runs

/// The outputs of a run: formatting on any lane, files on one queue that may wait for the disk.
///
/// It counts the done records handed to it, apart from those who count endings.
final class OutputWriter: Sendable {
    private let sinks: [any RecordSink]
    private let queue = BlockingQueue(label: "outputs")
    /// Where it waits for the disk, so that nobody else has to.
    private let syncing = BlockingQueue(label: "syncing")
    /// Nil for outputs that have no rows of records.
    private let tally: RunTally?
    private let opened = Guarded(false)
    private let late = Guarded(LateLine())

    init(sinks: [any RecordSink], tally: RunTally?) {
        self.sinks = sinks
        self.tally = tally
    }

    var count: Int { sinks.count }
    var isOpen: Bool { opened.withLock(\.self) }

    /// Appends the rows of a done record, one to each buffer; on failure to none.
    func format(_ row: borrowing Row, into buffers: inout [[UInt8]]) throws(Failure) {
        try Self.format(row, with: sinks, into: &buffers)
    }

    static func format(
        _ row: borrowing Row, with sinks: [any RecordSink], into buffers: inout [[UInt8]]
    ) throws(Failure) {
        // An output that fails takes back what it began itself.
        let before = sinks.count > 1 ? buffers.map(\.count) : []
        do throws(Failure) {
            for index in sinks.indices { try sinks[index].format(row.finished, into: &buffers[index]) }
        } catch {
            for (index, count) in before.enumerated() { buffers[index].removeLast(buffers[index].count - count) }
            throw error
        }
    }

    /// - Parameter marks: where an earlier process left each of them; nil to begin anew.
    func open(at marks: [SinkMark]?) async throws(SinkError) {
        if let marks, marks.count != sinks.count {
            throw SinkError("the run has \(sinks.count) outputs, and its journal \(marks.count)")
        }
        try await queue.run { [sinks] () throws(SinkError) in
            for (index, sink) in sinks.enumerated() { try sink.open(at: marks?[index]) }
        }
        opened.withLock { $0 = true }
    }

    /// They are to be opened again, to begin anew.
    func takeUpAnew() { opened.withLock { $0 = false } }

    /// The rows of one chunk, one buffer for each output. Chunks come in order.
    ///
    /// - Returns: how far each output goes now; on the disk after the next ``sync()``.
    @discardableResult
    func append(_ rows: [[UInt8]], count: Int, chunk: Int) async throws(SinkError) -> [SinkMark] {
        let marks = try await queue.run { [sinks] () throws(SinkError) -> [SinkMark] in
            var marks: [SinkMark] = []
            for (sink, bytes) in zip(sinks, rows) {
                try sink.append(bytes, count: count, chunk: chunk)
                marks.append(try sink.mark())
            }
            return marks
        }
        tally?.wrote(count)
        return marks
    }

    /// The rows of a record that left its chunk. They go to the outputs a few dozen at a time, at the latest by ``flush()``:
    /// a way to the queue and back for each of them would cost more than all else that is done with them.
    func insert(_ rows: [[UInt8]], of leaver: LeaverPlace) async throws(SinkError) {
        guard late.withLock({ $0.add(rows, of: leaver) }) else { return }
        try await flush()
    }

    /// Hands over the rows that wait in the line.
    func flush() async throws(SinkError) {
        let written = try await queue.run { [sinks, late] () throws(SinkError) in
            let line = late.withLock { $0.take() }
            for (rows, place) in line {
                for (index, sink) in sinks.enumerated() {
                    try sink.insert(
                        rows[index], ordinal: place.ordinal, chunk: place.chunk, offset: place.offsets[index])
                }
            }
            return line.count
        }
        tally?.wrote(written)
    }

    /// Everything appended so far is on the disk when this returns; more is appended meanwhile.
    func sync() async throws(SinkError) {
        try await syncing.run { [sinks] () throws(SinkError) in
            for sink in sinks { try sink.sync() }
        }
    }

    /// Gives the records that are not done to those outputs that list them, too.
    func list(_ journal: any Journal, steps: [String]) async throws {
        let listing = sinks.filter(\.listsEveryRecord)
        guard !listing.isEmpty else { return }
        try await queue.run {
            try journal.reader().forEachEnding { ending in
                let record = ending.record
                guard record.outcome != .done, record.outcome != .notReached else { return }
                let step = record.failure?.step.flatMap { steps.indices.contains($0) ? steps[$0] : nil }
                for sink in listing {
                    try sink.list(
                        ListedRecord(
                            ordinal: record.ordinal, id: record.id, outcome: record.outcome, step: step,
                            failure: record.failure?.failure))
                }
            }
        }
    }

    func finish(_ ending: OutputEnding) async throws(SinkError) -> [WrittenOutput] {
        try await flush()
        return try await queue.run { [sinks] () throws(SinkError) in
            var written: [WrittenOutput] = []
            for sink in sinks { written.append(try sink.finish(ending)) }
            return written
        }
    }
}

/// Rows of records that left their chunk, on their way to the outputs.
private struct LateLine {
    private static let mostRecords = 64
    private static let mostBytes = 256 << 10

    private var waiting: [(rows: [[UInt8]], place: LeaverPlace)] = []
    private var bytes = 0

    /// - Returns: whether the line is so long that it should be handed over.
    mutating func add(_ rows: [[UInt8]], of place: LeaverPlace) -> Bool {
        waiting.append((rows, place))
        bytes += rows.reduce(0) { $0 + $1.count }
        return waiting.count >= Self.mostRecords || bytes >= Self.mostBytes
    }

    mutating func take() -> [(rows: [[UInt8]], place: LeaverPlace)] {
        defer { (waiting, bytes) = ([], 0) }
        return waiting
    }
}

/// Where the rows of a record that left its chunk belong.
struct LeaverPlace: Sendable {
    var ordinal: Int
    var chunk: Int
    /// For each output, how many bytes of the chunk's rows stand before it.
    var offsets: [Int]
}
