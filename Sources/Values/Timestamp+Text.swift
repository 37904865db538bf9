extension Timestamp {
    /// From a text of RFC 3339 such as `2026-03-01T12:30:00.25+01:00`, years 1 to 9999.
    ///
    /// Nil for anything else, a day that does not exist and a leap second; digits after the ninth of a fraction are cut.
    public init?(rfc3339 text: String) {
        var text = text
        guard let moment = text.withUTF8({ Timestamp(utf8: $0) }) else { return nil }
        self = moment
    }

    private init?(utf8 text: UnsafeBufferPointer<UInt8>) {
        guard let day = CalendarDay(utf8: text), (1...9999).contains(day.year), text.count >= 20,
            text[10] | 0x20 == UInt8(ascii: "t"), text[13] == UInt8(ascii: ":"), text[16] == UInt8(ascii: ":"),
            let hour = text.twoDigits(at: 11), hour < 24, let minute = text.twoDigits(at: 14), minute < 60,
            let second = text.twoDigits(at: 17), second < 60, let (nanoseconds, end) = Self.fraction(text, from: 19),
            let offset = Self.offset(text, from: end)
        else { return nil }
        let seconds = Int64(day.daysSince1970) * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        guard Self.expressible.contains(seconds) else { return nil }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// The seconds of the years 1 to 9999, those that RFC 3339 can write.
    public static let expressible: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// As RFC 3339 in UTC, with as many digits of a fraction as it takes: `2026-03-01T11:30:00.25Z`.
    ///
    /// Outside the ``expressible`` years it is a text for people alone.
    public var rfc3339: String {
        guard Self.expressible.contains(seconds) else { return "\(seconds) s after 1970-01-01T00:00:00Z" }
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let day = CalendarDay(daysSince1970: Int(days))
        let second = Int(seconds - days * 86_400)
        return String(unsafeUninitializedCapacity: 30) { buffer in
            buffer.write(day.year, digits: 4, at: 0)
            buffer[4] = UInt8(ascii: "-")
            buffer.write(day.month, digits: 2, at: 5)
            buffer[7] = UInt8(ascii: "-")
            buffer.write(day.day, digits: 2, at: 8)
            buffer[10] = UInt8(ascii: "T")
            buffer.write(second / 3_600, digits: 2, at: 11)
            buffer[13] = UInt8(ascii: ":")
            buffer.write(second / 60 % 60, digits: 2, at: 14)
            buffer[16] = UInt8(ascii: ":")
            buffer.write(second % 60, digits: 2, at: 17)
            var end = 19
            if nanoseconds > 0 {
                buffer[19] = UInt8(ascii: ".")
                buffer.write(Int(nanoseconds), digits: 9, at: 20)
                end = 29
                while buffer[end - 1] == UInt8(ascii: "0") { end -= 1 }
            }
            buffer[end] = UInt8(ascii: "Z")
            return end + 1
        }
    }

    /// The nanoseconds of `.25` and where it ends; 0 where no fraction stands, nil for a point without digits.
    private static func fraction(
        _ text: UnsafeBufferPointer<UInt8>, from start: Int
    ) -> (nanoseconds: Int32, end: Int)? {
        guard text[start] == UInt8(ascii: ".") else { return (0, start) }
        var nanoseconds: Int32 = 0
        var unit: Int32 = 100_000_000
        var at = start + 1
        while at < text.count {
            let digit = text[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            nanoseconds += Int32(digit) * unit
            unit /= 10
            at += 1
        }
        return at > start + 1 ? (nanoseconds, at) : nil
    }

    /// The seconds east of Greenwich; nil where the text does not end with them.
    private static func offset(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard start < text.count else { return nil }
        if text[start] | 0x20 == UInt8(ascii: "z") { return text.count == start + 1 ? 0 : nil }
        guard text.count == start + 6, text[start] == UInt8(ascii: "+") || text[start] == UInt8(ascii: "-"),
            text[start + 3] == UInt8(ascii: ":"), let hours = text.twoDigits(at: start + 1), hours < 24,
            let minutes = text.twoDigits(at: start + 4), minutes < 60
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        return text[start] == UInt8(ascii: "-") ? -seconds : seconds
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

/// `.25` for 250,000,000; nothing for 0.
private func fractionText(_ nanoseconds: Int32) -> String {
    guard nanoseconds > 0 else { return "" }
    let digits = String(nanoseconds)
    var text = "." + String(repeating: "0", count: 9 - digits.utf8.count) + digits
    while text.hasSuffix("0") { text.removeLast() }
    return text
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes a number with leading zeros.
    fileprivate func write(_ number: Int, digits: Int, at place: Int) {
        var rest = number
        for digit in (place..<place + digits).reversed() {
            self[digit] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
