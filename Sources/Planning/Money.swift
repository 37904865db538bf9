#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Amounts as people read them.
package enum Money {
    /// `5.00`, `0.0031`: two places, or as many as show two digits of a small amount.
    ///
    /// - Parameter billionths: of the currency.
    package static func words(_ billionths: Double) -> String {
        let amount = billionths / 1e9
        guard amount > 0, amount < 0.1 else { return fixed(amount, places: 2) }
        return fixed(amount, places: min(9, 1 - Int(log10(amount).rounded(.down))))
    }

    package static func words(_ billionths: Int64) -> String { words(Double(billionths)) }

    private static func fixed(_ amount: Double, places: Int) -> String {
        let scale = pow(10, Double(places))
        let whole = (amount * scale).rounded()
        guard whole < 1e15 else { return "\(amount)" }
        let (units, rest) = Int64(whole).quotientAndRemainder(dividingBy: Int64(scale))
        let digits = String(rest)
        return "\(units)." + String(repeating: "0", count: places - digits.count) + digits
    }
}

extension Swift.Duration {
    /// `2 h`, `1 h 30 min`, `90 s`, `0.5 s`.
    package var words: String {
        let (seconds, attoseconds) = components
        if attoseconds == 0, seconds >= 60, seconds % 60 == 0 {
            let parts = [(seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")]
            return parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
        }
        let milliseconds = attoseconds / 1_000_000_000_000_000
        return milliseconds == 0 ? "\(seconds) s" : "\(Double(seconds) + Double(milliseconds) / 1_000) s"
    }
}
