extension Timestamp {
    /// 0001-01-01T00:00:00Z, the earliest moment that RFC 3339 and CEL can say.
    public static let earliest = Timestamp(seconds: -62_135_596_800)
    /// The last nanosecond of the year 9999.
    public static let latest = Timestamp(seconds: 253_402_300_799, nanoseconds: 999_999_999)

    public var isInRange: Bool { self >= .earliest && self <= .latest }

    /// Reads RFC 3339, such as `2009-02-13T23:31:30.5Z` or `2009-02-14T00:31:30+01:00`; nil for all else, for days
    /// that do not exist and for years outside of 0001 to 9999. Digits beyond nanoseconds are cut.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t"),
            let date = CivilDate(String(decoding: bytes[0..<10], as: UTF8.self)),
            let time = Self.timeOfDay(bytes[11..<19])
        else { return nil }
        var offset = 19
        var nanoseconds = 0
        if bytes[offset] == UInt8(ascii: ".") {
            let digits = bytes[(offset + 1)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let fraction = CivilDate.number(digits.prefix(9)) else { return nil }
            nanoseconds = (digits.count..<9).reduce(fraction) { number, _ in number * 10 }
            offset += 1 + digits.count
        }
        guard let zone = Self.zoneOffset(bytes[offset...]) else { return nil }
        self.init(
            seconds: Int64(date.daysSince1970 * 86_400 + time - zone), nanoseconds: Int32(nanoseconds))
        guard isInRange else { return nil }
    }

    /// `HH:MM:SS` in seconds.
    private static func timeOfDay(_ bytes: ArraySlice<UInt8>) -> Int? {
        let start = bytes.startIndex
        guard bytes[start + 2] == UInt8(ascii: ":"), bytes[start + 5] == UInt8(ascii: ":"),
            let hour = CivilDate.number(bytes[start..<start + 2]), hour < 24,
            let minute = CivilDate.number(bytes[start + 3..<start + 5]), minute < 60,
            let second = CivilDate.number(bytes[start + 6..<start + 8]), second < 60
        else { return nil }
        return (hour * 60 + minute) * 60 + second
    }

    /// `Z` or `+HH:MM` in seconds east of Greenwich.
    private static func zoneOffset(_ bytes: ArraySlice<UInt8>) -> Int? {
        let start = bytes.startIndex
        if bytes.count == 1, bytes[start] == UInt8(ascii: "Z") || bytes[start] == UInt8(ascii: "z") { return 0 }
        guard bytes.count == 6, bytes[start] == UInt8(ascii: "+") || bytes[start] == UInt8(ascii: "-"),
            bytes[start + 3] == UInt8(ascii: ":"),
            let hour = CivilDate.number(bytes[start + 1..<start + 3]), hour < 24,
            let minute = CivilDate.number(bytes[start + 4..<start + 6]), minute < 60
        else { return nil }
        let seconds = (hour * 60 + minute) * 60
        return bytes[start] == UInt8(ascii: "-") ? -seconds : seconds
    }

    /// The day and the seconds since its midnight, at an offset in seconds east of Greenwich.
    public func civil(offset: Int = 0) -> (date: CivilDate, secondOfDay: Int) {
        let local = Int(seconds) + offset
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        return (CivilDate(daysSince1970: days), local - days * 86_400)
    }
}

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, with as many digits of a fraction as needed.
    public var description: String {
        let (date, second) = civil()
        let time = "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        return "\(date)T\(time)\(fraction(nanoseconds))Z"
    }
}

/// Half a second as `.5`; nothing for none.
func fraction(_ nanoseconds: Int32) -> String {
    if nanoseconds == 0 { return "" }
    var digits = Array(padded(Int(nanoseconds.magnitude), 9).utf8)
    while digits.last == UInt8(ascii: "0") { digits.removeLast() }
    return "." + String(decoding: digits, as: UTF8.self)
}
