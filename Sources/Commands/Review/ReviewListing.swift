internal import Diagnostics
internal import Digests
internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

/// What waits, as text for people or one JSON object a line for programs, on standard output.
struct ReviewListing {
    var store: ReviewStore
    /// The run's name.
    var run: String
    var json: Bool

    func write(_ view: QueueView) throws -> ExitStatus {
        var view = view
        view.pageSize = .max
        let page = try store.page(view)
        if json {
            try Terminal.print(page.items.map { JSON.text(of: Self.value($0)) + "\n" }.joined())
            return .success
        }
        let lines = page.items.map { item in
            let said = item.said.map { "  [\($0.decision.word.past) by \($0.decision.by)]" } ?? ""
            let deadline = item.deadline.map { "  by \($0.clock)" } ?? ""
            return "\(item.record)  \(item.step)  \(item.kind.words)  since \(item.since.clock)\(deadline)\(said)\n"
                + "    \(item.headline)\n"
        }
        let counts = page.counts
        let sum =
            "\(Figures.count(counts.open)) waiting, \(Figures.count(counts.answered)) answered and not yet used, in \(run)\n"
        try Terminal.print((lines.joined() + sum).printable)
        return .success
    }

    static func value(_ item: QueueItem) -> Value {
        var value = ValueMap([
            ("number", .int(item.number)), ("record", .string(item.record)), ("step", .string(item.step)),
            ("kind", .string(item.kind.rawValue)), ("since", .string(item.since.rfc3339)),
            ("headline", .string(item.headline)), ("seen", .string(item.seen.hex)),
        ])
        if let deadline = item.deadline { value.set("deadline", to: .string(deadline.rfc3339)) }
        if let said = item.said {
            value.set("said", to: .map(said.decision.value.map ?? ValueMap()))
            value.set("said_at", to: .string(said.at.rfc3339))
        }
        return .map(value)
    }

    // MARK: One record

    func write(_ record: String, step: String?, _ terminal: Terminal) throws -> ExitStatus {
        guard let item = try store.only(record, step: step, terminal), let detail = try store.detail(item.number) else {
            return .someFailed
        }
        if json {
            try Terminal.print(JSON.text(of: Self.value(detail, item)) + "\n")
        } else {
            let lines = ReviewBody(detail, edits: nil).lines.map(\.text)
            try Terminal.print((lines.joined(separator: "\n") + "\n\nseen: \(item.seen.hex)\n").printable)
        }
        return .success
    }

    private static func value(_ detail: ReviewDetail, _ item: QueueItem) -> Value {
        var value = value(item).map ?? ValueMap()
        let wait = detail.wait
        value.set("question", to: .string(wait.question))
        if let problem = wait.problem { value.set("problem", to: .string(problem)) }
        value.set("shown", to: .map(ValueMap(unique(wait.shown.map { ($0.name, $0.value) }))))
        value.set(
            "edit",
            to: .list(wait.fields.map { ["name": .string($0.name), "value": $0.value, "schema": $0.schema] }))
        value.set("choices", to: .list(wait.choices.map { .string($0.rawValue) }))
        value.set(
            "attempts",
            to: .list(
                detail.attempts.map { attempt in
                    [
                        "step": .string(attempt.step), "attempt": .int(Int64(attempt.attempt)),
                        "problem": attempt.problem.map(Value.string) ?? .null,
                        "answer": .list(
                            attempt.answer.map { ["name": .string($0.name), "text": .string($0.text)] }),
                    ]
                }))
        return .map(value)
    }

    private static func unique(_ pairs: [(String, Value)]) -> [(String, Value)] {
        var names: Set<ByteText> = []
        return pairs.filter { names.insert(ByteText($0.0)).inserted }
    }
}

extension ReviewStore {
    /// The one thing that a record waits for; nil, and people are told why, where there is none or more than one.
    func only(_ record: String, step: String?, _ terminal: Terminal) throws -> QueueItem? {
        let all = try find(record: record)
        let found = all.filter { item in step.map { item.step.hasSameBytes(as: $0) } ?? true }
        if found.count == 1 { return found[0] }
        let problem =
            found.count > 1
            ? "waits at \(found.map(\.step).joined(separator: ", ")); name one with --step"
            : "does not wait for anybody; linecook review --list says what does"
        terminal.write("error: the record '\(record)' \(problem)\n".printable)
        return nil
    }
}
