package import Diagnostics
package import Schemas
package import Values

/// A recipe as its author wrote it: every part named, typed by its form, and at its place. Nothing in it is compiled.
///
/// It holds as much as could be read. Where a part is nil or broken, its mistake has been reported, so that planning can
/// go on and report its own in the same pass.
package struct Recipe: Sendable {
    /// The file as the user named it.
    package var file: String
    /// The file's bytes: what tells one version of a recipe from another, and what a run keeps a copy of.
    package var bytes: [UInt8]
    /// Empty where the recipe gives none.
    package var name: Located<String>
    package var about: LocatedText?
    package var models: [ModelSpec]
    package var settings: [SettingSpec]
    package var secrets: [SecretSpec]
    /// Nil where the recipe gives none that can be read.
    package var input: InputSpec?
    package var steps: [StepSpec]
    /// What is made of all done records together.
    package var collect: [CollectSpec]
    package var out: LocatedText?
    package var outputs: [OutputSpec]
    package var limits: LimitsSpec
    /// Where parts stand under whose key something could not be read (`models`, `output`, …): what is missing from them
    /// may have been meant.
    package var broken: Set<String>

    package var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// One step: its name, its kind, and what every step may have.
package struct StepSpec: Sendable {
    /// Empty where the recipe gives none.
    package var name: Located<String>
    package var about: LocatedText?
    /// Empty where the recipe gives none, or more than one; the body is broken then.
    package var kind: Located<String>
    package var body: Setting
    package var when: LocatedText?
    package var expect: [RuleSpec]
    /// Of an `each`: what every item goes through. Empty for other kinds.
    package var steps: [StepSpec]
    package var attempts: Located<Int>?
    package var timeout: Located<Values.Duration>?
    package var otherwise: Located<Otherwise>?
    /// Every common key as it was read, also those above.
    package var common: Fields
    package var span: SourceSpan
}

/// One step over the done records, group by group.
package struct CollectSpec: Sendable {
    package var step: StepSpec
    /// Nil for one group of all.
    package var groupBy: LocatedText?
}

/// What becomes of a record when a step's attempts are used up.
package enum Otherwise: String, CaseIterable, Sendable {
    case fail, flag, skip, review
}

/// One rule of `expect` or of a `check` step.
package struct RuleSpec: Sendable {
    package var rule: LocatedText
    /// A template.
    package var because: LocatedText?
    package var severity: Severity
    package var span: SourceSpan

    package enum Severity: String, CaseIterable, Sendable {
        case error, warning
    }
}

package struct InputSpec: Sendable {
    package var kind: Located<String>
    /// The kind's own key and those beside it.
    package var fields: Fields
    package var span: SourceSpan
}

package struct OutputSpec: Sendable {
    package var kind: Located<String>
    /// The kind's own key and those beside it.
    package var fields: Fields
    package var span: SourceSpan
}

package struct SettingSpec: Sendable {
    package var name: Located<String>
    package var about: LocatedText?
    /// Nil where it is broken.
    package var type: AnswerNotation?
    package var defaultValue: Located<Value>?
    package var span: SourceSpan
}

package struct SecretSpec: Sendable {
    package enum Source: Sendable {
        /// The name of an environment variable.
        case environment(LocatedText)
        /// A path.
        case file(LocatedText)
    }

    package var name: Located<String>
    /// Nil where it is broken.
    package var source: Source?
    package var span: SourceSpan
}

package struct LimitsSpec: Sendable {
    package var inFlight: Located<Width>?
    package var failures: Located<Share>?
    package var spend: Located<Double>?
    package var time: Located<Values.Duration>?

    package init(
        inFlight: Located<Width>? = nil, failures: Located<Share>? = nil, spend: Located<Double>? = nil,
        time: Located<Values.Duration>? = nil
    ) {
        self.inFlight = inFlight
        self.failures = failures
        self.spend = spend
        self.time = time
    }
}
