public import Diagnostics

/// Why an expression has no value for one record: a fault of the recipe, or data the recipe did not expect.
///
/// The message holds no text of the record beyond a short excerpt.
public struct EvaluationError: Error, Hashable, Sendable {
    public let message: String
    /// The part of the expression that failed.
    public let span: SourceSpan

    public init(_ message: String, at span: SourceSpan) {
        self.message = message
        self.span = span
    }
}

extension EvaluationError {
    /// `recipe.yaml:12:5`.
    public var place: String { "\(span.file):\(span.start.line):\(span.start.column)" }
}
