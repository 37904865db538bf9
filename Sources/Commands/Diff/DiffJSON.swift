internal import Execution
internal import Journaling
internal import Planning
internal import Recipes
internal import Runs
internal import Values

/// A diff for programs: one JSON object.
struct DiffJSON {
    var diff: RecipeDiff
    var rehearsal: Rehearsal
    var forecast: DiffForecast

    var value: Value {
        [
            "run": .string(diff.start.id), "recipe": .string(diff.plan.recipe.file),
            "input": [
                "records": .int(Int64(rehearsal.records)), "new": .int(Int64(diff.input.new)),
                "changed": .int(Int64(diff.input.changed)), "vanished": .int(Int64(diff.input.vanished)),
                "not_reached": .int(Int64(diff.input.notReached)), "unchanged": .int(Int64(rehearsal.unchanged)),
            ],
            "asking_records": .int(Int64(rehearsal.askingRecords)),
            "steps": .list(rehearsal.steps.filter { !$0.collects }.map { step($0, counting: "records") }),
            "collect": .list(rehearsal.steps.filter(\.collects).map { step($0, counting: "groups") }),
            "gone_steps": .list((diff.changes?.goneSteps ?? []).map(Value.string)),
            "costs_nothing": .list((diff.changes?.free ?? []).map(Value.string)),
            "expected": expected,
        ]
    }

    /// - Parameter unit: what its counts are of.
    private func step(_ step: Rehearsal.Step, counting unit: String) -> Value {
        [
            "name": .string(step.name), "asks": .int(Int64(step.asks)), "may_ask": .int(Int64(step.mayAsk)),
            "kept": .int(Int64(step.kept)),
            "reasons": .list(
                step.ranking.map { reason, group in
                    [
                        "reason": .string(reason.words), unit: .int(Int64(group.count)),
                        "examples": .list(group.examples.map(Value.string)),
                    ]
                }),
            "changed": .list(
                (diff.changes?.parts[step.name] ?? []).map { part in
                    [
                        "part": .string(part.name), "before": part.before.map(Value.string) ?? .null,
                        "after": part.after.map(Value.string) ?? .null,
                    ]
                }),
        ]
    }

    /// Of all that asks or may ask. `cost` is null where a price is not known, and `unknown` names the steps that the
    /// run made no call of.
    private var expected: Value {
        [
            "calls": .int(Int64(forecast.total.calls.rounded())),
            "tokens_in": .int(Int64(forecast.total.tokensIn.rounded())),
            "tokens_out": .int(Int64(forecast.total.tokensOut.rounded())),
            "cost": forecast.cost.map { .double(Double($0) / 1e9) } ?? .null,
            "currency": .string(diff.start.outline.currency), "seconds": .double(forecast.duration),
            "unknown": .list(forecast.unknown.map(Value.string)),
        ]
    }
}
