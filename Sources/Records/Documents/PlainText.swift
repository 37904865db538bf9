internal import HTMLText
internal import Runs

/// Bytes that are a text, in whichever of a few encodings.
struct PlainText: Sendable {
    var text: String
    var isWindows1252 = false

    /// UTF-8 with or without a byte order mark, UTF-16 with one, else Windows-1252 where nothing speaks against it.
    init(_ bytes: [UInt8], name: String) throws(Failure) {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            text = try Self.utf16(bytes, name: name)
            return
        }
        let hasMark = bytes.starts(with: byteOrderMark)
        let body = bytes[(hasMark ? byteOrderMark.count : 0)...]
        if let zero = bytes.firstIndex(of: 0) {
            throw Failure(
                .undecodable,
                "'\(name)' has a zero byte at offset \(zero), so it is no text; leave it out of `match`")
        }
        guard let invalid = body.withUnsafeBytes({ isASCII($0) ? nil : firstInvalidUTF8(in: $0) }) else {
            text = String(decoding: body, as: UTF8.self)
            return
        }
        guard !hasMark, body.withUnsafeBytes({ ByteSurvey($0).isLikeWindows1252 }) else {
            let place = body.startIndex + invalid
            let hex = String(bytes[place], radix: 16, uppercase: true)
            throw Failure(
                .undecodable, "'\(name)' is not UTF-8: byte 0x\(hex) at offset \(place); save it as UTF-8")
        }
        text = String(decoding: Charset.windows1252.utf8(body), as: UTF8.self)
        isWindows1252 = true
    }

    private static func utf16(_ bytes: [UInt8], name: String) throws(Failure) -> String {
        let isLittle = bytes[0] == 0xFF
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        for place in stride(from: 2, to: bytes.count - 1, by: 2) {
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            units.append(isLittle ? second << 8 | first : first << 8 | second)
        }
        guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
            throw Failure(
                .undecodable, "'\(name)' begins like UTF-16, but is not UTF-16 throughout; save it as UTF-8")
        }
        return text
    }
}

/// What speaks for one encoding or another in a stretch of bytes.
struct ByteSurvey {
    /// Characters of more than one byte in good UTF-8: hardly any text in another encoding has one by chance.
    private(set) var utf8Characters = 0
    /// Bytes that are no part of any.
    private(set) var invalidBytes = 0
    /// Control characters that no text has, and the five bytes that mean nothing in Windows-1252.
    private(set) var oddBytes = 0

    /// - Parameter isCut: whether the stretch ends anywhere, so that a character that is cut at its end is none.
    init(_ bytes: UnsafeRawBufferPointer, isCut: Bool = false) {
        var start = 0
        while start < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            let valid = firstInvalidUTF8(in: rest) ?? rest.count
            for place in 0..<valid {
                if rest[place] >= 0xC0 { utf8Characters += 1 }
                if rest[place] < 0x20, !Self.isUsual(rest[place]) { oddBytes += 1 }
            }
            guard valid < rest.count else { break }
            if isCut, rest.count - valid < 4, rest[valid] >= 0xC2 { break }
            invalidBytes += 1
            if [0x81, 0x8D, 0x8F, 0x90, 0x9D].contains(rest[valid]) { oddBytes += 1 }
            start += valid + 1
        }
    }

    private static func isUsual(_ control: UInt8) -> Bool { (0x09...0x0D).contains(control) || control == 0x1A }

    var isLikeWindows1252: Bool { invalidBytes > 0 && utf8Characters == 0 && oddBytes == 0 }
}
