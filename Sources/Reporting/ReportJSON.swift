internal import Digests
internal import Journaling
internal import Runs
package import Values

extension RunReport {
    /// `report.json`: for programs, with names that stay.
    ///
    /// Money is in the currency, time in seconds; `retry` is null where nothing can be taken up again.
    package var json: String {
        JSON.prettyText(of: value) + "\n"
    }

    package var value: Value {
        [
            "run": .string(run),
            "recipe": .string(outline.recipe),
            "outcome": .string(state),
            "counts": [
                "read": .int(Int64(counts.read)), "done": .int(Int64(counts.done)),
                "flagged": .int(Int64(counts.flagged)), "failed": .int(Int64(counts.failed)),
                "rejected": .int(Int64(counts.rejected)), "skipped": .int(Int64(counts.skipped)),
                "waiting": .int(Int64(counts.waiting)), "not_reached": .int(Int64(counts.notReached)),
            ],
            "steps": .list(stepsInOrder.map(value)),
            "failures": .list(groups(.failed).map(value)),
            "spend": ["currency": .string(outline.currency), "total": money(usage.cost)],
            "collect": .list(collect.map(value)),
            "outputs": .list(
                outputs.map { output in
                    [
                        "path": .string(output.path), "records": .int(Int64(output.records)),
                        "sha256": .string(output.sha256.hex), "bytes": .int(output.bytes),
                    ]
                }),
            "rejected": .list(groups(.rejected).map(value)),
            "flagged": .list(groups(.flagged).map(value)),
            "problems": .list(problems.map(Value.string)),
            "reason": reason.map(Value.string) ?? .null,
            "executed_by": executedBy.map(Value.string) ?? .null,
            "started": .string(started.rfc3339),
            "ended": ended.map { .string($0.rfc3339) } ?? .null,
            "seconds": microseconds.map(seconds) ?? .null,
            "recipe_path": .string(outline.recipePath),
            "about": outline.about.map(Value.string) ?? .null,
            "input": .string(outline.input),
            "models": .map(
                ValueMap(
                    outline.models.sorted { $0.key.precedesByBytes($1.key) }.map { ($0.key, .string($0.value)) })),
        ]
    }

    private func value(_ step: Step) -> Value {
        let marks: [(String, StepMark)] = [
            ("done", .done), ("failed", .failed), ("flagged", .flagged), ("skipped", .skipped),
            ("waiting", .waiting), ("rejected", .rejected), ("not_reached", .notReached),
        ]
        var map = ValueMap(
            [("name", .string(step.outline.name)), ("kind", .string(step.outline.kind))]
                + marks.map { ($0.0, .int(Int64(step.counts[$0.1]))) } + took(step.attempts, step.usage)
                + [("model", step.outline.model.map(Value.string) ?? .null)])
        if let inside = step.outline.inside { map.set("inside", to: .string(inside)) }
        if let passage = step.outline.passage { map.set("passage", to: .string(passage)) }
        return .map(map)
    }

    private func value(_ collect: Collect) -> Value {
        .map(
            ValueMap(
                [
                    ("name", .string(collect.outline.name)), ("kind", .string(collect.outline.kind)),
                    ("groups", .int(Int64(collect.done + collect.failed))), ("done", .int(Int64(collect.done))),
                    ("flagged", .int(Int64(collect.flagged))), ("failed", .int(Int64(collect.failed))),
                ] + took(collect.attempts, collect.usage)
                    + [
                        ("model", collect.outline.model.map(Value.string) ?? .null),
                        ("failures", .list(collect.incidents.filter { $0.kind == .failed }.map(value))),
                        ("flags", .list(collect.incidents.filter { $0.kind == .flagged }.map(value))),
                    ]))
    }

    private func took(_ attempts: Int, _ usage: Usage) -> [(String, Value)] {
        [
            ("attempts", .int(Int64(attempts))), ("seconds", seconds(usage.microseconds)),
            ("tokens_in", .int(Int64(usage.tokensIn))), ("tokens_out", .int(Int64(usage.tokensOut))),
            ("cost", money(usage.cost)),
        ]
    }

    private func value(_ group: IncidentGroup) -> Value {
        var example = ValueMap([
            ("record", .string(group.example.record)),
            ("message", .string(Excerpt(group.example.failure.message, limit: 4000).text)),
        ])
        if let item = group.example.item { example.set("item", to: .int(Int64(item))) }
        return [
            "step": group.step.map(Value.string) ?? .null, "cause": .string(group.cause.code),
            "count": .int(Int64(group.count)),
            "example": .map(example),
            "retry": retryCommand(group).map(Value.string) ?? .null,
        ]
    }

    private func seconds(_ microseconds: Int64) -> Value { .double(Double(microseconds) / 1_000_000) }
    private func money(_ billionths: Int64) -> Value { .double(Double(billionths) / 1_000_000_000) }
}
