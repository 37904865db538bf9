internal import Journaling
internal import Reviewing
internal import Values

/// What there is to read about one record, from the question down, before it is folded to a width.
struct ReviewBody {
    struct Line: Hashable {
        enum Style: Hashable { case plain, heading, name, wrong, change }

        var text: String
        var style: Style
        var indent = 0
    }

    private(set) var lines: [Line] = []

    /// - Parameter edits: what the person wrote and has not approved yet, by the names of fields.
    init(_ detail: ReviewDetail, edits: ValueMap?) {
        let wait = detail.wait
        add(wait.question, .heading)
        if let problem = wait.problem { add(problem, .wrong) }
        if let edits, !edits.isEmpty {
            section("YOUR CHANGES")
            for field in wait.fields {
                guard let value = edits[field.name] else { continue }
                change(from: Passage.passages(field.name, field.value), to: Passage.passages(field.name, value))
            }
        }
        let answers = detail.shown.filter { !$0.isSource }
        if !answers.isEmpty { section(wait.kind == .doubt ? "WHAT WAS TO BE DONE" : "THE ANSWER") }
        for passage in answers { add(passage) }
        let source = detail.shown.filter(\.isSource) + detail.source
        if !source.isEmpty { section("THE DOCUMENT") }
        for passage in source { add(passage, quoted: detail.quoted[passage.name] ?? []) }
        if !detail.attempts.isEmpty { section("WHAT WAS TRIED  [-gone-] {+new+}") }
        for attempt in detail.attempts { add(attempt) }
    }

    private mutating func add(_ text: String, _ style: Line.Style, indent: Int = 0) {
        lines.append(Line(text: text, style: style, indent: indent))
    }

    private mutating func section(_ title: String) {
        add("", .plain)
        add(title, .heading)
    }

    private mutating func add(_ passage: Passage, quoted: [Range<Int>] = []) {
        if !passage.name.isEmpty { add(passage.name + ":", .name) }
        guard !quoted.isEmpty else { return add(passage.text, .plain, indent: 2) }
        let bytes = Array(passage.text.utf8)
        var text = ""
        var end = 0
        for stretch in quoted {
            text += String(decoding: bytes[end..<stretch.lowerBound], as: UTF8.self) + ">>"
            text += String(decoding: bytes[stretch], as: UTF8.self) + "<<"
            end = stretch.upperBound
        }
        add(text + String(decoding: bytes[end...], as: UTF8.self), .plain, indent: 2)
    }

    private mutating func add(_ attempt: PastAttempt) {
        add("\(attempt.step), attempt \(attempt.attempt)", .name)
        if let problem = attempt.problem { add(problem, .wrong, indent: 2) }
        if attempt.changes.isEmpty {
            for passage in attempt.answer { add(passage) }
        } else {
            for change in attempt.changes { add(change.name, change.parts) }
        }
    }

    private mutating func change(from old: [Passage], to new: [Passage]) {
        for passage in new {
            let before = old.first { $0.name == passage.name }?.text ?? ""
            guard !before.hasSameBytes(as: passage.text) else { continue }
            add(passage.name, TextChange.changes(from: before, to: passage.text))
        }
    }

    /// With signs, because colours are not for everybody.
    private mutating func add(_ name: String, _ parts: [TextChange]) {
        if !name.isEmpty { add(name + ":", .name) }
        let text = parts.map { part in
            switch part {
            case .same(let text): text
            case .gone(let text): "[-\(text)-]"
            case .new(let text): "{+\(text)+}"
            }
        }.joined()
        add(text, .change, indent: 2)
    }

    // MARK: On a terminal

    func folded(width: Int, _ terminal: Terminal) -> [String] {
        lines.flatMap { line in
            let indent = String(repeating: " ", count: line.indent)
            return FoldedText.lines(line.text, width: width, indent: indent).map { text in
                switch line.style {
                case .plain: text
                case .heading: terminal.paint(text, "1")
                case .name: terminal.paint(text, "2")
                case .wrong: terminal.paint(text, "31")
                case .change: terminal.paint(text, "36")
                }
            }
        }
    }
}
