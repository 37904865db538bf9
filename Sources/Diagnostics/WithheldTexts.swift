/// Texts of a file that may be secrets. No problem quotes them, or shows a line that they stand on.
struct WithheldTexts: Sendable {
    private var texts: [String] = []
    private var spans: [SourceSpan] = []

    /// What a message says instead.
    private static let placeholder = "‹not shown›"
    /// A shorter text is taken out only where it is quoted as a whole, or words would lose letters.
    private static let leastInside = 4

    mutating func add(_ text: String, at span: SourceSpan) {
        spans.append(span)
        if !text.isEmpty, !texts.contains(text) { texts.append(text) }
    }

    func stands(at span: SourceSpan) -> Bool { spans.contains(span) }

    func takenOut(of problem: Diagnostic) -> Diagnostic {
        guard !spans.isEmpty else { return problem }
        var clean = problem.hidingLines(where: touches)
        clean.message = takenOut(of: problem.message)
        for index in clean.notes.indices { clean.notes[index].message = takenOut(of: clean.notes[index].message) }
        return clean
    }

    /// Whether a withheld text stands on the line on which a span starts, which is the one that is shown.
    private func touches(_ span: SourceSpan) -> Bool {
        spans.contains { $0.file == span.file && ($0.start.line...$0.end.line).contains(span.start.line) }
    }

    private func takenOut(of message: String) -> String {
        var message = message
        for text in texts {
            message = message.replacing("'\(text)'", with: Self.placeholder)
            if text.utf8.count >= Self.leastInside { message = message.replacing(text, with: Self.placeholder) }
        }
        return message
    }
}
