extension JSON {
    /// Adds the text of a value, on one line, without a blank.
    public static func append(_ value: Value, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let truth): bytes.append(contentsOf: truth ? "true".utf8 : "false".utf8)
        case .int(let number): append(number, to: &bytes)
        case .uint(let number): append(digitsOf: number, negative: false, to: &bytes)
        case .double(let number): append(number, to: &bytes)
        case .string(let text): append(text, to: &bytes)
        case .bytes(let data): appendBase64(data, to: &bytes)
        case .list(let items):
            bytes.append(UInt8(ascii: "["))
            var first = true
            for item in items {
                if !first { bytes.append(UInt8(ascii: ",")) }
                first = false
                append(item, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .map(let map): append(map, to: &bytes)
        case .timestamp(let moment): append(moment.rfc3339, to: &bytes)
        case .duration(let length): append(length.text, to: &bytes)
        case .type(let name): append(name, to: &bytes)
        case .optional(let inner): append(inner ?? .null, to: &bytes)
        }
    }

    public static func append(_ map: ValueMap, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "{"))
        let keys = map.shape.keys
        for place in keys.indices {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            append(keys[place], to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            append(map.values[place], to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Adds a text in quotes.
    public static func append(_ text: String, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { append(text: $0, to: &bytes) }
    }

    private static func append(_ key: MapKey, to bytes: inout [UInt8]) {
        switch key {
        case .string(let text): append(text, to: &bytes)
        case .int(let number): append(String(number), to: &bytes)
        case .uint(let number): append(String(number), to: &bytes)
        case .bool(let truth): append(truth ? "true" : "false", to: &bytes)
        }
    }

    private static func append(text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var from = 0
        var at = 0
        while true {
            at = endOfPlain(text, from: at)
            if at > from { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[from..<at])) }
            guard at < text.count else { break }
            appendEscape(of: text[at], to: &bytes)
            at += 1
            from = at
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Where the next byte stands that must be escaped, or the end.
    @inline(__always)
    private static func endOfPlain(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var at = start
        guard let base = text.baseAddress else { return at }
        while at &+ 8 <= text.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let stops =
                ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- (ones &* 0x20)) & ~word)
            let found = stops & 0x8080_8080_8080_8080
            if found != 0 { return at &+ found.trailingZeroBitCount >> 3 }
            at &+= 8
        }
        while at < text.count, base[at] != 0x22, base[at] != 0x5C, base[at] >= 0x20 { at &+= 1 }
        return at
    }

    private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x22, 0x5C: bytes.append(byte)
        default:
            let digits = "0123456789abcdef".utf8CString
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(UInt8(bitPattern: digits[Int(byte >> 4)]))
            bytes.append(UInt8(bitPattern: digits[Int(byte & 15)]))
        }
    }

    private static func append(_ number: Int64, to bytes: inout [UInt8]) {
        append(digitsOf: number.magnitude, negative: number < 0, to: &bytes)
    }

    private static func append(digitsOf number: UInt64, negative: Bool, to bytes: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var at = 20
            var rest = number
            repeat {
                at -= 1
                digits[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if negative { bytes.append(UInt8(ascii: "-")) }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[at..<20]))
        }
    }

    private static func append(_ number: Double, to bytes: inout [UInt8]) {
        if number.isFinite {
            bytes.append(contentsOf: number.description.utf8)
        } else {
            append(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity", to: &bytes)
        }
    }

    private static func appendBase64(_ data: [UInt8], to bytes: inout [UInt8]) {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        bytes.append(UInt8(ascii: "\""))
        for start in stride(from: 0, to: data.count, by: 3) {
            let part = data[start..<min(start + 3, data.count)]
            let bits = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for place in 0..<4 {
                let digit = digits[Int(bits >> UInt32(18 - 6 * place) & 63)]
                bytes.append(place <= part.count ? digit : UInt8(ascii: "="))
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}

// MARK: For people

extension JSON {
    /// The text of a value over several lines, two blanks a level; a short list of plain values stays on its line.
    public static func prettyText(of value: Value) -> String {
        var bytes: [UInt8] = []
        appendPretty(value, indent: 0, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func appendPretty(_ value: Value, indent: Int, to bytes: inout [UInt8]) {
        switch value {
        case .list(let items) where !items.isEmpty && !isShort(items):
            bytes.append(UInt8(ascii: "["))
            for (place, item) in items.enumerated() {
                startLine(place, indent + 1, &bytes)
                appendPretty(item, indent: indent + 1, to: &bytes)
            }
            startLine(0, indent, &bytes)
            bytes.append(UInt8(ascii: "]"))
        case .list(let items):
            bytes.append(UInt8(ascii: "["))
            for (place, item) in items.enumerated() {
                if place > 0 { bytes.append(contentsOf: ", ".utf8) }
                append(item, to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .map(let map) where !map.isEmpty:
            bytes.append(UInt8(ascii: "{"))
            for (place, (key, item)) in map.enumerated() {
                startLine(place, indent + 1, &bytes)
                append(key, to: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                appendPretty(item, indent: indent + 1, to: &bytes)
            }
            startLine(0, indent, &bytes)
            bytes.append(UInt8(ascii: "}"))
        default: append(value, to: &bytes)
        }
    }

    private static func startLine(_ place: Int, _ indent: Int, _ bytes: inout [UInt8]) {
        if place > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * 2))
    }

    private static func isShort(_ items: [Value]) -> Bool {
        var length = 0
        for item in items {
            switch item {
            case .list, .map: return false
            case .string(let text): length += text.utf8.count + 4
            default: length += 8
            }
        }
        return length <= 80
    }
}
