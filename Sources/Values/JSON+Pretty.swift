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
