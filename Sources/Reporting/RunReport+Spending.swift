internal import Pages
package import Runs
internal import Values

/// What a run cost, as far as that is known.
package struct Spending: Hashable, Sendable {
    /// What the models took that have a price, or cost nothing.
    package var priced = Usage()
    /// What those took that have none, and steps that may have asked them instead of another.
    package var unpriced = Usage()
    /// The models that were asked, or may have been, and have no price: by name, in the order of the steps.
    package var models: [String] = []
    var currency: String

    /// All that is known of the cost, in billionths of the currency.
    package var cost: Int64 {
        var all = priced
        all.add(unpriced)
        return all.cost
    }
}

extension RunReport {
    /// Where nobody said what a model costs, what was paid for it is no zero.
    package var spending: Spending {
        var spending = Spending(currency: outline.currency)
        let parts =
            steps.map { ($0.outline, $0.attempts, $0.usage) } + collect.map { ($0.outline, $0.attempts, $0.usage) }
        for (step, attempts, usage) in parts {
            guard attempts > 0, !step.unpriced.isEmpty else {
                spending.priced.add(usage)
                continue
            }
            spending.unpriced.add(usage)
            spending.models += step.unpriced.filter { !spending.models.contains($0) }
        }
        return spending
    }
}

extension Spending {
    /// On one line: `0.02 USD`; `63,499 tokens in, 3,819 out; no price is known for 'w'`; or
    /// `0.02 USD, and 63,499 tokens in, 3,819 out; no price is known for 'w'`.
    package var words: String {
        guard !models.isEmpty else { return money }
        let known = cost > 0 ? "\(money), and " : ""
        return "\(known)\(unpricedTokens); no price is known for \(Self.quoted(models))"
    }

    var money: String { Figures.money(billionths: cost, currency: currency) }

    /// `63,499 tokens in, 3,819 out`
    private var unpricedTokens: String {
        "\(Figures.count(unpriced.tokensIn, "token")) in, \(Figures.count(unpriced.tokensOut)) out"
    }

    /// Whether a sum can be named at all.
    var hasSum: Bool { models.isEmpty || cost > 0 }

    /// What follows the sum of all tokens, behind the names of the models: how many of them are not in the sum of money.
    var unpricedShare: String {
        hasSum ? ": \(unpricedTokens) are not in the sum." : "."
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "'\($0)'" }.joined(separator: ", ")
    }
}
