package import Digests
package import Journaling
package import Values

/// What a person says of what was seen.
package struct ReviewAnswer: Hashable, Sendable {
    package var word: Decision.Word
    /// Of what the person saw: see `OpenWait.key`. Another draft has another hash, and is not what this is about.
    package var seen: SHA256Digest
    package var note: String?
    /// New values by the names of `Wait.fields`.
    package var edits: ValueMap
    /// Of an approval of many at once.
    package var rule: String?

    package init(
        _ word: Decision.Word, seen: SHA256Digest, note: String? = nil, edits: ValueMap = ValueMap(),
        rule: String? = nil
    ) {
        self.word = word
        self.seen = seen
        self.note = note
        self.edits = edits
        self.rule = rule
    }

    /// Bytes of a note.
    package static let longestNote = 4_000
}

/// What became of an answer.
package enum ReviewReceipt: Hashable, Sendable {
    case counts
    /// Somebody else was first: what was said, by whom, when.
    case late(OpenWait.Decided)
    /// The record no longer waits for this: it went on, or waits anew with something else to see.
    case over
    /// It waits with something else to see than was seen.
    case changed
    /// Nobody answered in time.
    case expired(Timestamp)
    /// It cannot be said like this, and why.
    case refused([EditProblem])
}

extension ReviewReceipt {
    /// For the person, about one record.
    ///
    /// - Parameter reviewer: whose answer it was.
    package func words(about record: String, for reviewer: Reviewer) -> String {
        switch self {
        case .counts: return "\(record): noted"
        case .late(let first):
            let who = first.decision.by == reviewer.name ? "you have" : "\(first.decision.by) has"
            let verb = first.decision.word.past
            return "\(record): does not count: \(who) \(verb) it already, at \(first.at.clock)"
        case .over: return "\(record): it does not wait for this any more; this answer does not count"
        case .changed: return "\(record): it has changed since you saw it; look again"
        case .expired(let deadline):
            return "\(record): the time to answer was over at \(deadline.clock); it is rejected"
        case .refused(let problems):
            return "\(record): "
                + problems.map { $0.name.isEmpty ? $0.message : "\($0.name): \($0.message)" }
                .joined(separator: "; ")
        }
    }
}

extension Decision.Word {
    /// `approved`
    package var past: String {
        switch self {
        case .approve: "approved"
        case .accept: "accepted"
        case .write: "written"
        case .happened: "marked as happened"
        case .again: "sent back to be done again"
        case .reject: "rejected"
        }
    }

    /// What a button says.
    package func action(of kind: Wait.Kind) -> String {
        switch self {
        case .approve: "Approve"
        case .accept: "Accept as it is"
        case .write: "Write it"
        case .happened: "It happened"
        case .again: kind == .doubt ? "Do it again" : "Ask again"
        case .reject: "Reject"
        }
    }
}

extension Timestamp {
    /// `2026-11-22 14:05:09 UTC`
    package var clock: String {
        let text = Timestamp(seconds: seconds).rfc3339
        return String(text.prefix(19).map { $0 == "T" ? " " : $0 }) + " UTC"
    }
}
