package import Values

/// How numbers read to people: grouped, rounded to what matters, with their unit.
package enum Figures {
    /// `1,234,567`
    package static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude).utf8)
        var grouped: [UInt8] = number < 0 ? [UInt8(ascii: "-")] : []
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(UInt8(ascii: ",")) }
            grouped.append(digit)
        }
        return String(decoding: grouped, as: UTF8.self)
    }

    /// `1 record`, `2,000 records`; the plural is the word with an `s` unless given.
    package static func count(_ number: Int, _ word: String, plural: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? word : plural ?? word + "s")"
    }

    /// `840 ms`, `8.4 s`, `2 min 10 s`, `3 h 05 min`, `2 d 4 h`
    package static func duration(microseconds: Int64) -> String {
        let milliseconds = (microseconds + 500) / 1000
        if microseconds <= 0 { return "0 s" }
        if microseconds < 1000 { return "under 1 ms" }
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let tenths = (microseconds + 50_000) / 100_000
        if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
        let seconds = (microseconds + 500_000) / 1_000_000
        if seconds < 60 { return "\(seconds) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(padded(seconds % 60)) s" }
        let minutes = (seconds + 30) / 60
        if minutes < 24 * 60 { return "\(minutes / 60) h \(padded(minutes % 60)) min" }
        let hours = (minutes + 30) / 60
        return "\(hours / 24) d \(hours % 24) h"
    }

    /// `12.40 USD`, `0.0031 USD`: cents, or two digits that count where cents would say nothing.
    ///
    /// - Parameter billionths: of the currency.
    package static func money(billionths: Int64, currency: String) -> String {
        var unit: Int64 = 10_000_000
        var decimals = 2
        while billionths.magnitude > 0, billionths.magnitude < UInt64(unit) * 10, unit > 1 {
            unit /= 10
            decimals += 1
        }
        let rounded = Int64((billionths.magnitude + UInt64(unit) / 2) / UInt64(unit))
        let whole = 1_000_000_000 / unit
        let fraction = padded(rounded % whole, to: decimals)
        return "\(billionths < 0 ? "-" : "")\(count(Int(rounded / whole))).\(fraction) \(currency)"
    }

    /// `512 bytes`, `12.4 kB`, `1.1 GB`
    package static func bytes(_ number: Int64) -> String {
        guard number >= 1000 else { return number == 1 ? "1 byte" : "\(number) bytes" }
        var tenths = number / 100
        var units = ["kB", "MB", "GB", "TB"][...]
        while tenths >= 10_000, units.count > 1 {
            tenths = (tenths + 500) / 1000
            units.removeFirst()
        }
        return "\(count(Int(tenths / 10))).\(tenths % 10) \(units.first ?? "TB")"
    }

    /// A length in a drawing: at most two digits behind the point, and none that say nothing.
    package static func plain(_ number: Double) -> String {
        let hundredths = Int64((number * 100).rounded())
        let sign = hundredths < 0 ? "-" : ""
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        if rest == 0 { return "\(sign)\(whole)" }
        return "\(sign)\(whole).\(rest % 10 == 0 ? String(rest / 10) : padded(Int64(rest)))"
    }

    static func padded(_ number: Int64, to width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

extension Figures {
    /// `2026-03-02 14:05:09 UTC`; parts of a second are left out.
    package static func moment(_ time: Timestamp) -> String {
        let text = Timestamp(seconds: time.seconds).rfc3339
        return text.split(separator: "T").joined(separator: " ").split(separator: "Z").joined() + " UTC"
    }
}
