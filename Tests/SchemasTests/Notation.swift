import Diagnostics
import Schemas
import Testing

/// The answer notation as literals: `["text": "string <= 700", "dates": ["date"]]`.
indirect enum Notation: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, Sendable
{
    case word(String)
    case list([Notation])
    case map([(String, Notation)])

    init(stringLiteral text: String) { self = .word(text) }
    init(arrayLiteral items: Notation...) { self = .list(items) }
    init(dictionaryLiteral entries: (String, Notation)...) { self = .map(entries) }

    var answer: AnswerNotation {
        switch self {
        case .word(let text): .word(LocatedText(text))
        case .list(let items): .list(items.map(\.answer), at: .start)
        case .map(let entries): .map(entries.map { (Located($0, at: .start), $1.answer) }, at: .start)
        }
    }
}

extension SourceSpan {
    static let start = SourceSpan(
        file: "recipe.yaml", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 1))
}

extension LocatedText {
    /// A text that starts its file.
    init(_ text: String) {
        let scalars = text.unicodeScalars.count
        self.init(
            text,
            span: SourceSpan(
                file: "recipe.yaml", start: SourcePosition(line: 1, column: 1),
                end: SourcePosition(line: 1, column: 1 + scalars)))
    }
}

extension AnswerType {
    /// A notation that has no mistakes.
    init(reading notation: Notation, for use: Use = .answer) throws {
        var problems = Problems()
        let type = AnswerType.read(notation.answer, for: use, problems: &problems)
        #expect(problems.all.isEmpty)
        self = try #require(type)
    }
}
