package import Diagnostics
package import Expressions

/// A text of a step that leaves the building, or that says where to: what the plan holds against the rules of safety.
///
/// A kind declares one for each such key of its body (``PreparedStep/exposures``); the rules themselves are the planner's.
package struct Exposure: Sendable {
    package enum Role: Hashable, Sendable {
        /// What goes out. In a step that sends, a person must have seen what a record or an answer made of it.
        case content
        /// Where it goes, or what is run: never made by a record or an answer, but for the exceptions below. Its noun:
        /// `recipient`, `host`, `program`, `path`, `SQL text`.
        case destination(String)
    }

    /// As the recipe names it: `to`, `args[0]`.
    package var key: String
    package var role: Role
    package var reads: [ReadPath]
    /// Where the text stands.
    package var span: SourceSpan
    /// Whether `input.from` may stand here: the step answers the e-mail that the record is.
    package var takesSender: Bool
    /// Whether whatever stands here is held to a list of the recipe when the step runs, such as `allow`.
    package var isBounded: Bool

    package init(
        _ key: String, _ role: Role, reads: [ReadPath], span: SourceSpan, takesSender: Bool = false,
        isBounded: Bool = false
    ) {
        self.key = key
        self.role = role
        self.reads = reads
        self.span = span
        self.takesSender = takesSender
        self.isBounded = isBounded
    }
}

/// One thing that a person sees at a review.
package struct Shown: Sendable {
    /// As the recipe wrote it.
    package var text: String
    /// What stands there whole; nil where only something computed of it does.
    package var path: ReadPath?

    package init(text: String, path: ReadPath?) {
        self.text = text
        self.path = path
    }
}
