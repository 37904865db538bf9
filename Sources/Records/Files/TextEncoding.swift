internal import HTMLText

/// How the bytes of a table stand for characters.
package enum TextEncoding: String, Sendable {
    case utf8 = "utf-8"
    /// In the order that a byte order mark tells, else the lower byte first.
    case utf16 = "utf-16"
    case utf16le = "utf-16le"
    case utf16be = "utf-16be"
    case windows1252 = "windows-1252"

    package static let names: [String] = [utf8, utf16, utf16le, utf16be, windows1252].map(\.rawValue)

    /// As people write it.
    var title: String {
        switch self {
        case .utf8: "UTF-8"
        case .utf16, .utf16le, .utf16be: "UTF-16"
        case .windows1252: "Windows-1252"
        }
    }
}

/// A file in another encoding as if it were UTF-8. What stands for no character becomes a byte that UTF-8 does not know,
/// so that the row it is in fails by name as any other.
///
/// Made to be read forward; going back begins anew. Holds a piece of the file.
final class DecodedFile: ByteSource {
    private let file: File
    private let encoding: TextEncoding
    private let start: Int64
    /// Of the next byte of the file.
    private var fileOffset: Int64
    /// What was read and is not decoded yet: the first part of a character.
    private var rest: [UInt8] = []
    private var decoded: [UInt8] = []
    /// Of the first decoded byte.
    private var offset: Int64 = 0

    private static let pieceLength = 1 << 18

    /// - Parameter start: behind a byte order mark.
    init(_ file: File, _ encoding: TextEncoding, start: Int64) {
        self.file = file
        self.encoding = encoding
        self.start = start
        fileOffset = start
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at place: Int64) throws(FileError) -> Int {
        if place < offset { (fileOffset, rest, decoded, offset) = (start, [], [], 0) }
        var filled = 0
        while filled < buffer.count {
            let next = Int(place - offset) + filled
            if next >= decoded.count {
                guard try decodePiece() else { break }
                continue
            }
            let count = min(decoded.count - next, buffer.count - filled)
            decoded.withUnsafeBytes { bytes in
                let piece = UnsafeRawBufferPointer(rebasing: bytes[next..<next + count])
                UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count]).copyMemory(from: piece)
            }
            filled += count
        }
        return filled
    }

    /// Replaces what is decoded by what follows it; false at the end, where it stays.
    private func decodePiece() throws(FileError) -> Bool {
        var piece = [UInt8](repeating: 0, count: Self.pieceLength)
        let file = file
        let place = fileOffset
        let count = try piece.withMutableBytes { bytes throws(FileError) in try file.read(into: bytes, at: place) }
        piece.removeSubrange(count...)
        fileOffset += Int64(count)
        let isLast = count < Self.pieceLength
        let bytes = rest + piece
        guard !bytes.isEmpty else { return false }
        offset += Int64(decoded.count)
        (decoded, rest) = encoding.utf8(of: bytes, isLast: isLast)
        return !decoded.isEmpty || !isLast
    }
}

extension TextEncoding {
    /// - Parameter isLast: whether nothing follows; else a character that may go on is given back.
    func utf8(of bytes: [UInt8], isLast: Bool) -> (text: [UInt8], rest: [UInt8]) {
        switch self {
        case .utf8: (bytes, [])
        case .windows1252: (Self.fromWindows1252(bytes), [])
        case .utf16, .utf16le: Self.fromUTF16(bytes, isBig: false, isLast: isLast)
        case .utf16be: Self.fromUTF16(bytes, isBig: true, isLast: isLast)
        }
    }

    private static let high = (UInt8(0x80)...0xFF).map { Charset.windows1252.utf8([$0]) }

    private static func fromWindows1252(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count + bytes.count / 8)
        for byte in bytes {
            if byte < 0x80 { text.append(byte) } else { text += high[Int(byte) - 0x80] }
        }
        return text
    }

    /// A byte that stands in no UTF-8.
    private static let nothing: UInt8 = 0xFF

    private static func fromUTF16(_ bytes: [UInt8], isBig: Bool, isLast: Bool) -> (text: [UInt8], rest: [UInt8]) {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        func unit(_ place: Int) -> UInt16 {
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            return isBig ? first << 8 | second : second << 8 | first
        }
        var place = 0
        while place + 1 < bytes.count {
            let first = unit(place)
            if first < 0x80 {
                text.append(UInt8(first))
                place += 2
            } else if UTF16.isLeadSurrogate(first) {
                guard place + 3 < bytes.count else {
                    if !isLast { break }
                    text.append(nothing)
                    place += 2
                    continue
                }
                let second = unit(place + 2)
                guard UTF16.isTrailSurrogate(second) else {
                    text.append(nothing)
                    place += 2
                    continue
                }
                let scalar = 0x10000 + (UInt32(first) & 0x3FF) << 10 + UInt32(second) & 0x3FF
                append(Unicode.Scalar(scalar), to: &text)
                place += 4
            } else {
                append(Unicode.Scalar(first), to: &text)
                place += 2
            }
        }
        guard place < bytes.count else { return (text, []) }
        guard isLast else { return (text, Array(bytes[place...])) }
        return (text + [nothing], [])
    }

    private static func append(_ scalar: Unicode.Scalar?, to text: inout [UInt8]) {
        if let scalar { text += UTF8.encode(scalar) ?? .encodedReplacementCharacter } else { text.append(nothing) }
    }
}
