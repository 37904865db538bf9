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

    public mutating func add(_ other: Usage) {
        tokensIn += other.tokensIn
        tokensOut += other.tokensOut
        cost += other.cost
        microseconds += other.microseconds
    }
}
