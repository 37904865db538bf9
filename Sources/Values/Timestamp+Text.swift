extension Timestamp {
    /// From a text of RFC 3339 such as `2026-03-01T12:30:00.25+01:00`, years 1 to 9999.
    ///
    /// Nil for anything else, a day that does not exist and a leap second; digits after the ninth of a fraction are cut.
    public init?(rfc3339 text: String) {
        var bytes = Substring(text).utf8
        guard let day = CalendarDay(utf8: bytes.prefix(10)), (1...9999).contains(day.year) else { return nil }
        bytes = bytes.dropFirst(10)
        guard let mark = bytes.popFirst(), mark | 0x20 == UInt8(ascii: "t"),
            let hour = Self.twoDigits(&bytes, below: 24), bytes.popFirst() == UInt8(ascii: ":"),
            let minute = Self.twoDigits(&bytes, below: 60), bytes.popFirst() == UInt8(ascii: ":"),
            let second = Self.twoDigits(&bytes, below: 60),
            let nanoseconds = Self.fraction(&bytes),
            let offset = Self.offset(&bytes), bytes.isEmpty
        else { return nil }
        let seconds = Int64(day.daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        guard Self.expressible.contains(seconds) else { return nil }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// The seconds of the years 1 to 9999, those that RFC 3339 can write.
    public static let expressible: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// As RFC 3339 in UTC, with as many digits of a fraction as it takes: `2026-03-01T11:30:00.25Z`.
    public var rfc3339: String {
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let day = CalendarDay(daysSince1970: Int(days))
        let second = Int(seconds - days * 86_400)
        let date = "\(padded(day.year, 4))-\(padded(day.month, 2))-\(padded(day.day, 2))"
        let time = "\(padded(second / 3_600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return "\(date)T\(time)\(fractionText(nanoseconds))Z"
    }

    private static func twoDigits(_ bytes: inout Substring.UTF8View, below limit: Int) -> Int? {
        guard let high = bytes.popFirst(), let low = bytes.popFirst() else { return nil }
        let (tens, ones) = (high &- UInt8(ascii: "0"), low &- UInt8(ascii: "0"))
        guard tens < 10, ones < 10 else { return nil }
        let number = Int(tens) * 10 + Int(ones)
        return number < limit ? number : nil
    }

    /// The nanoseconds of `.25`; 0 where no fraction stands, nil for a point without digits.
    private static func fraction(_ bytes: inout Substring.UTF8View) -> Int32? {
        guard bytes.first == UInt8(ascii: ".") else { return 0 }
        bytes.removeFirst()
        var nanoseconds: Int32 = 0
        var count = 0
        while let byte = bytes.first, byte &- UInt8(ascii: "0") < 10 {
            if count < 9 { nanoseconds = nanoseconds * 10 + Int32(byte - UInt8(ascii: "0")) }
            count += 1
            bytes.removeFirst()
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { nanoseconds *= 10 }
        return nanoseconds
    }

    /// The seconds east of Greenwich.
    private static func offset(_ bytes: inout Substring.UTF8View) -> Int? {
        guard let sign = bytes.popFirst() else { return nil }
        if sign | 0x20 == UInt8(ascii: "z") { return 0 }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), let hours = twoDigits(&bytes, below: 24),
            bytes.popFirst() == UInt8(ascii: ":"), let minutes = twoDigits(&bytes, below: 60)
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }
}

extension Duration {
    /// From numbers with units, such as `1h30m`, `-1.5s` or `250ms` (`h`, `m`, `s`, `ms`, `us`, `µs`, `ns`), or a bare `0`.
    ///
    /// Nil for anything else, for more than 10,000 years, and for a text without a number.
    public init?(text: String) {
        var bytes = Substring(text).utf8
        var sign: Int128 = 1
        if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            if first == UInt8(ascii: "-") { sign = -1 }
            bytes.removeFirst()
        }
        if bytes.elementsEqual("0".utf8) {
            self.init(seconds: 0)
            return
        }
        var total: Int128 = 0
        repeat {
            guard let part = Self.part(&bytes) else { return nil }
            total += part
            guard total <= Self.longest else { return nil }
        } while !bytes.isEmpty
        total *= sign
        self.init(seconds: Int64(total / 1_000_000_000), nanoseconds: Int32(total % 1_000_000_000))
    }

    /// As seconds: `5400s`, `-1.5s`.
    public var text: String {
        let sign = seconds < 0 || nanoseconds < 0 ? "-" : ""
        return "\(sign)\(seconds.magnitude)\(fractionText(Int32(nanoseconds.magnitude)))s"
    }

    /// In nanoseconds, 10,000 years as protobuf has them.
    private static let longest: Int128 = 315_576_000_000 * 1_000_000_000

    /// The nanoseconds of one number with its unit.
    private static func part(_ bytes: inout Substring.UTF8View) -> Int128? {
        var digits: Int128 = 0
        var scale: Int128 = 1
        var count = 0
        var afterPoint = false
        while let byte = bytes.first {
            if byte == UInt8(ascii: "."), !afterPoint {
                afterPoint = true
            } else if byte &- UInt8(ascii: "0") < 10 {
                count += 1
                // 18 digits after the point say more than a nanosecond of an hour; what follows is cut.
                if !afterPoint || scale < 1_000_000_000_000_000_000 {
                    digits = digits * 10 + Int128(byte - UInt8(ascii: "0"))
                    if afterPoint { scale *= 10 }
                }
                guard digits < longest * 1_000_000_000 else { return nil }
            } else {
                break
            }
            bytes.removeFirst()
        }
        let name = bytes.prefix { !($0 == UInt8(ascii: ".") || $0 &- UInt8(ascii: "0") < 10) }
        guard count > 0, let unit = units[String(Substring(name))] else { return nil }
        bytes.removeFirst(name.count)
        return digits * unit / scale
    }

    private static let units: [String: Int128] = [
        "h": 3_600_000_000_000, "m": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "µs": 1_000,
        "μs": 1_000, "ns": 1,
    ]
}

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// `.25` for 250,000,000; nothing for 0.
private func fractionText(_ nanoseconds: Int32) -> String {
    guard nanoseconds > 0 else { return "" }
    var digits = padded(Int(nanoseconds), 9)
    while digits.hasSuffix("0") { digits.removeLast() }
    return "." + digits
}
