package import Values

/// What a person says of a side effect that may have happened.
package struct Decision: Hashable, Sendable {
    package enum Word: String, Sendable, CaseIterable {
        /// The step counts as done.
        case happened
        /// It is done once more.
        case again
        /// The record goes no further.
        case reject
    }

    package var word: Word
    /// Who said it.
    package var by: String
    package var note: String?

    package init(_ word: Word, by: String, note: String? = nil) {
        self.word = word
        self.by = by
        self.note = note
    }
}

extension Decision {
    /// Reads a `decision` entry; nil for one about something else, in words of its own.
    package init?(_ entry: JournalEntry) throws(JournalError) {
        let value = try entry.bodyValue()
        guard entry.kind == .decision, let word = value["word"]?.string else { throw entry.unreadable("has no word") }
        guard let word = Word(rawValue: word) else { return nil }
        self.init(word, by: value["by"]?.string ?? "", note: value["note"]?.string)
    }
}

extension JournalEntry {
    /// The entry that decides about a question.
    ///
    /// - Parameter start: The `start` entry of what is in doubt.
    package static func decided(_ decision: Decision, about start: JournalEntry, at time: Timestamp) -> JournalEntry {
        var map = ValueMap([("word", .string(decision.word.rawValue)), ("by", .string(decision.by))])
        if let note = decision.note { map.set("note", to: .string(note)) }
        return JournalEntry(
            ordinal: start.ordinal, step: start.step, item: start.item, draw: start.draw, kind: .decision, at: time,
            key: start.key, body: JSON.bytes(of: .map(map)))
    }
}
