package import Diagnostics

/// The characters of a file and where its lines start.
///
/// Lines end with LF, CRLF or CR. A byte order mark in front is dropped: the first character after it is column one.
package struct SourceText: Sendable {
    package let file: String
    /// Valid UTF-8 that YAML allows, without byte order mark.
    package let bytes: [UInt8]
    private let lineStarts: [Int]
    /// The byte offset of every 256th scalar; empty where every scalar is one byte.
    private let scalarOffsets: [Int]

    /// Takes the bytes of a file when they are text that YAML allows.
    package init(_ bytes: [UInt8], file: String) throws(YAMLSyntaxError) {
        var text = bytes
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
        var lineStarts = [0]
        var scalarOffsets: [Int] = []
        var scalars = 0
        var offset = 0
        while offset < text.count {
            if scalars & 0xFF == 0 { scalarOffsets.append(offset) }
            let byte = text[offset]
            guard let length = scalarLength(in: text, at: offset) else {
                throw YAMLSyntaxError(
                    "the file is not UTF-8: byte 0x\(hexadecimal(UInt32(byte), digits: 2)) cannot stand here; "
                        + "save the file as UTF-8",
                    at: Self.place(
                        of: offset, in: text, lineStart: lineStarts[lineStarts.count - 1], line: lineStarts.count - 1,
                        file: file))
            }
            if let problem = refusal(in: text, at: offset, length: length) {
                throw YAMLSyntaxError(
                    problem,
                    at: Self.place(
                        of: offset, in: text, lineStart: lineStarts[lineStarts.count - 1], line: lineStarts.count - 1,
                        file: file))
            }
            offset += length
            scalars += 1
            if byte == .lineFeed || (byte == .carriageReturn && !(offset < text.count && text[offset] == .lineFeed)) {
                lineStarts.append(offset)
            }
        }
        self.file = file
        self.bytes = text
        self.lineStarts = lineStarts
        self.scalarOffsets = scalars == text.count ? [] : scalarOffsets
    }

    /// How many lines there are; a last line break starts one more.
    package var lineCount: Int { lineStarts.count }

    /// The byte offset of the scalar that a scanner which counts scalars calls `index`.
    package func offset(ofScalar index: Int) -> Int {
        guard !scalarOffsets.isEmpty else { return min(index, bytes.count) }
        guard index >> 8 < scalarOffsets.count else { return bytes.count }
        var offset = scalarOffsets[index >> 8]
        var left = index & 0xFF
        while left > 0, offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    package func position(at offset: Int) -> SourcePosition {
        let offset = min(offset, bytes.count)
        let line = last(in: lineStarts, upTo: offset)
        return SourcePosition(
            zeroBasedLine: line, column: scalarIndex(at: offset) - scalarIndex(at: lineStarts[line]))
    }

    package func span(_ range: Range<Int>) -> SourceSpan {
        SourceSpan(file: file, start: position(at: range.lowerBound), end: position(at: range.upperBound))
    }

    /// The byte offset of a place; the end of the line, or of the file, for a place past it.
    package func offset(of position: SourcePosition) -> Int {
        guard position.line <= lineStarts.count else { return bytes.count }
        let line = lineRange(position.line)
        var offset = line.lowerBound
        var left = position.column - 1
        while left > 0, offset < line.upperBound {
            offset += 1
            while offset < line.upperBound, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
            left -= 1
        }
        return offset
    }

    /// The bytes of a line, counted from one, without its line break.
    package func lineRange(_ line: Int) -> Range<Int> {
        let start = lineStarts[line - 1]
        var end = line < lineStarts.count ? lineStarts[line] : bytes.count
        while end > start, bytes[end - 1] == .lineFeed || bytes[end - 1] == .carriageReturn { end -= 1 }
        return start..<end
    }

    package func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// How many scalars stand before a byte offset.
    private func scalarIndex(at offset: Int) -> Int {
        guard !scalarOffsets.isEmpty else { return offset }
        let block = last(in: scalarOffsets, upTo: offset)
        return block << 8 + bytes[scalarOffsets[block]..<offset].count { $0 & 0xC0 != 0x80 }
    }

    /// The place of a byte before which everything is text; only for a file that is refused there.
    private static func place(of offset: Int, in bytes: [UInt8], lineStart: Int, line: Int, file: String) -> SourceSpan
    {
        let column = bytes[lineStart..<offset].count { $0 & 0xC0 != 0x80 }
        let start = SourcePosition(zeroBasedLine: line, column: column)
        return SourceSpan(file: file, start: start, end: SourcePosition(line: start.line, column: start.column + 1))
    }
}

/// The index of the last of some rising numbers that is not above a bound; the first number is never above it.
private func last(in numbers: [Int], upTo bound: Int) -> Int {
    var (low, high) = (0, numbers.count)
    while low + 1 < high {
        let middle = (low + high) / 2
        if numbers[middle] <= bound { low = middle } else { high = middle }
    }
    return low
}

/// The length of the UTF-8 sequence at an offset; nil when there is none that is well-formed.
private func scalarLength(in bytes: [UInt8], at offset: Int) -> Int? {
    let first = bytes[offset]
    if first < 0x80 { return 1 }
    let (length, second): (Int, ClosedRange<UInt8>)
    switch first {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return nil }
    for next in bytes[offset + 1..<offset + length] where next & 0xC0 != 0x80 { return nil }
    return length
}

/// Why YAML does not allow the scalar at an offset; nil when it does.
///
/// The three Unicode line separators are text in YAML 1.2 and line breaks in libyaml, which is 1.1: a prompt pasted with
/// one of them would end in its middle.
private func refusal(in bytes: [UInt8], at offset: Int, length: Int) -> String? {
    let byte = bytes[offset]
    if byte >= 0x20, byte < 0x7F { return nil }
    switch length {
    case 1:
        guard byte != .tab, byte != .lineFeed, byte != .carriageReturn else { return nil }
        let code = "U+\(hexadecimal(UInt32(byte), digits: 4))"
        return "the control character \(code) cannot stand in YAML; write it as \"\\x\(code.suffix(2))\" in quotes"
    case 2 where byte == 0xC2 && bytes[offset + 1] < 0xA0:
        let code = "U+\(hexadecimal(UInt32(bytes[offset + 1]), digits: 4))"
        return "the control character \(code) cannot stand in YAML; write it as \"\\x\(code.suffix(2))\" in quotes"
    case 3 where byte == 0xE2 && bytes[offset + 1] == 0x80 && bytes[offset + 2] & 0xFE == 0xA8:
        let code = bytes[offset + 2] == 0xA8 ? "2028" : "2029"
        return "the invisible line separator U+\(code) stands here; delete it, or write it as \"\\u\(code)\" in quotes"
    case 3 where byte == 0xEF && bytes[offset + 1] == 0xBB && bytes[offset + 2] == 0xBF:
        return "a byte order mark (U+FEFF) stands in the middle of the file; delete it"
    case 3 where byte == 0xEF && bytes[offset + 1] == 0xBF && bytes[offset + 2] >= 0xBE:
        return "U+\(hexadecimal(0xFFC0 + UInt32(bytes[offset + 2] & 0x3F), digits: 4)) is no character"
    default: return nil
    }
}

private func hexadecimal(_ number: UInt32, digits: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
}

extension UInt8 {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }

    var isBlank: Bool { self == .space || self == .tab }
    var isBreak: Bool { self == .lineFeed || self == .carriageReturn }
}
