package import Diagnostics
package import Schemas
package import Values

/// What stood at a key, read by its ``Form``.
package indirect enum Setting: Sendable {
    case text(LocatedText)
    case expression(LocatedText)
    case template(LocatedText)
    case integer(Located<Int>)
    case number(Located<Double>)
    case boolean(Located<Bool>)
    case duration(Located<Values.Duration>)
    case share(Located<Share>)
    case width(Located<Width>)
    case choice(Located<String>)
    case answer(AnswerNotation)
    case value(Located<Value>)
    case list([Setting], SourceSpan)
    case map([Entry], SourceSpan)
    case fields(Fields)
    case kind(KindSetting)
    /// Something stands here whose mistake has been reported. Whoever needs its value assumes nothing and says nothing.
    case broken(SourceSpan)

    /// One key of the author's choice and what stands there.
    package struct Entry: Sendable {
        package var key: Located<String>
        package var setting: Setting
    }

    package var span: SourceSpan {
        switch self {
        case .text(let text), .expression(let text), .template(let text): text.span
        case .integer(let it): it.span
        case .number(let it): it.span
        case .boolean(let it): it.span
        case .duration(let it): it.span
        case .share(let it): it.span
        case .width(let it): it.span
        case .choice(let it): it.span
        case .answer(let notation): notation.span
        case .value(let it): it.span
        case .list(_, let span), .map(_, let span), .broken(let span): span
        case .fields(let fields): fields.span
        case .kind(let kind): kind.span
        }
    }

    package var isBroken: Bool {
        if case .broken = self { true } else { false }
    }
}

/// A map of one of some kinds.
package struct KindSetting: Sendable {
    /// Empty where the map gives no kind that exists, or more than one; the body is broken then.
    package var kind: Located<String>
    /// What stands at the kind's own key. For a kind that a discriminator names it is a choice.
    package var body: Setting
    /// Every key as it was read, also the kind's own.
    package var fields: Fields
    package var span: SourceSpan
}

/// `30%`, or a number of records.
package enum Share: Hashable, Sendable {
    /// 0 up to 1.
    case fraction(Double)
    case count(Int)
}

/// How many at once.
package enum Width: Hashable, Sendable {
    case auto
    case count(Int)
}
