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

    mutating func refuseLaterModelLimits() {
        for model in recipe.models {
            if let limit = model.limits.requestsPerMinute { refuseLater("requests_per_minute", at: limit.span) }
            if let limit = model.limits.tokensPerMinute { refuseLater("tokens_per_minute", at: limit.span) }
        }
    }

    private mutating func refuseLater(_ what: String, at span: SourceSpan?) {
        problems.error("'\(what)' is part of the language, but this version cannot run it yet", at: span)
    }
}
