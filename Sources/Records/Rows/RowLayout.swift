internal import Digests
internal import Runs

/// How the records of one file format lie in its bytes. ``RowReader`` cuts a file by it, ``RowBatch`` decodes by it.
protocol RowLayout: Sendable {
    associatedtype Framing: RowFraming
    /// What a decoder keeps from row to row of one batch.
    associatedtype Scratch

    /// The file as messages and origins name it.
    var source: String { get }
    /// What an id is taken from; nil where records are numbered.
    var key: String? { get }

    /// What a record is called that has no id of its own.
    func number(of place: RowPlace) -> Int

    func makeFraming() -> Framing
    func makeScratch() -> Scratch
    /// The same layout in objects of its own, for one batch: lanes that count references to one object hold each other
    /// up.
    func copy() -> Self

    /// Whether a stretch that the framing found holds no record, such as an empty line.
    func isBlank(_ row: UnsafeRawBufferPointer) -> Bool

    /// Of a row's id, exactly as ``read(_:at:with:)`` will make it; nil when the row has none.
    func keyFingerprint(of row: UnsafeRawBufferPointer) -> Fingerprint?

    func read(_ row: UnsafeRawBufferPointer, at place: RowPlace, with scratch: inout Scratch) -> ReadRecord
}

/// Finds where records end, without decoding them: one pass over the bytes by the one reader of a file.
protocol RowFraming: SendableMetatype {
    /// One past the last byte of the row that begins at `start`; nil when the block ends first.
    ///
    /// Asked again after more bytes came, it goes on where it stopped. Where the block is the last, what is left is a
    /// row, and nil means that nothing is.
    mutating func end(of start: Int, in block: UnsafeRawBufferPointer, isLast: Bool) -> Int?

    /// The bytes moved to the front of a new block by so many places.
    mutating func moved(by distance: Int)

    /// Whether what ends a row depends on nothing that stands before it, so that one may begin with any.
    static var beginsAnywhere: Bool { get }
}

extension RowFraming {
    static var beginsAnywhere: Bool { true }
}

/// What a row's decoder knows of its surroundings.
struct RowPlace {
    var ordinal: Int
    /// Of the row's first byte, counted from one.
    var line: Int
    /// Whether the row is known to have no byte above 127.
    var isASCII: Bool
    /// The earlier record that has the same id.
    var earlier: Int?

    /// As people count rows.
    var number: Int { ordinal + 1 }
}

extension RowLayout {
    func number(of place: RowPlace) -> Int { place.number }

    /// The id of a row whose own id is missing or cannot be read.
    func fallbackID(at place: RowPlace) -> String {
        key == nil ? String(number(of: place)) : "row \(place.number)"
    }

    func unreadable(
        _ row: UnsafeRawBufferPointer, at place: RowPlace, id: String? = nil, line: Int? = nil, _ cause: Cause,
        _ message: String
    ) -> ReadRecord {
        .unreadable(
            UnreadableRecord(
                ordinal: place.ordinal, id: id ?? fallbackID(at: place),
                origin: RecordOrigin(source: source, line: line ?? place.line, content: Fingerprint(of: row)),
                failure: Failure(cause, message)))
    }

    /// What becomes of a row whose id an earlier one has.
    func duplicate(
        _ row: UnsafeRawBufferPointer, at place: RowPlace, id: String, line: Int? = nil, of earlier: Int
    ) -> ReadRecord {
        unreadable(
            row, at: place, id: id, line: line, .duplicateID,
            "line \(line ?? place.line) of \(source): '\(id)' is already the id of row \(earlier + 1); "
                + "the first stands, and every '\(key ?? "key")' must be another")
    }
}
