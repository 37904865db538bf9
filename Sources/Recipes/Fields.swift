package import Diagnostics
package import Schemas
package import Values

/// The keys of a fixed set that a recipe gave, each read by its form, in the order they stand.
///
/// An accessor answers nil where the key was left out, and where it is broken: ``isBroken(_:)`` tells the two apart.
package struct Fields: Sendable {
    package struct Field: Sendable {
        package var key: Located<String>
        package var setting: Setting
    }

    package var all: [Field]
    package var span: SourceSpan

    package init(_ all: [Field], span: SourceSpan) {
        self.all = all
        self.span = span
    }

    package subscript(name: String) -> Setting? {
        all.first { $0.key.value == name }?.setting
    }

    /// Where the key itself stands.
    package func keySpan(_ name: String) -> SourceSpan? {
        all.first { $0.key.value == name }?.key.span
    }

    /// Whether something stood at the key whose mistake has been reported.
    package func isBroken(_ name: String) -> Bool {
        self[name]?.isBroken ?? false
    }

    package func text(_ name: String) -> LocatedText? {
        if case .text(let it)? = self[name] { it } else { nil }
    }

    package func expression(_ name: String) -> LocatedText? {
        if case .expression(let it)? = self[name] { it } else { nil }
    }

    package func template(_ name: String) -> LocatedText? {
        if case .template(let it)? = self[name] { it } else { nil }
    }

    package func integer(_ name: String) -> Located<Int>? {
        if case .integer(let it)? = self[name] { it } else { nil }
    }

    package func number(_ name: String) -> Located<Double>? {
        if case .number(let it)? = self[name] { it } else { nil }
    }

    package func boolean(_ name: String) -> Located<Bool>? {
        if case .boolean(let it)? = self[name] { it } else { nil }
    }

    package func duration(_ name: String) -> Located<Values.Duration>? {
        if case .duration(let it)? = self[name] { it } else { nil }
    }

    package func share(_ name: String) -> Located<Share>? {
        if case .share(let it)? = self[name] { it } else { nil }
    }

    package func width(_ name: String) -> Located<Width>? {
        if case .width(let it)? = self[name] { it } else { nil }
    }

    package func choice(_ name: String) -> Located<String>? {
        if case .choice(let it)? = self[name] { it } else { nil }
    }

    package func answer(_ name: String) -> AnswerNotation? {
        if case .answer(let it)? = self[name] { it } else { nil }
    }

    package func value(_ name: String) -> Located<Value>? {
        if case .value(let it)? = self[name] { it } else { nil }
    }

    package func list(_ name: String) -> [Setting]? {
        if case .list(let items, _)? = self[name] { items } else { nil }
    }

    package func map(_ name: String) -> [Setting.Entry]? {
        if case .map(let entries, _)? = self[name] { entries } else { nil }
    }

    package func fields(_ name: String) -> Fields? {
        if case .fields(let it)? = self[name] { it } else { nil }
    }

    package func kind(_ name: String) -> KindSetting? {
        if case .kind(let it)? = self[name] { it } else { nil }
    }

    /// The texts of a list of texts; broken ones are left out.
    package func texts(_ name: String) -> [LocatedText]? {
        list(name)?.compactMap { if case .text(let it) = $0 { it } else { nil } }
    }
}
