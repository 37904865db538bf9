/// How problems read on a terminal: `file:line:column: error: …`, the line, a caret, the notes.
public struct DiagnosticRenderer: Sendable {
    /// The lines of each file, by the file's name in spans.
    private let lines: [String: [ArraySlice<UInt8>]]
    private let colour: Bool

    /// - Parameter sources: the texts of the files that spans name, by the name they have there.
    public init(sources: [String: String], colour: Bool = false) {
        lines = sources.mapValues { splitLines(Array($0.utf8)) }
        self.colour = colour
    }

    /// Every problem in the given order, one block each.
    public func render(_ problems: [Diagnostic]) -> String {
        let own = problems.filter(\.hidesLine).compactMap(\.span)
        let noted = problems.flatMap { $0.notes.filter(\.hidesLine).compactMap(\.span) }
        let hidden = Set((own + noted).map(Line.init))
        return problems.map { render($0, hiding: hidden) }.joined()
    }

    public func render(_ problem: Diagnostic) -> String { render([problem]) }

    /// A line of a file.
    private struct Line: Hashable {
        var file: String
        var number: Int

        init(_ span: SourceSpan) {
            file = span.file
            number = span.start.line
        }
    }

    /// - Parameter hidden: the lines that no problem may show.
    private func render(_ problem: Diagnostic, hiding hidden: Set<Line>) -> String {
        var text = block(
            problem.severity.rawValue, problem.message, problem.span, tint: problem.severity.tint, hiding: hidden)
        for note in problem.notes {
            text += block("note", note.message, note.span, tint: "36", hiding: hidden)
        }
        return text
    }

    private func block(
        _ label: String, _ message: String, _ span: SourceSpan?, tint: String, hiding hidden: Set<Line>
    ) -> String {
        let place = span.map { "\(shown($0.file.unicodeScalars)):\($0.start.line):\($0.start.column): " } ?? ""
        let line = "\(paint(place, "1"))\(paint("\(label):", tint)) \(shown(message.unicodeScalars))\n"
        guard let span, !hidden.contains(Line(span)), let excerpt = excerpt(span, tint: tint) else { return line }
        return line + excerpt
    }

    /// The line a span starts on, cut to a readable width around the place, with a caret under it.
    private func excerpt(_ span: SourceSpan, tint: String) -> String? {
        guard let all = lines[span.file], all.indices.contains(span.start.line - 1) else { return nil }
        var line = Array(String(decoding: all[span.start.line - 1], as: UTF8.self).unicodeScalars)
        var start = min(span.start.column - 1, line.count)
        var end = span.end.line == span.start.line ? min(span.end.column - 1, line.count) : line.count
        if line.count > Self.widest {
            let from = max(0, min(start - Self.widest / 3, line.count - Self.widest))
            line = Array(line[from..<from + Self.widest])
            start = min(start - from, line.count)
            end = min(end - from, line.count)
        }
        let number = String(span.start.line)
        let gutter = String(repeating: " ", count: max(0, 5 - number.count)) + number
        let before = line[..<start].reduce(0) { $0 + $1.columns }
        let under = line[start..<max(start, end)].reduce(0) { $0 + $1.columns }
        let caret = "^" + String(repeating: "~", count: max(0, under - 1))
        let indent = String(repeating: " ", count: before)
        let margin = String(repeating: " ", count: gutter.count)
        return "\(gutter) | \(shown(line))\n\(margin) | \(indent)\(paint(caret, tint))\n"
    }

    private static let widest = 100

    private func paint(_ text: String, _ code: String) -> String {
        colour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// Lines end with LF, CRLF or CR, as in the reader that counted them.
private func splitLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    var lines: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    var at = start
    while at < bytes.endIndex {
        if bytes[at] == 0x0A || bytes[at] == 0x0D {
            lines.append(bytes[start..<at])
            if bytes[at] == 0x0D, at + 1 < bytes.endIndex, bytes[at + 1] == 0x0A { at += 1 }
            start = at + 1
        }
        at += 1
    }
    lines.append(bytes[start...])
    return lines
}

/// A text whose control characters cannot move the cursor or turn the writing round.
private func shown(_ scalars: some Sequence<Unicode.Scalar>) -> String {
    var text = ""
    for scalar in scalars { text.unicodeScalars.append(scalar.isUnruly ? " " : scalar) }
    return text
}

extension Unicode.Scalar {
    /// How many columns of a terminal it takes.
    fileprivate var columns: Int {
        switch value {
        case 0..<0x300: return 1
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return isUnruly ? 1 : 0
        default: return 1
        }
    }
}

extension Diagnostic.Severity {
    fileprivate var tint: String { self == .error ? "1;31" : "1;33" }
}
