// Sums and differences of moments. Each is nil where the result is beyond what a timestamp or a duration can say.

extension Timestamp {
    public func adding(_ duration: Duration) -> Timestamp? {
        let (sum, overflow) = seconds.addingReportingOverflow(duration.seconds)
        return overflow ? nil : Timestamp(seconds: sum, carrying: nanoseconds + duration.nanoseconds)
    }

    public func subtracting(_ duration: Duration) -> Timestamp? {
        let (difference, overflow) = seconds.subtractingReportingOverflow(duration.seconds)
        return overflow ? nil : Timestamp(seconds: difference, carrying: nanoseconds - duration.nanoseconds)
    }

    /// How long after another moment this is; negative when it is before.
    public func since(_ other: Timestamp) -> Duration? {
        let (difference, overflow) = seconds.subtractingReportingOverflow(other.seconds)
        let (total, beyond) = difference.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = total.addingReportingOverflow(Int64(nanoseconds - other.nanoseconds))
        return overflow || beyond || carry ? nil : Duration(totalNanoseconds: sum)
    }

    /// Brings nanoseconds between minus one and two seconds back into their second.
    private init?(seconds: Int64, carrying nanoseconds: Int32) {
        let carry: Int64 = nanoseconds < 0 ? -1 : nanoseconds >= 1_000_000_000 ? 1 : 0
        let (sum, overflow) = seconds.addingReportingOverflow(carry)
        self.init(seconds: sum, nanoseconds: nanoseconds - Int32(carry) * 1_000_000_000)
        guard !overflow, Self.expressible.contains(sum) else { return nil }
    }
}

extension Duration {
    /// Whole nanoseconds; nil beyond some 292 years either way, which is where CEL's durations end.
    public var totalNanoseconds: Int64? {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(Int64(nanoseconds))
        return overflow || carry ? nil : sum
    }

    public init(totalNanoseconds: Int64) {
        self.init(
            seconds: totalNanoseconds / 1_000_000_000, nanoseconds: Int32(totalNanoseconds % 1_000_000_000))
    }

    public func adding(_ other: Duration) -> Duration? {
        guard let one = totalNanoseconds, let two = other.totalNanoseconds else { return nil }
        let (sum, overflow) = one.addingReportingOverflow(two)
        return overflow ? nil : Duration(totalNanoseconds: sum)
    }

    public func subtracting(_ other: Duration) -> Duration? {
        guard let one = totalNanoseconds, let two = other.totalNanoseconds else { return nil }
        let (difference, overflow) = one.subtractingReportingOverflow(two)
        return overflow ? nil : Duration(totalNanoseconds: difference)
    }
}
