extension Double {
    /// A number as JSON or a spreadsheet writes it: `12`, `-0.5`, `+.5`, `1e3`.
    ///
    /// Nil for anything else, hexadecimal digits, `inf` and `nan` among it, and for what no double can hold.
    public init?(decimal text: String) {
        let quick: Double?? = text.utf8.withContiguousStorageIfAvailable(Self.quick)
        if let number = quick ?? nil {
            self = number
            return
        }
        let isPlain = text.utf8.allSatisfy { byte in
            byte &- UInt8(ascii: "0") < 10 || ".+-eE".utf8.contains(byte)
        }
        guard isPlain, let number = Double(text), number.isFinite else { return nil }
        self = number
    }

    /// Digits with a sign and a point, as most numbers are; nil for all that takes more care.
    private static func quick(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        var at = 0
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative { at += 1 }
        guard bytes.count - at <= 20 else { return nil }
        var mantissa: UInt64 = 0
        var digits = 0
        var decimals = -1
        while at < bytes.count {
            let digit = bytes[at] &- UInt8(ascii: "0")
            if digit < 10 {
                mantissa = mantissa &* 10 &+ UInt64(digit)
                digits += 1
                if decimals >= 0 { decimals += 1 }
            } else if bytes[at] == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
            } else {
                return nil
            }
            at += 1
        }
        guard digits > 0, digits <= 19, decimals != 0 else { return nil }
        guard let magnitude = Double(mantissa, timesTenTo: -max(decimals, 0)) else { return nil }
        return isNegative ? -magnitude : magnitude
    }

    /// The product, rounded once, where both factors are exact as doubles; nil where it takes more care.
    @inline(__always)
    init?(_ mantissa: UInt64, timesTenTo power: Int) {
        guard mantissa < 1 << 53, abs(power) <= 22 else { return nil }
        let scale = powersOfTen[abs(power)]
        self = power < 0 ? Double(mantissa) / scale : Double(mantissa) * scale
    }
}

private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
