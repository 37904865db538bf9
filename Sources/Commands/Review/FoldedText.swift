internal import Diagnostics

/// Text as lines of a terminal, none wider than it.
enum FoldedText {
    /// The most lines that one text may have; what is longer says so.
    static let mostLines = 20_000

    /// Breaks between words where that can be done. Orders to the terminal are spelled out, tabs are blanks.
    static func lines(_ text: String, width: Int, indent: String = "") -> [String] {
        let room = max(8, width - columns(of: indent))
        var lines: [String] = []
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            if lines.count >= mostLines {
                lines.append(indent + "… and more than can be shown here")
                break
            }
            lines += folded(String(line), room).map { indent + $0 }
        }
        return lines
    }

    private static func folded(_ line: String, _ room: Int) -> [String] {
        var lines: [String] = []
        var current = String.UnicodeScalarView()
        var used = 0
        /// Where the last blank of the current line stands, with the columns up to behind it.
        var blank: (index: String.UnicodeScalarView.Index, used: Int)?
        func add(_ scalar: Unicode.Scalar) {
            let width = columns(of: scalar)
            if used + width > room {
                if let at = blank {
                    lines.append(String(current[..<at.index]))
                    let rest = current[current.index(after: at.index)...]
                    current = String.UnicodeScalarView(rest)
                    used -= at.used
                } else {
                    lines.append(String(current))
                    current = String.UnicodeScalarView()
                    used = 0
                }
                blank = nil
            }
            current.append(scalar)
            used += width
            if scalar == " " { blank = (current.index(before: current.endIndex), used) }
        }
        for scalar in line.printable.unicodeScalars {
            guard lines.count < mostLines else { break }
            if scalar == "\t" { for _ in 0..<4 { add(" ") } } else { add(scalar) }
        }
        lines.append(String(current))
        return lines
    }

    /// The beginning of a line that has room for so much.
    static func cut(_ text: String, _ width: Int) -> String {
        var cut = String.UnicodeScalarView()
        var used = 0
        for scalar in text.printable.unicodeScalars {
            let scalar: Unicode.Scalar = scalar == "\n" || scalar == "\t" ? " " : scalar
            used += columns(of: scalar)
            if used > width {
                while used > width - 1, let last = cut.popLast() { used -= columns(of: last) }
                cut.append("…")
                break
            }
            cut.append(scalar)
        }
        return String(cut)
    }

    static func columns(of text: String) -> Int { text.unicodeScalars.reduce(0) { $0 + columns(of: $1) } }

    /// 0 for what stands on its neighbour, 2 for the wide signs of East Asia and for pictures, else 1.
    static func columns(of scalar: Unicode.Scalar) -> Int {
        if scalar.value < 0x300 { return 1 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
            0x1F900...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
