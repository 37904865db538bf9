internal import Diagnostics
internal import Digests
internal import Journaling
internal import Pages
internal import Reporting
internal import Runs
internal import Values

/// What happened to a record as people read it: a line for each thing, what it says folded beneath.
struct HistoryText {
    var history: RecordHistory
    var width: Int
    var terminal: Terminal

    /// Long texts are shortened to so many lines; `--json` has all of them.
    private static let mostLines = 12

    var text: String {
        let place = "record \(Figures.count(history.ordinal + 1)) of \(history.run)"
        var lines = [terminal.paint(history.id.printable, "1") + " · \(place.printable)"]
        if let origin = history.origin {
            let line = origin.line.map { ", line \(Figures.count($0))" } ?? ""
            lines.append("from \(origin.source)\(line), content \(origin.content.hex.prefix(12))".printable)
        }
        if history.endedWithinChunk {
            lines.append("done: its steps only computed, and nothing more is kept of such a record")
        } else if history.happenings.isEmpty {
            lines.append("nothing happened there")
        }
        for happening in history.happenings {
            lines.append("")
            lines.append(terminal.paint(RecordTime.text(happening.at), "2") + "  " + headline(happening))
            lines += details(happening.event)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func headline(_ happening: RecordHistory.Happening) -> String {
        var place = happening.step ?? ""
        if let item = happening.item { place += ", item \(item)" }
        if happening.attempt > 1 { place += ", attempt \(happening.attempt)" }
        return (place.isEmpty ? words(happening.event) : "\(place): \(words(happening.event))").printable
    }

    private func words(_ event: RecordHistory.Event) -> String {
        switch event {
        case .asked: "asked, and no answer is known"
        case .answered(_, let usage): usage.map { "answered\(taken($0))" } ?? "answered, by what was kept"
        case .failed(let attempt, let usage):
            "\(attempt.failure.cause.code): \(attempt.failure.message)\(usage.map { taken($0) } ?? "")"
        case .waits(let wait):
            "waits for a person: \(wait.question)"
                + (wait.deadline.map { ", until \(RecordTime.text($0))" } ?? "")
        case .decided(let decision, _, let counts):
            "\(decision.by) said \(decision.word.rawValue)\(decision.from.map { " from \($0)" } ?? "")"
                + (counts ? "" : ", which does not count")
        case .takenBack: "taken back"
        case .acted(let key): "happened\(key.map { ", key \($0.hex.prefix(12))" } ?? "")"
        case .settled(let usage):
            "no answer came"
                + (usage.map {
                    $0.cost > 0 ? ", counted as \(Figures.money(billionths: $0.cost, currency: history.currency))" : ""
                }
                    ?? "")
        case .takenUpAgain: "taken up again"
        case .ended(let record): ending(record)
        }
    }

    private func ending(_ record: EndedRecord) -> String {
        let why = record.failure.map { ", \($0.failure.cause.code): \($0.failure.message)" } ?? ""
        let flags = record.flags.isEmpty ? "" : ", flagged"
        return record.outcome == .waiting ? "parked" : "ended \(record.outcome.name)\(flags)\(why)"
    }

    private func taken(_ usage: Usage) -> String {
        var parts = [" in \(Figures.duration(microseconds: usage.microseconds))"]
        if usage.tokensIn + usage.tokensOut > 0 {
            parts.append("\(Figures.count(usage.tokensIn)) tokens in, \(Figures.count(usage.tokensOut)) out")
        }
        if usage.cost > 0 { parts.append(Figures.money(billionths: usage.cost, currency: history.currency)) }
        return parts.joined(separator: ", ")
    }

    // MARK: What it says

    private func details(_ event: RecordHistory.Event) -> [String] {
        switch event {
        case .answered(let answer, _): folded(plain(answer))
        case .failed(let attempt, _):
            (attempt.prompt.map { titled("prompt", $0) } ?? []) + (attempt.answer.map { titled("answer", $0) } ?? [])
        case .waits(let wait):
            (wait.problem.map { folded($0) } ?? []) + wait.shown.flatMap { titled($0.name, plain($0.value)) }
        case .decided(let decision, let wait, _):
            (decision.note.map { titled("note", $0) } ?? []) + (decision.rule.map { titled("by the rule", $0) } ?? [])
                + decision.changes(of: wait).flatMap { change in
                    titled("\(change.field) was", plain(change.before))
                        + titled("\(change.field) is", plain(change.after))
                }
        case .ended(let record): record.flags.flatMap { titled("flag", $0) }
        case .asked, .takenBack, .acted, .settled, .takenUpAgain: []
        }
    }

    private func titled(_ title: String, _ text: String) -> [String] {
        let lines = folded(text)
        guard lines.count == 1, let line = lines.first else { return ["    \(title):"] + lines.map { "  " + $0 } }
        return ["    \(title): " + line.dropFirst(4)]
    }

    private func folded(_ text: String) -> [String] {
        let lines = FoldedText.lines(text, width: width - 2, indent: "    ")
        guard lines.count > Self.mostLines else { return lines }
        return lines.prefix(Self.mostLines) + ["    … and \(lines.count - Self.mostLines) more lines (--json has all)"]
    }

    /// A text as it is, a model's answer as its text, all else as JSON.
    private func plain(_ value: Value) -> String {
        switch value {
        case .null: "nothing"
        case .string(let text): text
        case .map(let map) where map.count == 1: map["text"]?.string ?? JSON.text(of: value)
        default: JSON.text(of: value)
        }
    }
}

/// A moment as people read it in a list: `2026-11-22 14:45:12`, in UTC.
enum RecordTime {
    static func text(_ time: Timestamp) -> String {
        let text = time.rfc3339.prefix(19)
        return text.replacing("T", with: " ") + " UTC"
    }
}
