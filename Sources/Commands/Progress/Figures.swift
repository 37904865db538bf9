/// How people read numbers in a line of text.
enum Figures {
    /// `1,234,567`.
    static func grouped(_ number: Int) -> String {
        var digits = Array(String(abs(number)))
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: place)
            place -= 3
        }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// `1 record`, `2,000 records`.
    static func grouped(_ number: Int, _ word: String) -> String {
        "\(grouped(number)) \(word)\(number == 1 ? "" : "s")"
    }

    /// `850 ms`, `4.2 s`, `3 min 05 s`, `2 h 10 min`.
    static func duration(_ seconds: Double) -> String {
        switch seconds {
        case ..<0.9995: return "\(Int((max(0, seconds) * 1000).rounded())) ms"
        case ..<9.95: return "\(Double(Int((seconds * 10).rounded())) / 10) s"
        case ..<59.5: return "\(Int(seconds.rounded())) s"
        default:
            let whole = Int(seconds.rounded())
            if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
            return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
        }
    }

    /// `320/s`, `4.5/s`, `12/min`.
    static func rate(_ perSecond: Double) -> String {
        switch perSecond {
        case 9.95...: "\(grouped(Int(perSecond.rounded())))/s"
        case 0.995...: "\(Double(Int((perSecond * 10).rounded())) / 10)/s"
        default: "\(Int((perSecond * 60).rounded()))/min"
        }
    }

    /// Billionths of the currency: `0.0312 USD`.
    static func money(_ nano: Int64, currency: String) -> String {
        let cents = Double(nano) / 1e9
        let places = cents >= 1 ? 100.0 : 10_000.0
        return "\((cents * places).rounded() / places) \(currency)"
    }

    /// `812 bytes`, `4.2 KB`, `96 MB`, in thousands.
    static func bytes(_ count: Int64) -> String {
        guard count >= 1000 else { return count == 1 ? "1 byte" : "\(count) bytes" }
        var amount = Double(count) / 1000
        var unit = 0
        while amount >= 999.5, unit < 3 { (amount, unit) = (amount / 1000, unit + 1) }
        let figure = amount < 9.95 ? "\((amount * 10).rounded() / 10)" : grouped(Int(amount.rounded()))
        return "\(figure) \(["KB", "MB", "GB", "TB"][unit])"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
