package import Journaling
internal import Runs
internal import Values

/// An attempt that was made before a person was asked, and what was wrong with it.
package struct PastAttempt: Hashable, Sendable {
    package var step: String
    /// Counted from 1.
    package var attempt: Int
    /// Nil for the one that went on.
    package var problem: String?
    /// As passages of text; one without a name where it is no JSON object.
    package var answer: [Passage]
    /// The way from the attempt before, by the names of passages; empty for the first.
    package var changes: [Change]

    package struct Change: Hashable, Sendable {
        package var name: String
        package var parts: [TextChange]
    }

    /// Longer answers are shown up to here.
    static let longest = 20_000
}

extension PastAttempt {
    /// The attempts of every step that did not answer well at once, and of the step that waits, oldest first.
    ///
    /// - Parameter name: the name of a step by its place in the plan.
    package static func attempts(
        in events: [JournalEvent], name: (JournalEvent) -> String
    ) throws(JournalError) -> [PastAttempt] {
        var attempts: [PastAttempt] = []
        for event in events {
            let entry = event.entry
            let step = name(event)
            switch entry.kind {
            case .retried: continue
            case .failed:
                let failed = try FailedAttempt(entry)
                let problem = "\(failed.failure.cause.code): \(failed.failure.message)"
                // What came is kept as an answer first, and then said to be wrong.
                if let place = attempts.lastIndex(where: {
                    $0.step == step && $0.attempt == entry.draw && $0.problem == nil
                }) {
                    attempts[place].problem = problem
                } else {
                    attempts.append(PastAttempt(step, entry.draw, problem, failed.answer))
                }
            case .answer:
                let body = try entry.bodyValue()
                guard let text = body["text"]?.string else { continue }
                attempts.append(PastAttempt(step, entry.draw, nil, text))
            default: continue
            }
        }
        let troubled = Set(attempts.filter { $0.problem != nil }.map(\.step))
        var shown = attempts.filter { troubled.contains($0.step) }
        for place in shown.indices.dropFirst() {
            guard let before = shown[..<place].last(where: { $0.step == shown[place].step }) else { continue }
            shown[place].compare(with: before)
        }
        return shown
    }

    private init(_ step: String, _ attempt: Int, _ problem: String?, _ answer: String?) {
        let cut = answer.map { String(String.UnicodeScalarView($0.unicodeScalars.prefix(Self.longest))) } ?? ""
        var passages = cut.isEmpty ? [] : [Passage("", cut, isSource: false)]
        // An answer that is no JSON, which may be what is wrong with it, is shown as it came.
        if let answer,
            case .success(.map(let map)) = Result(catching: { () throws(JSONError) in try JSON.parse(answer) })
        {
            passages = Passage.passages("", .map(map), isSource: false)
        }
        self.init(step: step, attempt: attempt, problem: problem, answer: passages, changes: [])
    }

    private mutating func compare(with before: PastAttempt) {
        changes = answer.compactMap { passage in
            guard let earlier = before.answer.first(where: { $0.name == passage.name }) else { return nil }
            guard !earlier.text.hasSameBytes(as: passage.text) else { return nil }
            return Change(name: passage.name, parts: TextChange.changes(from: earlier.text, to: passage.text))
        }
    }
}
