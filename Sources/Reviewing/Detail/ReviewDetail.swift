package import Journaling
internal import Runs
internal import Values

/// All that a person sees of one record before answering.
package struct ReviewDetail: Hashable, Sendable {
    package var open: OpenWait
    /// What the recipe shows, the fields of maps one by one; then what may be edited and is not shown.
    package var shown: [Passage]
    /// The record as it came, without what ``shown`` has of it.
    package var source: [Passage]
    package var attempts: [PastAttempt]
    /// What the answer quotes of each source text, by the passage's name: bytes of its text.
    package var quoted: [String: [Range<Int>]]

    package var wait: Wait { open.wait }

    init(_ open: OpenWait, events: [JournalEvent], history: RunHistory) throws(JournalError) {
        self.open = open
        let wait = open.wait
        var shown = wait.shown.flatMap { Passage.passages($0.name, $0.value) }
        let names = Set(shown.map(\.name))
        for field in wait.fields where !field.value.isNull {
            shown += Passage.passages(field.name, field.value).filter { !names.contains($0.name) }
        }
        let ended = events.last { $0.entry.kind == .ended }
        let input = try ended.map { event throws(JournalError) in try EndedRecord(event.entry) }?.input ?? .null
        let source = Passage.passages("input", input, isSource: true).filter { passage in
            !names.contains(passage.name) && !input.isNull
        }
        attempts = try PastAttempt.attempts(in: events.filter { $0.number < open.number }) { event in
            let steps = history.start(of: event.number).outline.steps
            return steps.indices.contains(event.entry.step)
                ? steps[event.entry.step].name : "step \(event.entry.step + 1)"
        }
        let quotes = shown.filter { !$0.isSource }.flatMap { passage in
            [passage.text]
                + passage.text.split(separator: "\n").map { $0.hasPrefix("• ") ? String($0.dropFirst(2)) : String($0) }
        }
        // A letter quotes between quotation marks; an answer that is a quotation is one as a whole, or line by line.
        let inside = shown.filter { !$0.isSource }.flatMap { passage in
            passage.text.unicodeScalars.split { "\"\u{201C}\u{201D}\u{201E}\u{AB}\u{BB}".unicodeScalars.contains($0) }
                .map { String($0) }
        }
        quoted = [:]
        for passage in shown + source where passage.isSource {
            let found = QuotedPassages(of: passage.text).stretches(of: quotes + inside)
            if !found.isEmpty { quoted[passage.name] = found }
        }
        self.shown = shown
        self.source = source
    }
}
