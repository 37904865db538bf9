/// What can stand at a key of a recipe.
///
/// One table of forms and keys drives the reader, the errors about unknown keys, the schema for editors and the language
/// reference, so that none of them can tell a different language.
package indirect enum Form: Sendable {
    /// A path, a pattern, a name: taken as it is, so `{{` in it is an error.
    case text
    /// CEL.
    case expression
    /// Text with `{{ CEL }}` in it.
    case template
    /// The value of a field to compute: a template where `{{` stands in it, else CEL.
    case computed
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    /// An amount of money above 0.
    case amount
    case boolean
    /// `10s`, `3d`, `2h`, `1m30s`, `500ms`.
    case duration
    /// `30%`, or a whole number of records.
    case share
    /// A whole number from one up, or `auto`.
    case width
    case choice([String])
    /// The notation for types: what stands under `answer:`, `fields:`, `rows:`.
    case answer
    /// Any YAML, as a plain value.
    case value
    case list(of: Form)
    /// A list, or one item without the dash. Read as a list either way.
    case oneOrList(of: Form)
    /// Keys of the author's choice.
    case map(of: Form)
    case keys([Key])
    /// A map that is of one of some kinds: a step, an input, an output, a model.
    case kinds(Kinds)
    /// The first of these that fits the shape that stands there: a scalar, a list or a map.
    case anyOf([Form])
    /// Part of the language, but not of this version.
    case later
}

/// One key of the recipe language.
package struct Key: Sendable {
    package var name: String
    package var form: Form
    package var required: Bool
    /// What holds when the key is left out, as the reference says it.
    package var defaultText: String?
    /// What the key is for: one sentence, for the reference and for editors.
    package var about: String
    /// A value as a recipe would write it.
    package var example: String?

    package init(
        _ name: String, _ form: Form, required: Bool = false, default defaultText: String? = nil, about: String,
        example: String? = nil
    ) {
        self.name = name
        self.form = form
        self.required = required
        self.defaultText = defaultText
        self.about = about
        self.example = example
    }
}

/// The kinds that a map can be of, how it says which, and the keys that all of them have.
package struct Kinds: Sendable {
    /// What the map is, with its article: `a step`.
    package var noun: String
    package var kinds: [KindGrammar]
    /// Kinds of the language that this version lacks.
    package var later: [String]
    package var common: [Key]
    /// The key that names the kind, such as `provider`; nil where the kind's own name is the key, such as `ask`.
    package var discriminator: String?

    package subscript(name: String) -> KindGrammar? { kinds.first { $0.name == name } }
}
