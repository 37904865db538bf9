internal import Execution
internal import Journaling
internal import Pages
internal import Planning
internal import Recipes
internal import Runs

/// A diff as people read it.
struct DiffText {
    var diff: RecipeDiff
    var rehearsal: Rehearsal
    var forecast: DiffForecast
    var terminal: Terminal

    var text: String {
        var lines = [
            terminal.paint("run \(diff.start.id) under \(diff.plan.recipe.file) as it is now", "1"),
            "input: \(diff.plan.source.description): \(Self.records(rehearsal.records))\(unchanged)",
        ]
        lines += diff.input.lines.map { "  " + $0 }
        lines += changed
        lines += rehearsal.steps.filter { $0.most > 0 }.flatMap(describe)
        lines += kept
        lines += expected
        return lines.joined(separator: "\n") + "\n"
    }

    private var unchanged: String {
        guard diff.earlier != nil else { return "" }
        let number = rehearsal.unchanged == 0 ? "none" : Figures.count(rehearsal.unchanged)
        return ", \(number) of them skipped as unchanged since an earlier run"
    }

    // MARK: What changed

    private var changed: [String] {
        guard let changes = diff.changes else {
            return ["the recipe as it ran cannot be planned any more, so what changed in it cannot be shown"]
        }
        var lines = changes.goneSteps.map { "the step '\($0)' is gone" }
        if !changes.free.isEmpty {
            lines.append("changed and part of no question: \(changes.free.joined(separator: "; "))")
        }
        return lines
    }

    // MARK: What is asked

    private func describe(_ step: Rehearsal.Step) -> [String] {
        var lines = [terminal.paint(Self.heading(step), "1")]
        for (reason, group) in step.ranking {
            lines.append("  \(Self.counted(group.count, of: step)): \(reason.words)\(Self.examples(reason, group))")
        }
        if step.reasons.keys.contains(where: \.isOwnChange), let parts = diff.changes?.parts[step.name] {
            for part in parts { lines += TextDifference(part).lines.map { "    " + paint($0) } }
        }
        return lines
    }

    private func paint(_ line: String) -> String {
        switch line.first {
        case "-": terminal.paint(line, "31")
        case "+": terminal.paint(line, "32")
        default: line
        }
    }

    /// `topic: 12 records ask`.
    private static func heading(_ step: Rehearsal.Step) -> String {
        let asks = step.asks > 0 ? ["\(counted(step.asks, of: step)) \(step.asks == 1 ? "asks" : "ask")"] : []
        let may =
            step.mayAsk > 0 ? ["\(counted(step.mayAsk, of: step)) may ask, once the answers before are there"] : []
        return "\(step.name): " + (asks + may).joined(separator: ", ")
    }

    /// `asks topic for 12 records: the prompt changed`, with counts where there are several reasons.
    static func sentence(_ step: Rehearsal.Step) -> String {
        let ranking = step.ranking
        let reasons = ranking.map { reason, group in
            ranking.count == 1 ? reason.words : "\(reason.words) (\(Figures.count(group.count)))"
        }
        let verb = step.asks > 0 ? "asks" : "may ask"
        let number = step.asks > 0 && step.mayAsk > 0 ? "up to " : ""
        return "\(verb) \(step.name) for \(number)\(counted(step.most, of: step)): \(reasons.joined(separator: "; "))"
    }

    private static func counted(_ count: Int, of step: Rehearsal.Step) -> String {
        guard step.collects else { return records(count) }
        return Figures.count(count, "group")
    }

    static func records(_ count: Int) -> String {
        Figures.count(count, "record")
    }

    /// Names help where the reason lies with the record.
    private static func examples(_ reason: RehearsedReason, _ group: Rehearsal.Group) -> String {
        switch reason {
        case .newRecord, .changedRecord, .retried, .neverAnswered, .passedOver, .answerFails, .otherMembers, .other:
            ", such as \(group.examples.joined(separator: ", "))"
        case .newStep, .changed, .computedBefore, .earlierAnswer: ""
        }
    }

    // MARK: What stays, and what the rest comes to

    private var kept: [String] {
        let kept = rehearsal.steps.filter { $0.kept > 0 }.map { "\(Figures.count($0.kept)) of \($0.name)" }
        return kept.isEmpty ? [] : ["answers used again: \(kept.joined(separator: ", "))"]
    }

    private var expected: [String] {
        guard rehearsal.steps.contains(where: { $0.most > 0 }) else { return ["nothing is asked: it costs nothing"] }
        var lines: [String] = []
        if !forecast.steps.isEmpty {
            let upTo = rehearsal.steps.contains { $0.mayAsk > 0 } ? "up to " : ""
            let total = forecast.total
            let calls = max(1, Int(total.calls.rounded()))
            let figures = [
                "\(upTo)\(Figures.count(calls, "call"))",
                "\(Figures.count(Int(total.tokensIn.rounded()))) tokens in",
                "\(Figures.count(Int(total.tokensOut.rounded()))) out", money,
                Figures.duration(seconds: forecast.duration),
            ]
            lines.append("expected, at the means of the run: \(figures.joined(separator: ", "))")
        }
        if !forecast.unknown.isEmpty {
            lines.append(
                "the run made no call of \(forecast.unknown.joined(separator: ", ")): what that costs is not known")
        }
        return lines
    }

    private var money: String {
        forecast.cost.map { Figures.money(billionths: $0, currency: diff.start.outline.currency) }
            ?? "no price is known"
    }
}

extension RehearsedReason {
    var isOwnChange: Bool {
        if case .changed = self { true } else { false }
    }
}
