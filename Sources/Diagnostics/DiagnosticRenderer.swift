/// How problems read on a terminal: `file:line:column: error: …`, the line, a caret, the notes.
public struct DiagnosticRenderer: Sendable {
    /// The lines of each file that spans name, by the file's name in those spans.
    public var sources: [String: String]
    public var colour: Bool

    public init(sources: [String: String], colour: Bool = false) {
        self.sources = sources
        self.colour = colour
    }

    /// Every problem in the order of its place, one block each.
    public func render(_ problems: [Diagnostic]) -> String {
        problems.map(render).joined()
    }

    public func render(_ problem: Diagnostic) -> String {
        var text = header(problem.severity.rawValue, problem.message, problem.span, tint: problem.severity.tint)
        for note in problem.notes {
            text += header("note", note.message, note.span, tint: "36")
        }
        return text
    }

    private func header(_ label: String, _ message: String, _ span: SourceSpan?, tint: String) -> String {
        let place = span.map { "\($0.file):\($0.start.line):\($0.start.column): " } ?? ""
        let line = "\(paint(place, "1"))\(paint("\(label):", tint)) \(message)\n"
        guard let span, let excerpt = excerpt(span, tint: tint) else { return line }
        return line + excerpt
    }

    /// The line a span starts on, cut to a readable width around the place, with a caret under it.
    private func excerpt(_ span: SourceSpan, tint: String) -> String? {
        guard let source = sources[span.file], let line = sourceLine(span.start.line, of: source) else { return nil }
        var scalars = line.unicodeScalars.map { $0 == "\t" || $0.properties.generalCategory == .control ? " " : $0 }
        var column = min(span.start.column, scalars.count + 1)
        let sameLine = span.end.line == span.start.line
        var width = max(1, (sameLine ? min(span.end.column, scalars.count + 1) : scalars.count + 1) - column)
        let widest = 100
        if scalars.count > widest {
            let from = max(0, min(column - 1 - widest / 3, scalars.count - widest))
            scalars = Array(scalars[from..<min(from + widest, scalars.count)])
            column -= from
            width = max(1, min(width, scalars.count - column + 1))
        }
        var shown = ""
        shown.unicodeScalars.append(contentsOf: scalars)
        let number = String(span.start.line)
        let gutter = String(repeating: " ", count: max(0, 5 - number.count)) + number
        let caret = "^" + String(repeating: "~", count: width - 1)
        let indent = String(repeating: " ", count: column - 1)
        return "\(gutter) | \(shown)\n      | \(indent)\(paint(caret, tint))\n"
    }

    private func sourceLine(_ number: Int, of source: String) -> String? {
        var current = 1
        var line: [UInt8] = []
        for byte in source.utf8 {
            if byte == UInt8(ascii: "\n") {
                if current == number { break }
                current += 1
            } else if current == number, byte != UInt8(ascii: "\r") {
                line.append(byte)
            }
        }
        return current == number ? String(decoding: line, as: UTF8.self) : nil
    }

    private func paint(_ text: String, _ code: String) -> String {
        colour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension Diagnostic.Severity {
    fileprivate var tint: String { self == .error ? "1;31" : "1;33" }
}
