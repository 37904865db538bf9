/// What a run may cost, kept by reservation: rules only.
///
/// The most that a call can cost is set aside before it starts and settled by what it did cost, so that spent and reserved
/// together never pass the limit. All amounts are billionths of the currency.
package struct Budget: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case granted
        /// There is no room for it now, and there may be when an open call has settled.
        case wait
        /// There is no room for it, and nothing is open that could make some.
        case exhausted
    }

    package let limit: Int64
    package private(set) var spent: Int64
    package private(set) var reserved: Int64 = 0
    /// Calls that are not settled.
    package private(set) var open = 0

    /// - Parameter spent: by an earlier process of the run, with what its calls in doubt may have cost.
    package init(limit: Int64, spent: Int64 = 0) {
        self.limit = limit
        self.spent = spent
    }

    package mutating func reserve(_ worst: Int64) -> Verdict {
        guard worst <= limit - spent - reserved else { return open > 0 ? .wait : .exhausted }
        reserved += worst
        open += 1
        return .granted
    }

    /// A call has ended.
    ///
    /// - Parameters:
    ///   - worst: as it was reserved.
    ///   - cost: what it did cost, or may have.
    package mutating func settle(_ worst: Int64, cost: Int64) {
        reserved -= worst
        spent += cost
        open -= 1
    }
}
