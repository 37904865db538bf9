extension JSONReading {
    mutating func number() throws(JSONError) -> Value {
        let start = at
        let negative = base[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        let firstDigit = at
        var mantissa: UInt64 = 0
        digits(into: &mantissa)
        let whole = at - firstDigit
        guard whole > 0 else { throw error("a digit is missing") }
        guard whole == 1 || base[firstDigit] != UInt8(ascii: "0") else {
            throw JSONError(offset: firstDigit, message: "a number cannot start with 0")
        }
        var fraction = 0
        if at < end, base[at] == UInt8(ascii: ".") {
            at += 1
            let first = at
            digits(into: &mantissa)
            fraction = at - first
            guard fraction > 0 else { throw error("a digit is missing") }
        } else if at >= end || base[at] | 0x20 != UInt8(ascii: "e") {
            // Up to 18 digits always fit; the few longer ones that do are read again with care.
            if whole <= 18 { return .int(negative ? -Int64(mantissa) : Int64(mantissa)) }
            return try longNumber(from: start)
        }
        var exponent = 0
        if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
            exponent = try readExponent()
        }
        if whole + fraction <= 19, let magnitude = Double(mantissa, timesTenTo: exponent - fraction) {
            return .double(negative ? -magnitude : magnitude)
        }
        return try double(from: start)
    }

    @inline(__always)
    private mutating func digits(into mantissa: inout UInt64) {
        while at < end {
            let digit = base[at] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            at &+= 1
        }
    }

    private mutating func readExponent() throws(JSONError) -> Int {
        at += 1
        var negative = false
        if at < end, base[at] == UInt8(ascii: "-") || base[at] == UInt8(ascii: "+") {
            negative = base[at] == UInt8(ascii: "-")
            at += 1
        }
        let first = at
        var exponent = 0
        while at < end {
            let digit = base[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if exponent < 100_000 { exponent = exponent * 10 + Int(digit) }
            at += 1
        }
        guard at > first else { throw error("a digit is missing") }
        return negative ? -exponent : exponent
    }

    private func longNumber(from start: Int) throws(JSONError) -> Value {
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)
        if let number = Int64(text) { return .int(number) }
        return try double(from: start)
    }

    private func double(from start: Int) throws(JSONError) -> Value {
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw JSONError(offset: start, message: "no 64-bit number is as large as this")
        }
        return .double(number)
    }
}
