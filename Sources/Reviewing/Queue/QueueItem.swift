package import Digests
package import Journaling
package import Values

/// A line of the queue: what is needed to find a record and to say in one line what it waits for.
package struct QueueItem: Hashable, Sendable {
    /// See `OpenWait.number`: what an answer names.
    package var number: Int64
    package var record: String
    package var step: String
    package var kind: Wait.Kind
    package var since: Timestamp
    package var deadline: Timestamp?
    /// The beginning of the question, or of what is wrong.
    package var headline: String
    /// The hash of all that the person sees and of what will be done after.
    package var seen: SHA256Digest
    /// What was said, as long as no run has taken it up.
    package var said: OpenWait.Decided?

    /// Characters of ``headline``.
    static let headlineLength = 160

    package init(_ open: OpenWait) {
        number = open.number
        record = open.wait.record
        step = open.wait.step
        kind = open.wait.kind
        since = open.wait.since
        deadline = open.wait.deadline
        headline = Self.start(of: open.wait.problem ?? open.wait.question)
        seen = open.key
        said = open.decided
        // The queue says that there are edits; what they are is in the detail.
        said?.decision.edits = ValueMap()
    }

    /// On one line.
    private static func start(of text: String) -> String {
        var start = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            guard start.count < headlineLength else { return String(start) + "…" }
            start.append(scalar.properties.isWhitespace || scalar == "\n" ? " " : scalar)
        }
        return String(start)
    }
}

extension Wait.Kind {
    /// As a person reads it in a list.
    package var words: String {
        switch self {
        case .review: "review"
        case .answer: "answer to settle"
        case .doubt: "in doubt"
        }
    }
}
