/// Text that grows piece by piece, with white space as it is shown: rules only.
///
/// Breaks and blanks are wanted first and written before the next sign that can be seen, so that nothing begins or ends
/// with them and no two of them add up.
struct BlockText {
    private var bytes: [UInt8] = []
    /// Line ends that are wanted.
    private var breaks = 0
    private var blanks = 0
    /// What stands before the next sign that can be seen: the dash of an item.
    var mark: [UInt8] = []

    private var preformatted = 0
    /// Nothing but the start of preformatted text was seen: a line end there is not shown.
    private var isFreshlyPreformatted = false

    /// The cells that the present row has so far, for each table inside another.
    private var cells: [Int] = []
    /// Ends of cells that are wanted.
    private var cellEnds = 0
    /// Nothing was written in this cell yet.
    private var isFreshCell = false
    /// Nothing was written in this row yet: its own break is still wanted.
    private var isFreshRow = false

    var whole: String { String(decoding: bytes, as: UTF8.self) }

    // MARK: Breaks

    /// - Parameter count: 1 for a line of its own, 2 for a blank line between.
    mutating func wantBreak(_ count: Int) {
        guard !isFreshCell else { return }
        // Lines of one cell stand close, or no row could be told from the next.
        breaks = max(breaks, (cells.last ?? 0) > 0 ? min(count, 1) : count)
        blanks = 0
    }

    mutating func breakLine() {
        guard !isFreshCell else { return }
        breaks = preformatted > 0 ? breaks + 1 : min(2, breaks + 1)
        blanks = 0
    }

    mutating func beginPreformatted() {
        preformatted += 1
        isFreshlyPreformatted = true
    }

    mutating func endPreformatted() {
        preformatted -= 1
        breaks = min(breaks, 2)
        isFreshlyPreformatted = false
    }

    // MARK: Tables

    mutating func beginTable() { cells.append(0) }

    mutating func endTable() {
        _ = cells.popLast()
        cellEnds = 0
        isFreshCell = false
    }

    mutating func beginRow() {
        endRow()
        if !cells.isEmpty { cells[cells.count - 1] = 0 }
        isFreshRow = true
    }

    mutating func endRow() {
        cellEnds = 0
        isFreshCell = false
        wantBreak(1)
    }

    mutating func beginCell() {
        guard let count = cells.last else { return wantBreak(1) }
        cells[cells.count - 1] = count + 1
        if count > 0 {
            cellEnds += 1
            if !isFreshRow { breaks = 0 }
        }
        blanks = 0
        isFreshCell = true
    }

    mutating func endCell() { isFreshCell = false }

    // MARK: Text

    /// - Parameter piece: whole characters of UTF-8.
    mutating func add(_ piece: some Collection<UInt8>) {
        var at = piece.startIndex
        while at < piece.endIndex {
            let byte = piece[at]
            if byte > 0x20, byte < 0x7F {
                begin()
                bytes.append(byte)
                piece.formIndex(after: &at)
            } else if byte < 0x80 {
                addSpace(byte)
                piece.formIndex(after: &at)
            } else {
                addScalar(of: piece, at: &at)
            }
        }
    }

    private mutating func addSpace(_ byte: UInt8) {
        // Other control characters are nothing that could be read.
        guard byte == 0x20 || (0x09...0x0D).contains(byte) else { return }
        guard preformatted > 0 else {
            if breaks == 0, !bytes.isEmpty { blanks = 1 }
            return
        }
        if byte == UInt8(ascii: "\n") {
            if !isFreshlyPreformatted { breakLine() }
        } else if byte != UInt8(ascii: "\r") {
            blanks += byte == UInt8(ascii: "\t") ? 4 : 1
        }
        isFreshlyPreformatted = false
    }

    private mutating func addScalar<Piece: Collection<UInt8>>(of piece: Piece, at: inout Piece.Index) {
        let first = piece[at]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var scalar = UInt32(first) & (length == 4 ? 0x07 : length == 3 ? 0x0F : 0x1F)
        let start = at
        piece.formIndex(after: &at)
        for _ in 1..<length where at < piece.endIndex {
            scalar = scalar << 6 | UInt32(piece[at] & 0x3F)
            piece.formIndex(after: &at)
        }
        switch scalar {
        case 0x80...0x9F:
            // What was a number of Windows-1252 in `&#150;`, as every browser reads it.
            begin()
            bytes += Charset.windows1252(UInt8(scalar)).utf8
        case 0xA0, 0x2000...0x200A, 0x202F, 0x205F, 0x3000, 0x2028, 0x2029: addSpace(0x20)
        case 0xAD, 0x200B, 0x2060, 0xFEFF: break
        default:
            begin()
            bytes += piece[start..<at]
        }
    }

    /// Writes what is wanted before a sign that can be seen.
    private mutating func begin() {
        guard breaks | blanks | cellEnds | mark.count != 0 || isFreshCell || isFreshRow || isFreshlyPreformatted
        else { return }
        (isFreshCell, isFreshRow, isFreshlyPreformatted) = (false, false, false)
        if !bytes.isEmpty { bytes.append(contentsOf: repeatElement(UInt8(ascii: "\n"), count: breaks)) }
        for number in 0..<cellEnds { bytes += (number == 0 && breaks > 0 ? "| " : " | ").utf8 }
        if cellEnds > 0 || (preformatted == 0 && breaks > 0) { blanks = 0 }
        if !mark.isEmpty {
            bytes += mark
            mark = []
            blanks = 0
        }
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: blanks))
        (breaks, blanks, cellEnds) = (0, 0, 0)
    }
}
