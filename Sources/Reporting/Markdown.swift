internal import Pages

/// A piece of Markdown in which everything that came from outside stands as it is: in code spans, which mark up nothing.
struct Markdown: Hashable {
    private(set) var source = ""

    /// Words of ours.
    mutating func add(_ words: StaticString) { source += words.description }

    /// A text that holds no markup of its own: letters, digits and what our figures are made of.
    mutating func add(figure text: String) { source += Self.escaped(text) }

    /// A text from outside, on one line and shown letter by letter.
    mutating func add(code text: String) { source += Self.code(text) }

    mutating func end() { source += "\n" }

    /// A table whose columns stand one under the other in a terminal too; those after the first `left` hold numbers.
    mutating func add(table header: [String], left: Int, rows: [[Cell]]) {
        let cells = ([header.map(Cell.figure)] + rows).map { $0.map(\.source) }
        let widths = header.indices.map { column in
            max(4, cells.map { $0[column].unicodeScalars.count }.max() ?? 0)
        }
        for (number, row) in cells.enumerated() {
            let padded = zip(row, widths).enumerated().map { column, cell in
                let blank = String(repeating: " ", count: cell.1 - cell.0.unicodeScalars.count)
                return column < left ? cell.0 + blank : blank + cell.0
            }
            source += "| " + padded.joined(separator: " | ") + " |\n"
            guard number == 0 else { continue }
            let rules = widths.enumerated().map { column, width in
                String(repeating: "-", count: width - 1) + (column < left ? "-" : ":")
            }
            source += "| " + rules.joined(separator: " | ") + " |\n"
        }
    }

    enum Cell {
        case figure(String)
        case code(String)

        fileprivate var source: String {
            let source =
                switch self {
                case .figure(let text): Markdown.escaped(text)
                case .code(let text): Markdown.code(text)
                }
            // A code span hides no bar from a table.
            return source.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in visible(text).unicodeScalars {
            if "\\`*_[]<>#~&!".unicodeScalars.contains(scalar) { escaped.append("\\") }
            escaped.append(scalar)
        }
        return String(escaped)
    }

    /// A code span whose fence is longer than any run of backticks in it.
    private static func code(_ text: String) -> String {
        let line = visible(text)
        if line.isEmpty { return "(empty)" }
        var (run, longest) = (0, 0)
        for byte in line.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let apart = line.hasPrefix("`") || line.hasSuffix("`") ? " " : ""
        return fence + apart + line + apart + fence
    }

    /// On one line, with signs for the characters that move a terminal or turn the text around them.
    private static func visible(_ text: String) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x0D, 0x09, 0x2028, 0x2029: visible.append(" ")
            default:
                if let sign = VisibleSign.of(scalar) {
                    visible.append(contentsOf: sign.unicodeScalars)
                } else {
                    visible.append(scalar)
                }
            }
        }
        return String(visible)
    }
}
