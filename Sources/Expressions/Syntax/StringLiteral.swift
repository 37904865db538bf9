/// Reads one quoted text with its escapes: `'…'`, `"…"`, three quotes in a row, raw, bytes.
struct StringLiteral {
    let bytes: [UInt8]
    /// Where the literal begins, letters before the quote included; for messages.
    let start: Int
    let isRaw: Bool
    let isBytes: Bool
    /// After reading, the first byte behind the literal.
    private(set) var offset: Int

    private let quote: UInt8
    private let isTriple: Bool

    init(bytes: [UInt8], start: Int, quote: Int, isRaw: Bool, isBytes: Bool) {
        self.bytes = bytes
        self.start = start
        self.isRaw = isRaw
        self.isBytes = isBytes
        self.quote = bytes[quote]
        isTriple = bytes[quote...].starts(with: [bytes[quote], bytes[quote], bytes[quote]])
        offset = quote + (isTriple ? 3 : 1)
    }

    /// What the literal means, as UTF-8 or, in bytes, as it is.
    mutating func read() throws(SyntaxError) -> [UInt8] {
        var content: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            if atEnd {
                offset += isTriple ? 3 : 1
                return content
            }
            if byte == "\\", !isRaw {
                try readEscape(into: &content)
            } else if byte == "\n" || byte == "\r", !isTriple {
                break
            } else {
                content.append(byte)
                offset += 1
            }
        }
        let mark = String(repeating: String(UnicodeScalar(quote)), count: isTriple ? 3 : 1)
        throw SyntaxError(message: "this text has no closing \(mark)", range: start..<start + 1)
    }

    private var atEnd: Bool {
        guard bytes[offset] == quote else { return false }
        return !isTriple || bytes[offset...].starts(with: [quote, quote, quote])
    }

    private mutating func readEscape(into content: inout [UInt8]) throws(SyntaxError) {
        guard offset + 1 < bytes.count else {
            throw SyntaxError(message: "this text ends in the middle of an escape", range: offset..<offset + 1)
        }
        let letter = bytes[offset + 1]
        switch letter {
        case "a": simple(0x07)
        case "b": simple(0x08)
        case "f": simple(0x0C)
        case "n": simple(0x0A)
        case "r": simple(0x0D)
        case "t": simple(0x09)
        case "v": simple(0x0B)
        case "\\", "?", "\"", "'", "`": simple(letter)
        case "x", "X": append(try code(after: 2, digits: 2, radix: 16), to: &content)
        case "0"..."3": append(try code(after: 1, digits: 3, radix: 8), to: &content)
        case "u": append(try codePoint(digits: 4), to: &content)
        case "U": append(try codePoint(digits: 8), to: &content)
        default:
            throw SyntaxError(
                message: "'\(excerpt(2))' is no escape; a backslash itself is written `\\\\`, or the text as r\"…\"",
                range: offset..<offset + 2)
        }

        func simple(_ byte: UInt8) {
            content.append(byte)
            offset += 2
        }
    }

    /// In bytes a code is one byte, in a text one code point.
    private func append(_ code: UInt32, to content: inout [UInt8]) {
        if isBytes {
            content.append(UInt8(truncatingIfNeeded: code))
        } else if let scalar = Unicode.Scalar(code) {
            content.append(contentsOf: String(scalar).utf8)
        }
    }

    private mutating func codePoint(digits: Int) throws(SyntaxError) -> UInt32 {
        let from = offset
        guard !isBytes else {
            throw SyntaxError(
                message: "bytes have no '\\u' and '\\U'; write the bytes as '\\xHH'", range: from..<from + 2)
        }
        let code = try code(after: 2, digits: digits, radix: 16)
        guard Unicode.Scalar(code) != nil else {
            throw SyntaxError(message: "there is no character with this code", range: from..<offset)
        }
        return code
    }

    private mutating func code(after prefix: Int, digits: Int, radix: Int) throws(SyntaxError) -> UInt32 {
        let end = offset + prefix + digits
        let text = String(decoding: bytes[min(offset + prefix, bytes.count)..<min(end, bytes.count)], as: UTF8.self)
        guard text.utf8.count == digits, !text.hasPrefix("+"), !text.hasPrefix("-"),
            let code = UInt32(text, radix: radix)
        else {
            let kind = radix == 8 ? "octal" : "hexadecimal"
            throw SyntaxError(
                message: "'\(excerpt(prefix))' here is followed by \(prefix == 1 ? 2 : digits) \(kind) digits",
                range: offset..<min(end, bytes.count))
        }
        offset = end
        return code
    }

    private func excerpt(_ count: Int) -> String {
        String(decoding: bytes[offset..<min(offset + count, bytes.count)], as: UTF8.self)
    }
}
