extension Duration {
    /// Whole nanoseconds; nil beyond some 292 years, which is also where CEL ends.
    public var totalNanoseconds: Int64? {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(Int64(nanoseconds))
        return overflow || carry ? nil : sum
    }

    public init(totalNanoseconds: Int64) {
        self.init(
            seconds: totalNanoseconds / 1_000_000_000, nanoseconds: Int32(totalNanoseconds % 1_000_000_000))
    }

    /// Reads numbers with units, one behind the other: `1h30m`, `1.5s`, `-300ms`, `2us`, `10ns`, and `0`. Nil for all
    /// else and beyond the range of ``totalNanoseconds``.
    public init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        if rest == [UInt8(ascii: "0")] {
            self.init(seconds: 0)
            return
        }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            // Summed below zero, where there is room for one more than above.
            guard let part = Self.takePart(&rest), case let (sum, overflow) = total.subtractingReportingOverflow(part),
                !overflow
            else { return nil }
            total = sum
        }
        if !isNegative, total == .min { return nil }
        self.init(totalNanoseconds: isNegative ? total : -total)
    }

    /// A unit stands before those that it begins with. Two characters look like the Greek letter of microseconds.
    private static let units: [(name: [UInt8], nanoseconds: Int64)] = [
        (Array("ns".utf8), 1), (Array("us".utf8), 1000), (Array("\u{B5}s".utf8), 1000),
        (Array("\u{3BC}s".utf8), 1000), (Array("ms".utf8), 1_000_000), (Array("s".utf8), 1_000_000_000),
        (Array("m".utf8), 60_000_000_000), (Array("h".utf8), 3_600_000_000_000),
    ]

    /// Takes one number and its unit from the front, as nanoseconds.
    private static func takePart(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let whole = takeDigits(&rest)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = takeDigits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty, let unit = units.first(where: { rest.starts(with: $0.name) }),
            let number = whole.isEmpty ? 0 : CivilDate.number(whole),
            case let (product, overflow) = Int64(number).multipliedReportingOverflow(by: unit.nanoseconds), !overflow
        else { return nil }
        rest.removeFirst(unit.name.count)
        // Digits below a nanosecond are cut.
        var remainder: Int64 = 0
        var scale = unit.nanoseconds
        for digit in fraction where scale > 0 {
            remainder += Int64(digit - UInt8(ascii: "0")) * scale / 10
            scale /= 10
        }
        let (sum, carry) = product.addingReportingOverflow(remainder)
        return carry ? nil : sum
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest.removeFirst(digits.count)
        return digits
    }
}

extension Duration: CustomStringConvertible {
    /// Seconds and as many digits of a fraction as needed: `90s`, `-0.5s`.
    public var description: String {
        let sign = seconds < 0 || nanoseconds < 0 ? "-" : ""
        return "\(sign)\(seconds.magnitude)\(fraction(nanoseconds))s"
    }
}
