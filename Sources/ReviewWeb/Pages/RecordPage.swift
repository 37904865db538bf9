internal import Digests
internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

/// One record: what is asked, the answer, the document beside it, and what can be said.
struct RecordPage {
    var frame: PageFrame
    var detail: ReviewDetail
    var view: QueueView
    var next: QueueItem?
    var notice: LastAnswer?
    /// Of what was just sent.
    var problems: [EditProblem]
    var sent: FormFields?

    private var wait: Wait { detail.wait }
    private var ending: String { view.query.isEmpty ? "" : "?v=1\(view.query)" }

    var page: Page {
        frame.page(wait.record, record: detail.open.decided == nil ? detail.open.number : nil) {
            frame.notice(notice, query: view.query)
            tag("p", .class("eyebrow wrap")) {
                foreign(wait.record)
                HTML(text: " · \(wait.step) · \(wait.kind.words)")
            }
            tag("h1", .class("wrap")) { foreign(wait.question) }
            tag("p", .class("soft small")) {
                HTML(
                    text: "since \(wait.since.clock)"
                        + (wait.deadline.map { " · rejected if not answered by \($0.clock)" } ?? ""))
            }
            block("div", .id("meanwhile"), .class("notice wrong"), Attribute("role", "alert"), Attribute("hidden", ""))
            {}
            if let problem = wait.problem {
                block("div", .class("notice")) { tag("p", .class("message wrap")) { foreign(problem) } }
            }
            if !problems.isEmpty { wrong }
            block("div", .class("beside")) {
                section("answer", wait.kind == .doubt ? "What was to be done" : "The answer", answers) { value($0) }
                section("source", "The document", detail.shown.filter(\.isSource) + detail.source) { marked($0) }
            }
            if detail.open.decided == nil { answering } else { said }
            if !detail.attempts.isEmpty { attempts }
        }
    }

    private var answers: [Passage] { detail.shown.filter { !$0.isSource } }

    private var wrong: HTML {
        block("div", .class("notice wrong"), Attribute("role", "alert")) {
            tag("p") { "This was not taken:" }
            tag("ul") {
                for problem in problems {
                    tag("li", .class("wrap")) {
                        if !problem.name.isEmpty {
                            tag("strong") { foreign(problem.name) }
                            ": "
                        }
                        foreign(problem.message)
                    }
                }
            }
        }
    }

    // MARK: What is seen

    private func section(
        _ id: String, _ title: String, _ passages: [Passage], _ text: (Passage) -> HTML
    ) -> HTML {
        guard !passages.isEmpty else { return HTML() }
        return HTML(
            element: "section", [Attribute("aria-labelledby", id)],
            content: HTML(
                [tag("h2", .id(id)) { title }]
                    + passages.map { passage in
                        HTML([tag("h3", .class("wrap")) { foreign(passage.name) }, text(passage)])
                    })
        ).onOwnLine
    }

    private func value(_ passage: Passage) -> HTML {
        HTML(
            element: "pre",
            [
                Attribute("dir", "auto"), Attribute("tabindex", "0"), Attribute("role", "region"),
                Attribute("aria-label", passage.name),
            ],
            content: HTML(text: "\n" + passage.text)
        ).onOwnLine
    }

    /// A document with the stretches that the answer quotes.
    private func marked(_ passage: Passage) -> HTML {
        guard let stretches = detail.quoted[passage.name] else { return value(passage) }
        let bytes = Array(passage.text.utf8)
        func part(_ range: Range<Int>) -> HTML { HTML(text: String(decoding: bytes[range], as: UTF8.self)) }
        var pieces = [HTML(text: "\n")]
        var end = 0
        for stretch in stretches {
            pieces += [part(end..<stretch.lowerBound), tag("mark") { part(stretch) }]
            end = stretch.upperBound
        }
        pieces.append(part(end..<bytes.count))
        return HTML(
            element: "pre",
            [
                Attribute("dir", "auto"), Attribute("tabindex", "0"), Attribute("role", "region"),
                Attribute("aria-label", passage.name),
            ],
            content: HTML(pieces)
        ).onOwnLine
    }

    private var attempts: HTML {
        block("section", Attribute("aria-labelledby", "attempts")) {
            tag("h2", .id("attempts")) { "What was tried" }
            for attempt in detail.attempts {
                tag("h3") { HTML(text: "\(attempt.step), attempt \(attempt.attempt)") }
                if let problem = attempt.problem { tag("p", .class("message wrap is-failed")) { foreign(problem) } }
                if attempt.changes.isEmpty {
                    for passage in attempt.answer {
                        if !passage.name.isEmpty { tag("p", .class("small soft")) { foreign(passage.name) } }
                        value(passage)
                    }
                } else {
                    for change in attempt.changes { changed(change) }
                }
            }
        }
    }

    /// Screen readers say `ins` and `del`; people who see no colours see lines under and through them.
    private func changed(_ change: PastAttempt.Change) -> HTML {
        let parts = change.parts.map { part in
            switch part {
            case .same(let text): HTML(text: text)
            case .gone(let text): tag("del") { HTML(text: text) }
            case .new(let text): tag("ins") { HTML(text: text) }
            }
        }
        return HTML([
            tag("p", .class("small soft")) {
                foreign(change.name)
                ", against the attempt before"
            },
            HTML(
                element: "pre",
                [
                    Attribute("dir", "auto"), Attribute("tabindex", "0"), Attribute("role", "region"),
                    Attribute("aria-label", "changes of \(change.name)"),
                ],
                content: HTML([HTML(text: "\n")] + parts)
            ).onOwnLine,
        ])
    }

    // MARK: What can be said

    private var said: HTML {
        guard let said = detail.open.decided else { return HTML() }
        return block("div", .class("notice")) {
            tag("p", .class("wrap")) {
                foreign(said.decision.by)
                HTML(
                    text: " has \(said.decision.word.past) it, at \(said.at.clock)"
                        + (said.decision.note == nil ? "." : ": "))
                if let note = said.decision.note { foreign(note) }
            }
            if said.decision.by == frame.name {
                frame.form("/record/\(detail.open.number)/undo", [.id("undo")]) {
                    tag("button", Attribute("type", "submit")) { "Undo" }
                }
            }
        }
    }

    private var answering: HTML {
        frame.form("/record/\(detail.open.number)/answer\(ending)", [.id("answering")]) {
            // Enter in a field presses the first button: this one does nothing.
            tag("button", Attribute("type", "submit"), Attribute("disabled", ""), Attribute("hidden", "")) {}
            HTML(
                void: "input",
                [Attribute("type", "hidden"), Attribute("name", "seen"), Attribute("value", detail.open.key.hex)])
            if !wait.fields.isEmpty { editing }
            tag("div", .class("field")) {
                tag("label", Attribute("for", "note")) { "Note, or the reason to reject" }
                HTML(
                    element: "textarea",
                    [Attribute("name", "note"), .id("note"), Attribute("rows", "2"), Attribute("maxlength", "1000")],
                    content: HTML(text: "\n" + (sent?["note"] ?? "")))
            }
            block("div", .class("actions")) {
                for word in wait.choices { button(word) }
                if let next {
                    tag("a", Attribute("href", "/record/\(next.number)\(ending)"), .id("skip"), .class("button")) {
                        "Skip"
                    }
                }
                tag("a", Attribute("href", "/\(ending)"), .id("back"), .class("button")) { "Queue" }
            }
        }
    }

    private func button(_ word: Decision.Word) -> HTML {
        let isMain = word == wait.choices.first
        return tag(
            "button", Attribute("type", "submit"), Attribute("name", "word"), Attribute("value", word.rawValue),
            .id("word-\(word.rawValue)"), .class(isMain ? "main" : word == .reject ? "reject" : "other"),
            content: { HTML(text: word.action(of: wait.kind)) })
    }

    private var editing: HTML {
        let isOpen = sent != nil || wait.choices.first == .write
        return HTML(
            element: "details", [.id("editing")] + (isOpen ? [Attribute("open", "")] : []),
            content: HTML(
                [tag("summary") { wait.kind == .review ? "Edit before approving" : "Write the answer" }]
                    + EditForm(wait.fields).items.enumerated().map { control($1, id: "edit-\($0)") })
        ).onOwnLine
    }

    private func control(_ item: EditForm.Item, id: String) -> HTML {
        let text = sent?["edit." + item.name] ?? item.text
        let isWrong = problems.contains { $0.name == item.name || $0.name == item.field }
        let shared =
            [Attribute("name", "edit." + item.name), .id(id), Attribute("aria-describedby", id + "-hint")]
            + (isWrong ? [Attribute("aria-invalid", "true")] : [])
        return block("div", .class("field")) {
            tag("label", Attribute("for", id)) { foreign(item.name) }
            tag("span", .class("small soft"), .id(id + "-hint")) { HTML(text: item.hint) }
            widget(item, text, shared)
        }
    }

    private func widget(_ item: EditForm.Item, _ text: String, _ shared: [Attribute]) -> HTML {
        func input(_ more: Attribute...) -> HTML {
            HTML(void: "input", shared + [Attribute("value", text)] + more)
        }
        switch item.control {
        case .text(_, isLong: false): return input(Attribute("type", "text"), Attribute("dir", "auto"))
        case .whole: return input(Attribute("type", "number"), Attribute("step", "1"))
        case .number: return input(Attribute("type", "number"), Attribute("step", "any"))
        case .date: return input(Attribute("type", "date"))
        case .truth: return choice(["true", "false"], text, item.allowsNull, shared)
        case .choice(let choices): return choice(choices, text, item.allowsNull, shared)
        case .text, .lines, .json:
            let rows = min(14, max(3, text.utf8.count { $0 == 0x0A } + 2 + text.utf8.count / 90))
            return HTML(
                element: "textarea",
                shared + [Attribute("rows", String(rows)), Attribute("dir", "auto")],
                content: HTML(text: "\n" + text))
        }
    }

    private func choice(_ choices: [String], _ chosen: String, _ allowsNull: Bool, _ shared: [Attribute]) -> HTML {
        let all = (allowsNull || chosen.isEmpty ? [""] : []) + choices
        return HTML(
            element: "select", shared,
            content: HTML(
                all.map { value in
                    HTML(
                        element: "option",
                        [Attribute("value", value)] + (value == chosen ? [Attribute("selected", "")] : []),
                        content: HTML(text: value.isEmpty ? "(none)" : value))
                }))
    }

    /// A text as it comes back from a control that nobody touched.
    static func shown(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            defer { afterReturn = scalar == "\r" }
            if scalar == "\n", afterReturn { continue }
            if scalar == "\r" {
                shown.append("\n")
            } else if let sign = VisibleSign.of(scalar) {
                shown.append(contentsOf: sign.unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }
}
