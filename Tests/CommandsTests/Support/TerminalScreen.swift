/// What stands on a terminal after a program wrote to it: as much of one as Linecook uses.
struct TerminalScreen {
    let columns: Int
    let rows: Int
    private(set) var lines: [[Unicode.Scalar]] = [[]]
    /// The longest line that was ever written, before the terminal broke it.
    private(set) var longest = 0
    /// What it could make nothing of.
    private(set) var unknown: [String] = []
    private var row = 0
    private var column = 0
    private var written = 0

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }

    /// The lines, those that scrolled away included.
    var text: [String] {
        lines.map { line in
            var text = String.UnicodeScalarView()
            text.append(contentsOf: line)
            return String(text)
        }
    }

    mutating func take(_ text: String) {
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\n": newLine()
            case "\r": (column, written) = (0, 0)
            case "\u{1B}": escape(&scalars)
            default: put(scalar)
            }
        }
    }

    private mutating func put(_ scalar: Unicode.Scalar) {
        written += 1
        longest = max(longest, written)
        if column == columns { newLine(broken: true) }
        while lines[row].count < column { lines[row].append(" ") }
        if column < lines[row].count { lines[row][column] = scalar } else { lines[row].append(scalar) }
        column += 1
    }

    private mutating func newLine(broken: Bool = false) {
        row += 1
        column = 0
        if !broken { written = 0 }
        if row == lines.count { lines.append([]) }
    }

    private mutating func escape(_ scalars: inout ArraySlice<Unicode.Scalar>) {
        guard scalars.popFirst() == "[" else { return unknown.append("an escape that begins no sequence") }
        var number = ""
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "0"..."9", ";": number.unicodeScalars.append(scalar)
            case "m": return
            case "A":
                // The cursor stops at the top of the screen; what scrolled away is out of reach.
                row = max(max(0, lines.count - rows), row - (Int(number) ?? 1))
                return
            case "J":
                lines[row].removeLast(max(0, lines[row].count - column))
                lines.removeLast(lines.count - row - 1)
                return
            default: return unknown.append("\(number)\(scalar)")
            }
        }
    }
}
