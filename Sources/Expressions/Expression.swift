public import Diagnostics
public import Values

/// A CEL expression, checked against the types of its names and ready to be evaluated for any number of records.
public struct Expression: Sendable {
    public let source: LocatedText
    public let type: ValueType
    /// Everything it reads outside the variables of its macros, each once, in the order of the text.
    public let reads: [ReadPath]
    /// What cannot be null once this is true.
    let whenTrue: Facts

    /// Reads and checks an expression. Reports every mistake it can find at its place and returns nil then.
    public static func compile(_ text: LocatedText, in scope: Scope, problems: inout Problems) -> Expression? {
        nil
    }

    public func evaluate(_ slots: borrowing Slots) throws(EvaluationError) -> Value {
        .null
    }

    /// The value of a condition. An expression whose value turns out to be no boolean is an error.
    public func isTrue(_ slots: borrowing Slots) throws(EvaluationError) -> Bool {
        false
    }

    /// Whether a text is nothing but a name that can be read here, fields included: `draft.subject`.
    public static func isPlainName(_ text: String, in scope: Scope) -> Bool {
        false
    }
}
