/// The kinds of step, input, output and provider that exist.
///
/// Handed in as a value, so that a new kind is one folder elsewhere. A kind that the language names and the grammar lacks
/// gets an error of its own, see ``LanguageKinds``.
package struct Grammar: Sendable {
    package var steps: [KindGrammar]
    package var inputs: [KindGrammar]
    package var outputs: [KindGrammar]
    package var providers: [KindGrammar]

    package init(steps: [KindGrammar], inputs: [KindGrammar], outputs: [KindGrammar], providers: [KindGrammar]) {
        self.steps = steps
        self.inputs = inputs
        self.outputs = outputs
        self.providers = providers
    }
}

/// One kind: the key that names it, what stands there, and the keys it allows beside it.
package struct KindGrammar: Sendable {
    package var name: String
    package var about: String
    /// A step's body: keys, a map of computed fields, a list of rules. For inputs and outputs mostly a path. A provider
    /// is named by `provider: NAME`, so its form is never read.
    package var form: Form
    /// Keys that may stand beside the kind's own: `match` beside `folder`, `columns` beside `csv`, `url` beside
    /// `provider: openai`. Of steps only `each` has one, its inner `steps`, which the language adds; the common keys are
    /// the language's, too.
    package var siblings: [Key]

    package init(_ name: String, _ form: Form, siblings: [Key] = [], about: String) {
        self.name = name
        self.about = about
        self.form = form
        self.siblings = siblings
    }
}

/// Every kind that the language names; a version may have fewer.
package enum LanguageKinds {
    package static let steps = [
        "ask", "set", "check", "split", "each", "lookup", "fetch", "run", "review", "write", "send",
    ]
    package static let inputs = ["folder", "csv", "jsonl", "json", "sqlite", "postgres"]
    package static let outputs = ["csv", "jsonl", "json", "junit"]
    package static let providers = ["local", "openai", "anthropic"]
}
