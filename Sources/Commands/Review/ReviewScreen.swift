internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

/// One record on a screen: what stands on each of its rows.
struct ReviewScreen {
    var run: String
    var counts: QueueCounts
    var view: QueueView
    var detail: ReviewDetail?
    /// Lines of the record's body, folded to the width.
    var body: [String]
    var scroll: Int
    /// The last thing that was said to the person.
    var message: String
    /// What the person is typing into, and what stands there.
    var prompt: (question: String, text: String)?
    var help: Bool
    var hasEdits: Bool
    /// Whether an edit was not taken, and is neither mended nor given up.
    var hasRefusedEdit = false

    /// How many lines of the body there is room for.
    func room(columns: Int, rows: Int) -> Int { max(3, rows - 4 - foot(columns: columns).count) }

    /// As many rows as there are, or fewer.
    func rows(columns: Int, rows: Int, _ terminal: Terminal) -> [String] {
        let rule = String(repeating: "-", count: min(columns, 200))
        let room = room(columns: columns, rows: rows)
        var lines = [
            terminal.paint(
                FoldedText.cut("\(counts.open) waiting, \(counts.answered) answered   \(run)", columns), "1"),
            FoldedText.cut(title, columns), rule,
        ]
        let content = help ? Self.helpLines.map { FoldedText.cut($0, columns) } : body
        let shown = content.dropFirst(help ? 0 : scroll).prefix(room)
        lines += shown
        lines += Array(repeating: "", count: room - shown.count)
        let below = help ? 0 : max(0, body.count - scroll - room)
        lines.append(FoldedText.cut(below > 0 ? "\(rule.prefix(4)) \(below) more lines: space " + rule : rule, columns))
        return lines + foot(columns: columns)
    }

    /// What was said last, or what is typed, and the keys: in as many lines as they need, so that none of it is cut off.
    private func foot(columns: Int) -> [String] {
        if let prompt {
            // The end of what is typed is what matters.
            let text = String(
                prompt.text.unicodeScalars.suffix(max(8, columns - FoldedText.columns(of: prompt.question) - 4)))
            return [FoldedText.cut("\(prompt.question): \(text)_", columns), "Enter takes it, Esc leaves it"]
        }
        var said = FoldedText.lines(message, width: columns)
        if said.count > Self.mostSaid {
            said = Array(said.prefix(Self.mostSaid))
            said[Self.mostSaid - 1] = FoldedText.cut(said[Self.mostSaid - 1], columns - 2) + " …"
        }
        let keys = self.keys.reduce(into: [String]()) { lines, key in
            if let last = lines.last, FoldedText.columns(of: last + key) + 2 <= columns {
                lines[lines.count - 1] = "\(last)  \(key)"
            } else {
                lines.append(FoldedText.cut(key, columns))
            }
        }
        return said + keys
    }

    /// Lines of what was said last.
    private static let mostSaid = 4

    private var title: String {
        guard let wait = detail?.wait else { return nothing }
        let deadline = wait.deadline.map { " · answer by \($0.clock)" } ?? ""
        return "\(wait.record) · \(wait.step) · \(wait.kind.words)\(deadline)"
    }

    private var nothing: String {
        guard counts.open > 0 else { return "Nothing waits." }
        let wanted =
            (view.text.isEmpty ? [] : ["'\(view.text)'"]) + (view.step.map { ["step '\($0)'"] } ?? [])
            + (view.kind.map { ["kind '\($0.rawValue)'"] } ?? [])
        guard !wanted.isEmpty else { return "Nothing else waits." }
        return "None of \(Figures.count(counts.open, "waiting record")) matches \(wanted.joined(separator: " and "))."
    }

    private var keys: [String] {
        guard let wait = detail?.wait else { return ["/ find", "u undo", "? help", "q quit"] }
        if hasRefusedEdit {
            return ["e mend your edit", "u give it up", "r reject", "s skip", "? help", "q quit"]
        }
        var keys: [String] = []
        if let first = wait.choices.first(where: { $0 != .again && $0 != .reject && $0 != .write }) {
            keys.append("a \(first.key)\(hasEdits && first == .approve ? " with your changes" : "")")
        }
        if wait.choices.contains(.write) { keys.append("w write") }
        if !wait.fields.isEmpty { keys.append("e edit") }
        if wait.choices.contains(.again) { keys.append("g again") }
        return keys + ["r reject", "s skip", "u undo", "? help", "q quit"]
    }

    static let helpLines = [
        "a  approve; accept an answer as it is; say that it happened",
        "e  edit in $EDITOR what may be edited; a (or w) then takes your changes along",
        "   an edit that is not taken is mended with e, or given up with u, before a or w",
        "w  write the answer that you edited", "g  ask again, or do it again",
        "r  reject; the reason is asked for, and reports group by it",
        "n  a note that goes with your next answer",
        "s  skip to the next; skipped ones come again", "u  undo your last answer, while no run has used it",
        "o  order by age, step or kind", "/  only records with this in their id",
        "space, b, j, k, arrows  read on and back", "?  this; any key goes back", "q  quit; what you answered is kept",
    ]
}

extension Decision.Word {
    /// Behind a key.
    fileprivate var key: String {
        switch self {
        case .approve: "approve"
        case .accept: "accept"
        case .happened: "it happened"
        case .write: "write"
        case .again: "again"
        case .reject: "reject"
        }
    }
}
