public import Diagnostics
public import Values

/// A text with expressions in `{{ }}`, checked and ready to be rendered for any number of records.
///
/// What an expression gives is inserted once and never read again as a template. Two braces themselves are written
/// `{{ "{{" }}`; `}}` alone is plain text.
public struct Template: Sendable {
    private enum Piece: Sendable {
        case text(String)
        case expression(Expression)
    }

    /// Behind one reference, like that of an ``Expression`` and for the same reason.
    private final class Content: Sendable {
        let source: LocatedText
        let reads: [ReadPath]
        let pieces: [Piece]

        init(source: LocatedText, reads: [ReadPath], pieces: [Piece]) {
            self.source = source
            self.reads = reads
            self.pieces = pieces
        }
    }

    private let content: Content

    public var source: LocatedText { content.source }
    /// Everything its expressions read, each once, in the order of the text.
    public var reads: [ReadPath] { content.reads }

    /// Whether a text is a template: `{{` stands in it.
    public static func contains(_ text: String) -> Bool { text.containsBytes(of: "{{") }

    /// Reads and checks a text with expressions. Reports every mistake it can find at its place and returns nil then.
    ///
    /// - Parameter isNeeded: whether nothing can be done with an empty text here, so that null is no case for one.
    public static func compile(
        _ text: LocatedText, in scope: Scope, isNeeded: Bool = false, problems: inout Problems
    ) -> Template? {
        let bytes = Array(text.text.utf8)
        var pieces: [Piece] = []
        var isBroken = false
        var start = 0
        while let open = offset(of: Array("{{".utf8), in: bytes, from: start) {
            if open > start { pieces.append(.text(String(decoding: bytes[start..<open], as: UTF8.self))) }
            do throws(SyntaxError) {
                let (syntax, end) = try Parser.parse(bytes, from: open + 2)
                start = end
                let found = Expression(syntax, of: text, in: scope, problems: &problems)
                if let found, found.check(in: syntax, knowing: scope, isNeeded: isNeeded, &problems) {
                    pieces.append(.expression(found))
                } else {
                    isBroken = true
                }
            } catch {
                isBroken = true
                let close = offset(of: Array("}}".utf8), in: bytes, from: open + 2)
                problems.add(mistake(error, open, close, bytes, text))
                // What follows the broken expression is looked at as well.
                start = close.map { $0 + 2 } ?? bytes.count
            }
        }
        if start < bytes.count { pieces.append(.text(String(decoding: bytes[start...], as: UTF8.self))) }
        return isBroken ? nil : Template(text, pieces)
    }

    private static func mistake(
        _ error: SyntaxError, _ open: Int, _ close: Int?, _ bytes: [UInt8], _ text: LocatedText
    ) -> Diagnostic {
        guard let close else { return .error("this `{{` has no closing `}}`", at: text.span(of: open..<open + 2)) }
        let inside = bytes[open + 2..<close]
        if inside.allSatisfy({ $0 == UInt8(ascii: " ") }) {
            return .error("an expression is missing between `{{` and `}}`", at: text.span(of: open..<close + 2))
        }
        return .error(error.message, at: text.span(of: error.range))
    }

    private init(_ source: LocatedText, _ pieces: [Piece]) {
        var reads: [ReadPath] = []
        for case .expression(let expression) in pieces {
            for read in expression.reads where !reads.contains(read) { reads.append(read) }
        }
        content = Content(source: source, reads: reads, pieces: pieces)
    }

    public func render(_ slots: borrowing Slots) throws(EvaluationError) -> String {
        var text = ""
        try append(to: &text, slots)
        return text
    }

    /// Renders to the end of a text. After an error the text holds what came before the failing part.
    public func append(to text: inout String, _ slots: borrowing Slots) throws(EvaluationError) {
        for piece in content.pieces {
            switch piece {
            case .text(let plain): text += plain
            case .expression(let expression): try expression.append(to: &text, slots)
            }
        }
    }
}

extension Template {
    /// A value as it stands in a text.
    static func text(of value: Value) throws(Fault) -> String {
        switch value {
        case .null: throw Fault("the value is null, which has no text; give another with `orValue`")
        case .list: throw Fault("a list has no text of its own; write `.join(\", \")` or `json(…)`")
        case .map: throw Fault("a map has no text of its own; write `json(…)` or read one field")
        case .optional: throw Fault("an optional has no text; end it with `.orValue(…)`")
        case .type(let name): return name
        default: return try Conversion.string(value)
        }
    }
}

extension Expression {
    /// Whether the value can stand in a text; reports why not.
    fileprivate func check(
        in syntax: Syntax, knowing scope: Scope, isNeeded: Bool, _ problems: inout Problems
    ) -> Bool {
        var type = type
        if case .nullable(let inner) = type, let names = syntax.dottedName?.names, names.count == 1,
            let warning = scope.warning(ofNull: names[0])
        {
            problems.add(.warning(warning, at: source.span(of: syntax.range)))
            type = inner
        }
        let part = String(
            decoding: source.text.utf8.dropFirst(syntax.range.lowerBound).prefix(syntax.range.count), as: UTF8.self)
        let message: String
        switch type {
        case .nullable where isNeeded, .null where isNeeded:
            message =
                "'\(part)' may be null, and an empty text will not do here; leave the step out then, "
                + "`when: \(part) != null`"
        case .nullable, .null:
            let other = type.withoutNull == .string && syntax.dottedName?.names.count ?? 0 > 1
            message =
                "'\(part)' may be null, and null has no text; "
                + (other ? "write `\(syntax.optionalReading(part))`" : "test it first, `\(part) != null ? … : …`")
        case .list(.string): message = "'\(part)' is a list; write `\(part).join(\", \")` or `json(\(part))`"
        case .list: message = "'\(part)' is a list; write `json(\(part))`, or make texts of its items and `join` them"
        case .map, .object: message = "'\(part)' is a map; write `json(\(part))` or read one field"
        case .optional: message = "'\(part)' is an optional; end it with `.orValue(…)`"
        default: return true
        }
        problems.error(message, at: source.span(of: syntax.range))
        return false
    }
}

extension Syntax {
    /// `a.b` as `a.?b.orValue("")`.
    fileprivate func optionalReading(_ text: String) -> String {
        guard case .select(let operand, let field) = kind else { return text }
        return "\(Substring(text.utf8.prefix(operand.range.count))).?\(field.name).orValue(\"\")"
    }
}
