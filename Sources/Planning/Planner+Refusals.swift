internal import Diagnostics
internal import Recipes
internal import Steps

// What can be written and would have no effect, or another than it seems to.

extension Planner {
    mutating func refuseWhatComputingLacks(_ step: StepSpec, _ prepared: PreparedStep) {
        if step.otherwise?.value == .review {
            refuseLater("otherwise: review", at: step.otherwise?.span)
        }
        guard case .pure = prepared.action else { return }
        if let attempts = step.attempts {
            problems.error(
                "'attempts' makes no sense on a '\(step.kind.value)' step, which gives the same result every time; "
                    + "take it out", at: attempts.span)
        }
        if let timeout = step.timeout {
            problems.error(
                "'timeout' makes no sense on a '\(step.kind.value)' step, which waits for nobody; take it out",
                at: timeout.span)
        }
    }

    /// A rule of `expect` decides whether an answer is taken; there is nowhere to list a warning.
    mutating func refuseWarnings(among rules: [RuleSpec]) {
        for rule in rules where rule.severity == .warning {
            problems.error("a rule under 'expect' cannot be a warning; write it in a 'check' step", at: rule.span)
        }
    }

    /// The embedded model has nobody who counts its requests; it answers as fast as this machine can.
    mutating func refuseRatesOfOurOwnModel() {
        for model in recipe.models where model.provider.value == "local" {
            let limits = [
                ("requests_per_minute", model.limits.requestsPerMinute),
                ("tokens_per_minute", model.limits.tokensPerMinute),
            ]
            for case (let name, let limit?) in limits {
                problems.error("'\(name)' means nothing to the embedded model; take it out", at: limit.span)
            }
        }
    }

    /// A budget that cannot be reckoned is none.
    mutating func refuseUnknownPrices(of steps: [PlannedStep]) {
        guard recipe.limits.spend != nil else { return }
        for step in steps {
            guard case .answered(let answered) = step.action, answered.price == nil else { continue }
            let model = recipe.models.first { $0.name.value == step.model }
            problems.error(
                "the run has a budget ('limits: {spend: …}'), and the model '\(step.model ?? step.name)' has no price; "
                    + "write what a million tokens cost: 'price: {input: …, output: …}'",
                at: model?.span ?? step.span)
        }
    }

    private mutating func refuseLater(_ what: String, at span: SourceSpan?) {
        problems.error("'\(what)' is part of the language, but this version cannot run it yet", at: span)
    }
}
