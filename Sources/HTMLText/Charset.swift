internal import CIconv

/// How bytes stand for characters, by the names that the web has for it.
package struct Charset: Hashable, Sendable {
    /// As iconv calls it; `UTF-8` and `WINDOWS-1252` are read without it.
    package let name: String

    package static let utf8 = Charset(name: "UTF-8")
    package static let windows1252 = Charset(name: "WINDOWS-1252")

    private init(name: String) { self.name = name }

    /// By a label as a header or a document gives it, whatever its case; nil for one that the web does not know.
    package init?(label: String) {
        let trimmed = label.unicodeScalars.drop { $0.value <= 0x20 }.prefix { $0.value > 0x20 }
        let key = String(String.UnicodeScalarView(trimmed)).lowercased()
        guard let name = CharsetLabels.named[key] ?? CharsetLabels.own[key] else { return nil }
        self.name = name
    }

    /// Turns bytes into UTF-8. What stands for no character becomes U+FFFD.
    package func utf8(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .utf8: Array(String(decoding: bytes, as: UTF8.self).utf8)
        case .windows1252: bytes.flatMap { $0 < 0x80 ? [$0] : Array(Self.windows1252($0).utf8) }
        default: Converter(from: name)?.convert(bytes) ?? Charset.windows1252.utf8(bytes)
        }
    }

    /// The character of a byte in Windows-1252, as browsers read it: its five gaps are control characters.
    static func windows1252(_ byte: UInt8) -> String {
        guard (0x80...0x9F).contains(byte) else { return String(Unicode.Scalar(byte)) }
        return String(high[Int(byte) - 0x80])
    }

    private static let high: [Unicode.Scalar] = [
        "\u{20AC}", "\u{81}", "\u{201A}", "\u{192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}", "\u{2C6}",
        "\u{2030}", "\u{160}", "\u{2039}", "\u{152}", "\u{8D}", "\u{17D}", "\u{8F}", "\u{90}", "\u{2018}", "\u{2019}",
        "\u{201C}", "\u{201D}", "\u{2022}", "\u{2013}", "\u{2014}", "\u{2DC}", "\u{2122}", "\u{161}", "\u{203A}",
        "\u{153}", "\u{9D}", "\u{17E}", "\u{178}",
    ]
}

extension Charset {
    /// A byte order mark at the start, and how long it is.
    package static func byteOrderMark(of bytes: [UInt8]) -> (charset: Charset, length: Int)? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
        if bytes.starts(with: [0xFE, 0xFF]) { return (Charset(name: "UTF-16BE"), 2) }
        if bytes.starts(with: [0xFF, 0xFE]) { return (Charset(name: "UTF-16LE"), 2) }
        return nil
    }

    /// The text of a document in UTF-8, without a byte order mark and without null bytes.
    ///
    /// - Parameter transport: the label that came beside it.
    static func utf8(ofHTML bytes: [UInt8], transport: String?) -> [UInt8] {
        let mark = byteOrderMark(of: bytes)
        let body = bytes[(mark?.length ?? 0)...]
        let text: [UInt8]
        if let told = mark?.charset ?? transport.flatMap({ Charset(label: $0) }) ?? HTMLPrescan.charset(of: bytes) {
            text = told.utf8(body)
        } else if let valid = String(validating: body, as: UTF8.self) {
            text = Array(valid.utf8)
        } else {
            text = Charset.windows1252.utf8(body)
        }
        // The parser takes a null byte for the end.
        return text.contains(0) ? text.filter { $0 != 0 } : text
    }

    /// Text that is no HTML, in UTF-8: by its byte order mark, what came beside it, or what it is.
    package static func utf8(ofText bytes: [UInt8], transport: String?) -> [UInt8] {
        let mark = byteOrderMark(of: bytes)
        let body = bytes[(mark?.length ?? 0)...]
        if let told = mark?.charset ?? transport.flatMap({ Charset(label: $0) }) { return told.utf8(body) }
        if let valid = String(validating: body, as: UTF8.self) { return Array(valid.utf8) }
        return Charset.windows1252.utf8(body)
    }
}

/// iconv, from one charset to UTF-8.
@safe private final class Converter {
    private let handle: iconv_t

    init?(from name: String) {
        // For an error it gives a pointer to nowhere.
        guard let handle = unsafe iconv_open("UTF-8", name), Int(bitPattern: handle) != -1 else { return nil }
        unsafe self.handle = handle
    }

    deinit { _ = unsafe iconv_close(handle) }

    func convert(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var input = bytes.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: 16 << 10)
        var text: [UInt8] = []
        text.reserveCapacity(input.count)
        unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                var next = input.baseAddress
                var left = input.count
                while left > 0 {
                    let before = left
                    var place = output.baseAddress
                    var room = output.count
                    let result = unsafe iconv(handle, &next, &left, &place, &room)
                    let count = output.count - room
                    text += unsafe output[..<count].map { UInt8(bitPattern: $0) }
                    // A full buffer is emptied and gone on with; what stands for nothing is passed over.
                    if result == -1, count == 0 || left == before {
                        text += "\u{FFFD}".utf8
                        unsafe next = next?.advanced(by: 1)
                        left -= 1
                    }
                }
            }
        }
        return text
    }
}
