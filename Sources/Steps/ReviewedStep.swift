package import Runs
package import Schemas
package import Values

/// A step that a person answers. Nobody performs it: the record waits, and goes on once there is a decision.
///
/// The decision is its answer, as JSON: `word` (`approve`, `reject` or `expired`), `by`, `at`, `note`, and `edits`, new
/// values by the names of ``fields``.
package protocol ReviewedStep: AnsweredStep {
    /// How long a person has; nil for ever.
    var within: Values.Duration? { get }

    /// What may be written anew.
    var fields: [EditableField] { get }

    /// What the person is asked and shown.
    func inquiry(for row: borrowing Slots) throws(Failure) -> Inquiry
}

extension ReviewedStep {
    package func perform(_ question: Question, in context: StepContext) async -> Reply { .stopped }
}

/// What a person is asked and shown.
package struct Inquiry: Sendable {
    package var question: String
    /// By the expressions that the recipe shows, in its order.
    package var shown: [(name: String, value: Value)]

    package init(question: String, shown: [(name: String, value: Value)]) {
        self.question = question
        self.shown = shown
    }
}

/// A field of an earlier answer that a person may write anew.
package struct EditableField: Sendable {
    /// As the recipe wrote it: `draft.subject`.
    package var name: String
    /// The step's slot.
    package var slot: Int
    /// The way into its answer; empty for the whole.
    package var path: [String]
    package var type: AnswerType

    package init(name: String, slot: Int, path: [String], type: AnswerType) {
        self.name = name
        self.slot = slot
        self.path = path
        self.type = type
    }

    package func value(in row: borrowing Slots) -> Value {
        path.reduce(row[slot]) { value, name in value[name] ?? .null }
    }
}
