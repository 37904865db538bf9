package import Values

/// What a person says of a record that waits.
package struct Decision: Hashable, Sendable {
    package enum Word: String, Sendable, CaseIterable {
        /// Of a review: go on, with the edits if there are any.
        case approve
        /// Of an answer that keeps its rules nowhere: take it as it is.
        case accept
        /// Of such an answer: take this one instead, which stands in ``Decision/edits``.
        case write
        /// Of what may have happened: the step counts as done.
        case happened
        /// It is done, or asked, once more.
        case again
        /// The record goes no further.
        case reject
    }

    package var word: Word
    /// Who said it.
    package var by: String
    /// Where it was said: `terminal`, the address of a browser.
    package var from: String?
    package var note: String?
    /// New values by the names of ``Wait/fields``, such as `draft.subject`.
    package var edits: ValueMap
    /// Of an approval of many at once: the rule in CEL that chose them.
    package var rule: String?

    package init(
        _ word: Word, by: String, from: String? = nil, note: String? = nil, edits: ValueMap = ValueMap(),
        rule: String? = nil
    ) {
        self.word = word
        self.by = by
        self.from = from
        self.note = note
        self.edits = edits
        self.rule = rule
    }
}

extension Decision {
    /// Reads a `decision` entry; nil for one in words of a later version.
    package init?(_ entry: JournalEntry) throws(JournalError) {
        let value = try entry.bodyValue()
        guard entry.kind == .decision, value["word"]?.string != nil else { throw entry.unreadable("has no word") }
        self.init(value)
    }

    /// Reads what ``value`` wrote.
    package init?(_ value: Value) {
        guard let word = value["word"]?.string.flatMap(Word.init(rawValue:)) else { return nil }
        self.init(
            word, by: value["by"]?.string ?? "", from: value["from"]?.string, note: value["note"]?.string,
            edits: value["edits"]?.map ?? ValueMap(), rule: value["rule"]?.string)
    }

    /// What is empty is left out.
    package var value: Value {
        var map = ValueMap([("word", .string(word.rawValue)), ("by", .string(by))])
        if let from { map.set("from", to: .string(from)) }
        if let note { map.set("note", to: .string(note)) }
        if !edits.isEmpty { map.set("edits", to: .map(edits)) }
        if let rule { map.set("rule", to: .string(rule)) }
        return .map(map)
    }

    /// `Ada said no: the tone is wrong`.
    package var rejection: String {
        "\(by.isEmpty ? "a person" : by)\(Self.no)" + (note.map { ": \($0)" } ?? "")
    }

    private static let no = " said no"

    /// The note in a ``rejection``, whoever said it; nil for one without, and for other messages.
    package static func reason(of rejection: String) -> String? {
        guard let said = rejection.firstRange(of: no + ": ") else { return nil }
        var note = rejection[said.upperBound...]
        while note.first?.isWhitespace ?? false { note.removeFirst() }
        while note.last?.isWhitespace ?? false { note.removeLast() }
        return String(note)
    }
}

extension JournalEntry {
    /// The entry that decides about a question.
    ///
    /// - Parameter start: The `start` entry of what is in doubt.
    package static func decided(_ decision: Decision, about start: JournalEntry, at time: Timestamp) -> JournalEntry {
        JournalEntry(
            ordinal: start.ordinal, step: start.step, item: start.item, draw: start.draw, kind: .decision, at: time,
            key: start.key, body: JSON.bytes(of: decision.value))
    }

    /// The entry that decides about what waits.
    static func decided(_ decision: Decision, about wait: OpenWait, at time: Timestamp) -> JournalEntry {
        var body = decision.value.map ?? ValueMap()
        body.set("wait", to: .int(wait.number))
        return JournalEntry(
            ordinal: wait.ordinal, step: wait.step, item: wait.item, draw: wait.draw, kind: .decision, at: time,
            key: wait.key, body: JSON.bytes(of: .map(body)))
    }

    /// Of a `decision` entry: the number of the `waiting` event that it is about; nil for one without.
    package var decidedWait: Int64? {
        guard kind == .decision, case .success(let value) = Result(catching: { try bodyValue() }) else { return nil }
        return value["wait"]?.int
    }
}
