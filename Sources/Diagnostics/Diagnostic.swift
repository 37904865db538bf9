/// One problem of a recipe or its input: what is wrong, where, and what to do about it.
///
/// The message starts in lower case, has no full stop, and quotes the author's own words.
public struct Diagnostic: Hashable, Sendable {
    public enum Severity: String, Sendable {
        case error, warning
    }

    /// A second place that explains the first.
    public struct Note: Hashable, Sendable {
        public var message: String
        public var span: SourceSpan?
        /// See ``Diagnostic/hidesLine``.
        public var hidesLine = false
    }

    public var severity: Severity
    public var message: String
    /// Nil for what has no place in a file, such as a missing folder.
    public var span: SourceSpan?
    public var notes: [Note] = []
    /// Whether the line it stands on must not be shown, because there may be a secret in it.
    public var hidesLine = false

    public init(_ severity: Severity, _ message: String, at span: SourceSpan?, notes: [Note] = []) {
        self.severity = severity
        self.message = message
        self.span = span
        self.notes = notes
    }

    public static func error(_ message: String, at span: SourceSpan?) -> Diagnostic {
        Diagnostic(.error, message, at: span)
    }

    public static func warning(_ message: String, at span: SourceSpan?) -> Diagnostic {
        Diagnostic(.warning, message, at: span)
    }

    /// The same problem, shown without the line it stands on.
    public func hidingLine() -> Diagnostic {
        var hiding = self
        hiding.hidesLine = true
        return hiding
    }

    /// The same problem, shown without those lines that must not be, neither its own nor those of its notes.
    public func hidingLines(where isHidden: (SourceSpan) -> Bool) -> Diagnostic {
        var hiding = self
        if let span, isHidden(span) { hiding.hidesLine = true }
        for index in notes.indices {
            if let span = notes[index].span, isHidden(span) { hiding.notes[index].hidesLine = true }
        }
        return hiding
    }

    /// The same problem with one more note.
    public func noting(_ message: String, at span: SourceSpan? = nil) -> Diagnostic {
        var noted = self
        noted.notes.append(Note(message: message, span: span))
        return noted
    }
}

/// The problems found so far. Passed `inout` through reading and planning, so that one pass reports every mistake.
public struct Problems: Sendable {
    /// In the order they were found, no two alike.
    public private(set) var all: [Diagnostic] = []
    private var known: Set<Diagnostic> = []
    private var withheld = WithheldTexts()

    public init() {}

    public mutating func add(_ problem: Diagnostic) {
        let problem = withheld.takenOut(of: problem)
        if known.insert(problem).inserted { all.append(problem) }
    }

    /// From now on no problem quotes a text that may be a secret, or shows a line that it stands on.
    public mutating func withhold(_ text: String, at span: SourceSpan) {
        withheld.add(text, at: span)
    }

    /// Whether a text that may be a secret stands exactly here.
    public func withholds(_ span: SourceSpan) -> Bool { withheld.stands(at: span) }

    public mutating func error(_ message: String, at span: SourceSpan?) {
        add(.error(message, at: span))
    }

    public var hasErrors: Bool { all.contains { $0.severity == .error } }

    /// By file and place; those without a place first, in the order they were found.
    public var sorted: [Diagnostic] {
        all.enumerated().sorted { one, other in
            switch (one.element.span, other.element.span) {
            case (nil, nil): one.offset < other.offset
            case (nil, _): true
            case (_, nil): false
            case (let a?, let b?):
                (a.file, a.start.line, a.start.column, one.offset) < (
                    b.file, b.start.line, b.start.column, other.offset
                )
            }
        }.map(\.element)
    }
}
