public import Digests
public import Values

/// One output file of a run.
///
/// Rows of records that finish with their chunk come in order and are appended as they come (`append`). A record that
/// waited for an answer finishes later, in any order; its row is kept aside with the place where it belongs (`insert`).
/// `finish` merges both and replaces the target whole, so that neither memory nor order depends on how far the slowest
/// record is behind.
///
/// `format` may be called from any lane at the same time, `sync` while rows are appended; everything else has one caller
/// at a time, on a queue for blocking work.
public protocol RecordSink: Sendable {
    /// The path as the recipe wrote it, relative to the output folder.
    var path: String { get }

    /// Every file that it writes, `path` first: what it has so far, what it keeps while it runs. Relative to the output
    /// folder.
    var fileNames: [String] { get }

    /// Appends the bytes of one done record to a buffer; nothing is written yet.
    func format(_ record: borrowing FinishedRecord, into buffer: inout [UInt8]) throws(Failure)

    /// Opens the spool beside the target. With a mark, cuts it back to that mark and goes on behind it; the bytes
    /// before it are verified against the mark's hash.
    func open(at mark: SinkMark?) throws(SinkError)

    /// The rows of one chunk, in order. Chunks come in order, numbered from 0 without gaps.
    func append(_ rows: [UInt8], count: Int, chunk: Int) throws(SinkError)

    /// The row of a record that left its chunk: it stands behind the first `offset` bytes of the chunk's rows.
    func insert(_ row: [UInt8], ordinal: Int, chunk: Int, offset: Int) throws(SinkError)

    /// How far the rows go that were appended so far.
    func mark() throws(SinkError) -> SinkMark

    /// Brings to the disk at least what was appended before the call. Another caller may append meanwhile.
    func sync() throws(SinkError)

    /// Whether it has rows of records that are not done: see ``list(_:)``.
    var listsEveryRecord: Bool { get }

    /// Adds the row of a record that is not done, behind the rows of those that are. Called in the input's order, once
    /// the run is over and before ``finish(_:)``.
    func list(_ record: ListedRecord) throws(SinkError)

    /// Writes the rows in the input's order: to the target if the run is complete, else to `NAME.partial.EXT`, leaving
    /// the target and the spool as they are.
    func finish(complete: Bool) throws(SinkError) -> WrittenOutput

    /// The same with a third way to end: see ``OutputEnding``.
    func finish(_ ending: OutputEnding) throws(SinkError) -> WrittenOutput
}

/// How far a run is when its outputs are written.
public enum OutputEnding: Sendable {
    /// No record can add a row any more: the target is replaced, and what the rows were kept in is removed.
    case complete
    /// Only waiting records are left: the target is replaced, and the rows are kept for when these have ended.
    case waiting
    /// The target stays, and the rows so far go to `NAME.partial.EXT`.
    case stopped
}

extension RecordSink {
    public var fileNames: [String] { [path] }
    public var listsEveryRecord: Bool { false }
    public func list(_ record: ListedRecord) throws(SinkError) {}

    public func finish(_ ending: OutputEnding) throws(SinkError) -> WrittenOutput {
        switch ending {
        case .complete, .waiting: try finish(complete: true)
        case .stopped: try finish(complete: false)
        }
    }
}

/// How far an output's appended rows are safe.
public struct SinkMark: Hashable, Sendable {
    /// In bytes of the spool.
    public var offset: Int64
    /// Of the spool's first `offset` bytes.
    public var content: Fingerprint
    /// The chunks and rows appended so far.
    public var chunks: Int
    public var rows: Int
    /// What it takes to go on with the SHA-256 of those bytes: see ``SHA256Stream/state``. Nil where the spool will not be
    /// the output as it is, and of runs that an older version began.
    public var hashing: String?
    /// Of where each of the chunks begins; nil of runs that an older version began.
    public var places: Fingerprint?

    public init(
        offset: Int64, content: Fingerprint, chunks: Int, rows: Int, hashing: String? = nil, places: Fingerprint? = nil
    ) {
        self.offset = offset
        self.content = content
        self.chunks = chunks
        self.rows = rows
        self.hashing = hashing
        self.places = places
    }
}

/// A done record as outputs see it.
public struct FinishedRecord: Sendable {
    public var record: Record
    public var slots: Slots
    /// `record.flags`: what went wrong without ending the record.
    public var flags: [String]

    public init(record: Record, slots: Slots, flags: [String]) {
        self.record = record
        self.slots = slots
        self.flags = flags
    }
}

/// A record that is not done, as outputs see it.
public struct ListedRecord: Sendable {
    public var ordinal: Int
    public var id: String
    public var outcome: Outcome
    /// The name of the step at which it ended; nil where it did not get so far.
    public var step: String?
    public var failure: Failure?

    public init(ordinal: Int, id: String, outcome: Outcome, step: String?, failure: Failure?) {
        self.ordinal = ordinal
        self.id = id
        self.outcome = outcome
        self.step = step
        self.failure = failure
    }
}

/// A file that a run left.
public struct WrittenOutput: Hashable, Sendable {
    /// Relative to the output folder; ends in `.partial.EXT` for a run that is not complete.
    public var path: String
    /// As many as the file holds.
    public var records: Int
    /// Of these, those that are not done and stand in it all the same: see ``RecordSink/listsEveryRecord``. Known to the
    /// process that wrote them; no journal keeps it.
    public var listed = 0
    public var bytes: Int64
    public var sha256: SHA256Digest

    public init(path: String, records: Int, bytes: Int64, sha256: SHA256Digest) {
        self.path = path
        self.records = records
        self.bytes = bytes
        self.sha256 = sha256
    }
}

/// An output that cannot be written: a full disk, a read-only folder.
public struct SinkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Names the file and what to do.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
