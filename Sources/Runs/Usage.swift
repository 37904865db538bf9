/// What an answer took.
public struct Usage: Hashable, Sendable {
    public var tokensIn: Int
    public var tokensOut: Int
    /// In billionths of the currency, so that sums are exact.
    public var cost: Int64
    /// From the request to the end of the answer, in microseconds.
    public var microseconds: Int64

    public init(tokensIn: Int = 0, tokensOut: Int = 0, cost: Int64 = 0, microseconds: Int64 = 0) {
        self.tokensIn = tokensIn
        self.tokensOut = tokensOut
        self.cost = cost
        self.microseconds = microseconds
    }

    /// Sums end at the largest number there is: what a provider says it counted must not end a run.
    public mutating func add(_ other: Usage) {
        tokensIn.addOrStay(other.tokensIn)
        tokensOut.addOrStay(other.tokensOut)
        cost.addOrStay(other.cost)
        microseconds.addOrStay(other.microseconds)
    }
}

extension FixedWidthInteger {
    /// Adds, and stays at the nearest number that can be held where the sum cannot.
    fileprivate mutating func addOrStay(_ other: Self) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? (other < 0 ? .min : .max) : sum
    }
}
