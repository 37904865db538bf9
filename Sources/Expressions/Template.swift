public import Diagnostics
public import Values

/// A text with expressions in `{{ }}`, checked and ready to be rendered for any number of records.
///
/// What an expression gives is inserted once and never read again as a template.
public struct Template: Sendable {
    public let source: LocatedText
    /// Everything its expressions read, each once, in the order of the text.
    public let reads: [ReadPath]

    /// Whether a text is a template: `{{` stands in it.
    public static func contains(_ text: String) -> Bool {
        false
    }

    /// Reads and checks a text with expressions. Reports every mistake it can find at its place and returns nil then.
    public static func compile(_ text: LocatedText, in scope: Scope, problems: inout Problems) -> Template? {
        nil
    }

    public func render(_ slots: borrowing Slots) throws(EvaluationError) -> String {
        ""
    }

    /// Renders to the end of a text. After an error the text holds what came before the failing part.
    public func append(to text: inout String, _ slots: borrowing Slots) throws(EvaluationError) {
    }
}
