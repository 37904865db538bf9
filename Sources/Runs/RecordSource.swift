public import Digests
public import Values

/// An input, opened and described: its fields are known, its records are not read yet.
public protocol RecordSource: Sendable {
    /// The type of `input`.
    var type: ObjectType { get }
    /// What expressions know of `input`: ``type``, unless the fields are not known yet.
    var inputType: ValueType { get }
    /// What people call it: `fixtures/documents (**/*.md)`, `leads.csv`.
    var description: String { get }
    /// The columns `keep: input` writes, in their order.
    var columns: [String] { get }

    /// How many records there are, as `plan` shows it.
    func count() throws(SourceError) -> Int

    /// Whether a file is a part of the input, or would be if it were there: an output must not take its place.
    func includes(_ file: FilePlace) -> Bool

    /// Reads from the start, or goes on behind an earlier batch.
    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader

    /// What was noticed while records were read, and is no failure of any: a sentence each.
    var remarks: [String] { get }
}

extension RecordSource {
    public var inputType: ValueType { .object(type) }
    public func includes(_ file: FilePlace) -> Bool { false }
    public var remarks: [String] { [] }
}

/// Where a reader stands: what the journal keeps for a chunk, so that a resumed run can seek.
public struct InputPosition: Hashable, Sendable {
    /// The ordinal of the next record.
    public var ordinal: Int
    /// The offset of the next record's first byte, for sources that are one file; else the index of the next file.
    public var offset: Int64
    /// The line of the next record's first byte, counted from one.
    public var line: Int

    public init(ordinal: Int, offset: Int64, line: Int) {
        self.ordinal = ordinal
        self.offset = offset
        self.line = line
    }
}

/// Takes batches out of a source, one after another. Only one caller at a time; the work is cheap (finding where
/// records end), because decoding belongs to the batch.
public protocol RecordReader: AnyObject, Sendable {
    /// The next batch of at most `limit` records and about `bytes` bytes, at least one record; nil at the end.
    ///
    /// Blocks on files, so it is called on a queue for blocking work.
    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)?

    /// How many records follow, counted in the cheapest way; nothing follows afterwards.
    func countRest() throws(SourceError) -> Int

    /// Passes over the next batch without reading it, where all that the system tells of it is what it told then.
    ///
    /// - Returns: false where that is not so or cannot be told; the reader is then where it was.
    func pass(over batch: KnownBatch) throws(SourceError) -> Bool

    /// The next batch, cut where one was cut that was read before with these bounds: at its end, or, where the reader knows
    /// no places, by its count and the bounds. Whether it is the same is for the caller to find out.
    func again(_ batch: KnownBatch, limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)?
}

/// What is known of a batch that was read before.
public struct KnownBatch: Hashable, Sendable {
    /// See ``RecordBatch``.
    public var count: Int
    public var end: InputPosition
    public var stamp: Fingerprint?

    public init(count: Int, end: InputPosition, stamp: Fingerprint?) {
        self.count = count
        self.end = end
        self.stamp = stamp
    }
}

extension RecordReader {
    public func pass(over batch: KnownBatch) throws(SourceError) -> Bool { false }

    public func again(_ batch: KnownBatch, limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        try next(limit: batch.count, bytes: bytes)
    }

    public func countRest() throws(SourceError) -> Int {
        var count = 0
        while let batch = try next(limit: 1 << 16, bytes: 1 << 30) { count += batch.count }
        return count
    }
}

/// A stretch of records that are found but not decoded. Any lane may decode it, at the same time as others.
public protocol RecordBatch: Sendable {
    /// The ordinal of the first.
    var first: Int { get }
    var count: Int { get }
    /// Where the next batch starts.
    var end: InputPosition { get }
    /// Of the bytes of the batch in the source.
    var content: Fingerprint { get }
    /// Of what the system tells of the batch's bytes without reading them: sizes, times, places on the disk. Nil where it
    /// tells nothing that could be relied on.
    var stamp: Fingerprint? { get }

    /// The same batch once others have done what decoding it takes, such as programs that turn documents into text.
    ///
    /// Where the task is cancelled it ends early, and what it gives is not to be used.
    ///
    /// - Parameter wanted: ordinals of the records that will be used; nil for all.
    func prepared(_ wanted: Set<Int>?) async -> any RecordBatch

    /// Every record in order. Bad rows come as ``ReadRecord/unreadable(_:)`` and stop nothing. Of a batch that is not
    /// prepared, ids, origins and contents are right.
    func forEach(_ body: (ReadRecord) throws -> Void) rethrows
}

extension RecordBatch {
    public var stamp: Fingerprint? { nil }
    public func prepared(_ wanted: Set<Int>?) async -> any RecordBatch { self }
    public func prepared() async -> any RecordBatch { await prepared(nil) }
}

/// An input that cannot be read at all, as opposed to one bad record in it.
public struct SourceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Names the file and what to do.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
