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

    /// A table; the columns after the first `left` hold numbers.
    mutating func add(table header: [String], left: Int, rows: [[Cell]]) {
        source += "| " + header.map(Self.escaped).joined(separator: " | ") + " |\n"
        source += "|" + header.indices.map { $0 < left ? " --- |" : " ---: |" }.joined() + "\n"
        for row in rows {
            // A code span hides no bar from a table.
            let cells = row.map { $0.source.split(separator: "|", omittingEmptySubsequences: false) }
            source += "| " + cells.map { $0.joined(separator: "\\|") }.joined(separator: " | ") + " |\n"
        }
    }

    enum Cell {
        case figure(String)
        case code(String)

        fileprivate var source: String {
            switch self {
            case .figure(let text): text.isEmpty ? "" : Markdown.escaped(text)
            case .code(let text): Markdown.code(text)
            }
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

    /// On one line, with signs for the characters that move a terminal or turn the direction of the text around them.
    private static func visible(_ text: String) -> String {
        var visible = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A, 0x0D, 0x09, 0x2028, 0x2029: visible.append(" ")
            case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
                visible.append(contentsOf: "<U+\(String(scalar.value, radix: 16, uppercase: true))>".unicodeScalars)
            default: visible.append(ControlPicture.of(scalar) ?? scalar)
            }
        }
        return String(visible)
    }
}
