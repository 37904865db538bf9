internal import Runs

/// One address: `eva@example.com`, `Eva Maier <eva@example.com>`.
struct MailAddress: Hashable, Sendable {
    var name: String
    var address: String

    /// - Throws: also where a text holds more than one address: who gets a letter is not a record's choice.
    init(_ text: String) throws(Failure) {
        func wrong(_ why: String) -> Failure {
            let shown = MailHeader.oneLine(text)
            return Failure(
                .field, "'\(shown.prefix(200))' \(why); an address is written eva@example.com or Eva <eva@example.com>")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || $0 == "\u{2028}" }) else {
            throw wrong("holds a line end or another control character")
        }
        let trimmed = MailHeader.oneLine(text)
        if trimmed.hasSuffix(">"), let open = trimmed.lastIndex(of: "<") {
            address = String(trimmed[trimmed.index(after: open)...].dropLast())
            name = Self.unquoted(MailHeader.oneLine(String(trimmed[..<open])))
        } else {
            address = trimmed
            name = ""
        }
        guard Self.isPlain(address) else { throw wrong("is not one e-mail address") }
        guard !name.utf8.contains(where: { "<>@".utf8.contains($0) }) else { throw wrong("is not one e-mail address") }
    }

    private static func unquoted(_ name: String) -> String {
        guard name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") else { return name }
        var plain = ""
        var isEscaped = false
        for character in name.dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                plain.append(character)
                isEscaped = false
            }
        }
        return plain
    }

    /// One `@` between a local part and a host, and nothing that mail programs read as more.
    private static func isPlain(_ address: String) -> Bool {
        let halves = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard halves.count == 2, let local = halves.first, let host = halves.last, !local.isEmpty, local.count <= 64,
            !host.isEmpty, host.count <= 253, local.first != UInt8(ascii: "-"), host.first != UInt8(ascii: "-")
        else { return false }
        let isLocal = local.allSatisfy { byte in
            byte.isLetterOrDigit || byte >= 0x80 || ".!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
        return isLocal && host.allSatisfy { $0.isLetterOrDigit || $0 >= 0x80 || $0 == 0x2D || $0 == 0x2E }
    }

    var shown: String { name.isEmpty ? address : "\(name) <\(address)>" }

    /// As a header has it.
    var encoded: String {
        guard !name.isEmpty else { return address }
        if MailHeader.needsEncoding(name) { return "\(MailHeader.encoded(name)) <\(address)>" }
        let quoted = name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
        return "\"\(quoted)\" <\(address)>"
    }
}

/// How headers of e-mails are written (RFC 5322, RFC 2047).
enum MailHeader {
    /// Without line ends and other control characters, which would end a header and begin another.
    static func oneLine(_ text: String) -> String {
        text.unicodeScalars
            .split { $0.value <= 0x20 || $0.value == 0x7F || $0 == "\u{85}" || $0 == "\u{2028}" || $0 == "\u{2029}" }
            .map(String.init).joined(separator: " ")
    }

    static func needsEncoding(_ text: String) -> Bool {
        text.utf8.contains { $0 >= 0x7F || $0 < 0x20 } || text.contains("=?") || text.utf8.count > 900
    }

    /// A text as it stands in a header: plain, or in encoded words of at most 75 bytes, a line each.
    static func encoded(_ text: String) -> String {
        guard needsEncoding(text) else { return text }
        var words: [String] = []
        var part: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // 45 bytes are 60 in base64; with `=?UTF-8?B?…?=` that is 72.
            if part.count + bytes.count > 45 {
                words.append("=?UTF-8?B?\(base64(part))?=")
                part = []
            }
            part += bytes
        }
        words.append("=?UTF-8?B?\(base64(part))?=")
        return words.joined(separator: "\n ")
    }

    /// The message ids in a text, in their order: `<…@…>` without blanks.
    static func messageIDs(in text: String) -> [String] {
        text.unicodeScalars.split { $0.value <= 0x20 || $0 == "," }.compactMap { word in
            let word = String(word)
            let inner = word.dropFirst().dropLast()
            guard word.hasPrefix("<"), word.hasSuffix(">"), word.utf8.count <= 250, !inner.isEmpty,
                inner.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E })
            else { return nil }
            return word
        }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? digits[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A letter as RFC 5322 has it, lines ended as programs on this system end them.
struct MailText {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// - Parameters:
    ///   - key: makes the `Message-ID`, so that the same letter has the same one whenever it is sent.
    ///   - time: seconds since 1970.
    static func bytes(of message: EmailMessage.Rendered, key: String, time: Int64) -> [UInt8] {
        var lines: [String] = []
        if let from = message.from { lines.append("From: \(from.encoded)") }
        lines.append("To: \(message.to.map(\.encoded).joined(separator: ",\n "))")
        if !message.cc.isEmpty { lines.append("Cc: \(message.cc.map(\.encoded).joined(separator: ",\n "))") }
        lines.append("Subject: \(MailHeader.encoded(message.subject))")
        lines.append("Date: \(date(time))")
        lines.append("Message-ID: \(messageID(key, from: message.from))")
        if let id = message.repliesTo {
            lines.append("In-Reply-To: \(id)")
            let others = message.references.filter { $0 != id }.suffix(20)
            lines.append("References: \((others + [id]).joined(separator: "\n "))")
        }
        lines.append("Auto-Submitted: \(message.repliesTo == nil ? "auto-generated" : "auto-replied")")
        lines.append("MIME-Version: 1.0")
        lines.append("Content-Type: text/plain; charset=utf-8")
        lines.append("Content-Transfer-Encoding: quoted-printable")
        return Array((lines.joined(separator: "\n") + "\n\n").utf8) + quotedPrintable(message.body)
    }

    static func messageID(_ key: String, from: MailAddress?) -> String {
        let host = from.flatMap { $0.address.split(separator: "@").last }.map(String.init)
        let isPlain = host?.utf8.allSatisfy { $0 < 0x80 } ?? false
        return "<\(key)@\(isPlain ? host ?? "" : "linecook.invalid")>"
    }

    static func date(_ time: Int64) -> String {
        let day = Int64((Double(time) / 86_400).rounded(.down))
        let rest = time - day * 86_400
        // Civil date of a day count, in years that begin in March.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let weekday = days[Int((day % 7 + 7) % 7)]
        return "\(weekday), \(two(dayOfYear - (153 * march + 2) / 5 + 1)) \(months[Int(month) - 1]) \(year) "
            + "\(two(rest / 3_600)):\(two(rest % 3_600 / 60)):\(two(rest % 60)) +0000"
    }

    /// Lines of at most 76 signs; a dot that begins a line is written by its number, because it would end the letter for
    /// some programs.
    static func quotedPrintable(_ text: String) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        var normal = Array(text.utf8)
        normal = normal.enumerated().filter { $1 != 0x0D || $0 + 1 < normal.count && normal[$0 + 1] != 0x0A }
            .map { $1 == 0x0D ? 0x0A : $1 }
        for line in normal.split(separator: 0x0A, omittingEmptySubsequences: false) {
            var width = 0
            for (index, byte) in line.enumerated() {
                let isLast = index == line.count - 1
                let isPlain =
                    (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")
                    && !(byte == UInt8(ascii: ".") && width == 0)
                    || ((byte == 0x20 || byte == 0x09) && !isLast)
                let length = isPlain ? 1 : 3
                if width + length > 75 {
                    bytes += "=\n".utf8
                    width = 0
                }
                let startsWithDot = byte == UInt8(ascii: ".") && width == 0
                if isPlain && !startsWithDot {
                    bytes.append(byte)
                    width += 1
                } else {
                    bytes += [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                    width += 3
                }
            }
            bytes.append(0x0A)
        }
        // The split left one line more where the text ends with a line end.
        if normal.last == 0x0A { bytes.removeLast() }
        return bytes
    }
}

extension UInt8 {
    fileprivate var isLetterOrDigit: Bool {
        (0x30...0x39).contains(self) || (0x61...0x7A).contains(self | 0x20) && self < 0x80
    }
}
