public import Diagnostics

/// The answer notation as it stands in a recipe, freed from YAML.
///
/// It is what a recipe writes under `answer:`, `fields:`, `meta:` and `rows:`; ``AnswerType`` says what it means.
public indirect enum AnswerNotation: Sendable {
    /// A scalar of any kind by its text: `string <= 700`, `integer or null`, a choice of `one of`, the number of `at most`.
    case word(LocatedText)
    /// `[string]`, or the choices of `one of`.
    case list([AnswerNotation], at: SourceSpan)
    /// Nested fields, `{one of: …}`, `{list of: …, at most: n}`, each also with `or: null`. No two keys alike.
    case map([(key: Located<String>, value: AnswerNotation)], at: SourceSpan)

    /// Where it stands.
    public var span: SourceSpan {
        switch self {
        case .word(let text): text.span
        case .list(_, let span), .map(_, let span): span
        }
    }
}
