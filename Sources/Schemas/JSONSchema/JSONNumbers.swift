internal import Values

extension Value {
    /// The same value with each number in one form, so that `==` holds 1 and 1.0 equal, as JSON Schema does.
    var withPlainNumbers: Value {
        switch self {
        case .double(let number):
            Int64(exactly: number).map(Value.int) ?? UInt64(exactly: number).map(Value.uint) ?? self
        case .uint(let number): Int64(exactly: number).map(Value.int) ?? self
        case .list(let items): .list(items.map(\.withPlainNumbers))
        case .map(let map): .map(ValueMap(shape: map.shape, values: map.values.map(\.withPlainNumbers)))
        default: self
        }
    }

    /// Whether this number is less than another; nil where one of them is none. Exact, also between kinds.
    func isLess(than other: Value) -> Bool? {
        // In plain form a uint is beyond 63 bits, and a double is broken or beyond 64.
        switch (withPlainNumbers, other.withPlainNumbers) {
        case (.int(let a), .int(let b)): a < b
        case (.uint(let a), .uint(let b)): a < b
        case (.int, .uint): true
        case (.uint, .int): false
        case (.double(let a), .double(let b)): a < b
        case (.double(let a), .int(let b)): a < -0x1p63 || (a < 0x1p63 && Int64(a.rounded(.down)) < b)
        case (.int(let a), .double(let b)): b >= 0x1p63 || (b > -0x1p63 && a <= Int64(b.rounded(.down)))
        case (.double(let a), .uint(let b)): a < Double(b)
        case (.uint(let a), .double(let b)): Double(a) < b
        default: nil
        }
    }

    /// Whether this number is a whole multiple of another, each taken as the decimal that it is written as; nil where one
    /// of them is no number.
    func isMultiple(of other: Value) -> Bool? {
        guard let dividend = DecimalNumber(self), let divisor = DecimalNumber(other) else { return nil }
        return dividend.isMultiple(of: divisor)
    }
}

/// A number without its sign as a decimal says it: 0.0075 is 75 times ten to the power of -4.
private struct DecimalNumber {
    var digits: UInt64
    var power: Int

    init?(_ value: Value) {
        switch value {
        case .int(let number): (digits, power) = (number.magnitude, 0)
        case .uint(let number): (digits, power) = (number, 0)
        case .double(let number) where number.isFinite: self = Self.read(number.magnitude.description)
        default: return nil
        }
    }

    private init(digits: UInt64, power: Int) {
        (self.digits, self.power) = (digits, power)
    }

    /// From `75.0`, `0.0075` or `7.5e-05`, at most 17 digits that count.
    private static func read(_ text: String) -> DecimalNumber {
        var (digits, power): (UInt64, Int) = (0, 0)
        var afterPoint = false
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "e") {
                power += Int(Substring(rest)) ?? 0
                break
            } else if byte == UInt8(ascii: ".") {
                afterPoint = true
                // `75.0` has no digit more than `75`, which may have all that fit.
                if rest.elementsEqual("0".utf8) { break }
            } else {
                digits = digits &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
                if afterPoint { power -= 1 }
            }
        }
        return DecimalNumber(digits: digits, power: power)
    }

    func isMultiple(of divisor: DecimalNumber) -> Bool {
        guard digits > 0, divisor.digits > 0 else { return digits == 0 }
        let shift = power - divisor.power
        if shift >= 0 {
            let modulus = UInt128(divisor.digits)
            return UInt128(digits) % modulus * powerOfTen(shift, modulo: modulus) % modulus == 0
        }
        var scaled = UInt128(divisor.digits)
        for _ in 0..<(-shift) {
            scaled *= 10
            if scaled > UInt128(digits) { return false }
        }
        return UInt128(digits).isMultiple(of: scaled)
    }

    private func powerOfTen(_ exponent: Int, modulo modulus: UInt128) -> UInt128 {
        var (result, base, rest): (UInt128, UInt128, Int) = (1 % modulus, 10 % modulus, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = result * base % modulus }
            base = base * base % modulus
            rest >>= 1
        }
        return result
    }
}
