public import Digests
public import Values

/// Where a record came from, precise enough to find it again.
public struct RecordOrigin: Hashable, Sendable {
    /// The file, relative to the input (`letters/a.txt`, `leads.csv`), or the query's name.
    public var source: String
    /// The line of the source on which the record begins, counted from one; nil where a file is one record.
    public var line: Int?
    /// Of the record's bytes in the source.
    public var content: Fingerprint

    public init(source: String, line: Int? = nil, content: Fingerprint) {
        self.source = source
        self.line = line
        self.content = content
    }
}

/// One record as it was read.
public struct Record: Sendable {
    /// The place in the input, counted from 0. Outputs keep this order.
    public var ordinal: Int
    /// A file's relative path; a row's key, or its number. Compared by bytes.
    public var id: String
    public var origin: RecordOrigin
    /// The map that expressions know as `input`, of the source's ``RecordSource/type``.
    public var input: Value

    public init(ordinal: Int, id: String, origin: RecordOrigin, input: Value) {
        self.ordinal = ordinal
        self.id = id
        self.origin = origin
        self.input = input
    }
}

/// A record that could not be read: it has a place and a name, and fails before the first step.
public struct UnreadableRecord: Sendable {
    public var ordinal: Int
    public var id: String
    public var origin: RecordOrigin
    public var failure: Failure

    public init(ordinal: Int, id: String, origin: RecordOrigin, failure: Failure) {
        self.ordinal = ordinal
        self.id = id
        self.origin = origin
        self.failure = failure
    }
}

/// What a source has at one place.
public enum ReadRecord: Sendable {
    case record(Record)
    case unreadable(UnreadableRecord)
}
