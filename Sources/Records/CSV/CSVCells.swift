/// Walks through the cells of one row.
struct CSVCells {
    /// Why a row cannot be cut into cells; the place counts from the row's first byte.
    enum Fault: Error {
        case unclosedQuote(at: Int)
        case textBehindQuote(at: Int)
    }

    private let row: UnsafeRawBufferPointer
    private let delimiter: UInt8
    private var place = 0
    private var isDone = false
    /// A cell with doubled quotes, undoubled.
    private var scratch: [UInt8] = []

    /// - Parameter row: with or without its line end.
    init(_ row: UnsafeRawBufferPointer, delimiter: UInt8) {
        self.row = CSVCells.withoutLineEnd(row)
        self.delimiter = delimiter
    }

    /// Where the next cell begins.
    var offset: Int { place }

    static func withoutLineEnd(_ row: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var count = row.count
        if count > 0, row[count - 1] == newLine { count -= 1 }
        if count > 0, row[count - 1] == carriageReturn { count -= 1 }
        return UnsafeRawBufferPointer(rebasing: row[..<count])
    }

    /// Hands over the bytes of the next cell, which are gone when `body` returns; nil behind the last.
    @inline(__always)
    mutating func next<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(Fault) -> Result? {
        if let cell = nextPlain() { return body(cell) }
        return isDone ? nil : try nextQuoted(body)
    }

    /// The bytes of the next cell where it has no quotes around it; nil for one that has, and behind the last.
    @inline(__always)
    mutating func nextPlain() -> UnsafeRawBufferPointer? {
        guard !isDone, place == row.count || row[place] != quote else { return nil }
        var end = place
        while end < row.count, row[end] != delimiter { end += 1 }
        let cell = UnsafeRawBufferPointer(rebasing: row[place..<end])
        isDone = end == row.count
        place = end + 1
        return cell
    }

    private mutating func nextQuoted<Result>(_ body: (UnsafeRawBufferPointer) -> Result) throws(Fault) -> Result {
        let opening = place
        var start = place + 1
        scratch.removeAll(keepingCapacity: true)
        while true {
            let end = find(quote, in: row, from: start)
            guard end < row.count else { throw .unclosedQuote(at: opening) }
            let piece = UnsafeRawBufferPointer(rebasing: row[start..<end])
            if end + 1 < row.count, row[end + 1] == quote {
                scratch.append(contentsOf: piece)
                scratch.append(quote)
                start = end + 2
                continue
            }
            guard end + 1 == row.count || row[end + 1] == delimiter else { throw .textBehindQuote(at: end + 1) }
            isDone = end + 1 == row.count
            place = end + 2
            if scratch.isEmpty { return body(piece) }
            scratch.append(contentsOf: piece)
            return scratch.withUnsafeBytes(body)
        }
    }

    /// How many cells are left.
    mutating func countRest() throws(Fault) -> Int {
        var count = 0
        while try next({ _ in }) != nil { count += 1 }
        return count
    }
}
