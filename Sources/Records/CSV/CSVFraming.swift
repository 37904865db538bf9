/// Finds where the rows of a CSV file end, after RFC 4180: a quote that opens a cell hides line ends until it is closed.
///
/// Lines without a quote in them are found by searching for the line end alone; only rows with quotes are walked through.
/// A quote inside a cell that does not begin with one is text (`5" pipe`).
struct CSVFraming: RowFraming {
    private enum State { case cellStart, plain, quoted, quoteInQuoted }

    private let delimiter: UInt8
    private var state = State.cellStart
    /// Whether the last look ended inside a row.
    private var isInRow = false
    /// Everything of the block before this place was looked at.
    private var scanned = 0
    /// The next quote and the next CR at or behind the last place that was searched from; before zero when not known.
    private var nextQuote = -1
    private var nextReturn = -1

    init(delimiter: UInt8) { self.delimiter = delimiter }

    mutating func moved(by distance: Int) {
        scanned = max(scanned - distance, 0)
        nextQuote = -1
        nextReturn = -1
    }

    mutating func end(of start: Int, in block: UnsafeRawBufferPointer, isLast: Bool) -> Int? {
        guard start < block.count else { return nil }
        if !isInRow, let end = endOfPlainLine(from: start, in: block) {
            scanned = end
            return end
        }
        scanned = max(scanned, start)
        if let end = walk(block, isLast: isLast) {
            scanned = end
            state = .cellStart
            isInRow = false
            return end
        }
        isInRow = !isLast
        guard isLast else { return nil }
        scanned = block.count
        state = .cellStart
        return block.count
    }

    /// The end of a row without quotes; nil when it has one, or does not end in this block.
    @inline(__always)
    private mutating func endOfPlainLine(from start: Int, in block: UnsafeRawBufferPointer) -> Int? {
        let feed = find(newLine, in: block, from: start)
        guard feed < block.count else { return nil }
        if nextQuote < start { nextQuote = find(quote, in: block, from: start) }
        if nextReturn < start { nextReturn = find(carriageReturn, in: block, from: start) }
        guard nextQuote > min(feed, nextReturn) else { return nil }
        return nextReturn < feed - 1 ? nextReturn + 1 : feed + 1
    }

    /// Goes on from where the last look ended; nil when the row goes on behind the block.
    private mutating func walk(_ block: UnsafeRawBufferPointer, isLast: Bool) -> Int? {
        var place = scanned
        while place < block.count {
            if state == .quoted {
                place = find(quote, in: block, from: place)
                guard place < block.count else { break }
                state = .quoteInQuoted
                place += 1
                continue
            }
            switch block[place] {
            case newLine:
                return place + 1
            case carriageReturn:
                if place + 1 < block.count { return block[place + 1] == newLine ? place + 2 : place + 1 }
                if isLast { return place + 1 }
                // Whether a line feed follows stands in the next block.
                scanned = place
                return nil
            case quote where state == .cellStart || state == .quoteInQuoted:
                state = .quoted
            case delimiter:
                state = .cellStart
            default:
                state = .plain
            }
            place += 1
        }
        scanned = block.count
        return nil
    }
}

let newLine = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
let quote = UInt8(ascii: "\"")
