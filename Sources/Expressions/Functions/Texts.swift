import Values

// CEL's string extensions. Places in a text count code points.

extension Function {
    static let texts: [Function] =
        [
            .method(
                "charAt", [([.string, .int], .string)],
                .two { text, place, frame throws(Fault) in
                    guard case .string(let text) = text, case .int(let place) = place else {
                        throw unsupported("charAt", text, place)
                    }
                    try frame.charge(bytes: text.utf8.count)
                    let points = CodePoints(text)
                    return .string(try points.slice(place, min(place, Int64(points.count) - 1) + 1))
                }),
            .method(
                "indexOf", [([.string, .string], .int)],
                .two { text, part, frame throws(Fault) in try find("indexOf", text, part, nil, &frame) }),
            .method(
                "indexOf", [([.string, .string, .int], .int)],
                .many { operands, frame throws(Fault) in
                    try find("indexOf", operands[0], operands[1], operands[2], &frame)
                }),
            .method(
                "lastIndexOf", [([.string, .string], .int)],
                .two { text, part, frame throws(Fault) in try find("lastIndexOf", text, part, nil, &frame) }),
            .method(
                "lastIndexOf", [([.string, .string, .int], .int)],
                .many { operands, frame throws(Fault) in
                    try find("lastIndexOf", operands[0], operands[1], operands[2], &frame)
                }),
            .method(
                "substring", [([.string, .int], .string)],
                .two { text, start, frame throws(Fault) in
                    guard case .string(let text) = text, case .int(let start) = start else {
                        throw unsupported("substring", text, start)
                    }
                    try frame.charge(bytes: text.utf8.count)
                    let points = CodePoints(text)
                    return .string(try points.slice(start, Int64(points.count)))
                }),
            .method(
                "substring", [([.string, .int, .int], .string)],
                .many { operands, frame throws(Fault) in
                    guard case .string(let text) = operands[0], case .int(let start) = operands[1],
                        case .int(let end) = operands[2]
                    else { throw unsupported("substring", operands[0], operands[1], operands[2]) }
                    try frame.charge(bytes: text.utf8.count)
                    return .string(try CodePoints(text).slice(start, end))
                }),
            .method(
                "lowerAscii", [([.string], .string)],
                .one { text, frame throws(Fault) in try convert("lowerAscii", text, &frame) { $0.map(\.lowercased) } }),
            .method(
                "upperAscii", [([.string], .string)],
                .one { text, frame throws(Fault) in try convert("upperAscii", text, &frame) { $0.map(\.uppercased) } }),
            .method(
                "trim", [([.string], .string)],
                .one { text, frame throws(Fault) in
                    guard case .string(let text) = text else { throw unsupported("trim", text) }
                    try frame.charge(bytes: text.utf8.count)
                    return .string(text.withoutOuterSpace)
                }),
            .method(
                "reverse", [([.string], .string)],
                .one { text, frame throws(Fault) in
                    guard case .string(let text) = text else { throw unsupported("reverse", text) }
                    try frame.charge(bytes: text.utf8.count)
                    var reversed = ""
                    reversed.unicodeScalars.append(contentsOf: text.unicodeScalars.reversed())
                    return .string(reversed)
                }),
            .global(
                "strings.quote", [([.string], .string)],
                .one { text, frame throws(Fault) in
                    guard case .string(let text) = text else { throw unsupported("strings.quote", text) }
                    try frame.charge(bytes: text.utf8.count)
                    return .string(text.quoted)
                }),
            .method(
                "format", [([.string, .list(.any)], .string)],
                .two { text, values, frame throws(Fault) in
                    guard case .string(let text) = text, case .list(let values) = values else {
                        throw unsupported("format", text, values)
                    }
                    return .string(try Formatter.format(text, values, &frame))
                }),
        ] + pieces

    private static func convert(
        _ name: String, _ value: Value, _ frame: inout Frame, _ convert: (String.UTF8View) -> [UInt8]
    ) throws(Fault) -> Value {
        guard case .string(let text) = value else { throw unsupported(name, value) }
        try frame.charge(bytes: text.utf8.count)
        return .string(String(decoding: convert(text.utf8), as: UTF8.self))
    }

    private static func find(
        _ name: String, _ text: Value, _ part: Value, _ place: Value?, _ frame: inout Frame
    ) throws(Fault) -> Value {
        guard case .string(let text) = text, case .string(let part) = part else {
            throw unsupported(name, text, part)
        }
        try frame.charge(bytes: text.utf8.count + part.utf8.count)
        let points = CodePoints(text)
        var from: Int?
        if let place {
            guard case .int(let number) = place else { throw unsupported(name, .string(text), .string(part), place) }
            from = try points.checked(number)
        }
        let (bytes, wanted) = (Array(text.utf8), Array(part.utf8))
        let found =
            name == "indexOf"
            ? offset(of: wanted, in: bytes, from: points.bytes(before: from ?? 0))
            : lastOffset(of: wanted, in: bytes, upTo: points.bytes(before: from ?? points.count))
        return .int(found.map { Int64(bytes[..<$0].count { $0 & 0xC0 != 0x80 }) } ?? -1)
    }

    /// Where bytes stand last among others, not behind an offset: both are read backwards.
    private static func lastOffset(of part: [UInt8], in bytes: [UInt8], upTo end: Int) -> Int? {
        let tail = max(0, bytes.count - end - part.count)
        return offset(of: part.reversed(), in: bytes.reversed(), from: tail).map { bytes.count - $0 - part.count }
    }
}

/// A text whose places are counted in code points. Where each of them is one byte, nothing is walked through.
struct CodePoints {
    private let text: String
    let count: Int

    init(_ text: String) {
        self.text = text
        count = text.utf8.count { $0 & 0xC0 != 0x80 }
    }

    /// A place in the text or right behind it.
    func checked(_ place: Int64) throws(Fault) -> Int {
        guard let place = Int(exactly: place), (0...count).contains(place) else {
            throw Fault("the text has no place \(place); it has \(count) characters")
        }
        return place
    }

    func slice(_ start: Int64, _ end: Int64) throws(Fault) -> String {
        let (from, to) = (try checked(start), try checked(end))
        guard from <= to else { throw Fault("a part cannot start at \(start) and end at \(end)") }
        let bytes = text.utf8
        let first = bytes.index(bytes.startIndex, offsetBy: self.bytes(before: from))
        let last = bytes.index(bytes.startIndex, offsetBy: self.bytes(before: to))
        return String(text.unicodeScalars[first..<last])
    }

    /// How many bytes the first code points take.
    func bytes(before place: Int) -> Int {
        if count == text.utf8.count { return place }
        return text.unicodeScalars.prefix(place).reduce(0) { $0 + UTF8.width($1) }
    }
}

extension String {
    /// Without the white space, as Unicode has it, at both ends.
    var withoutOuterSpace: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    /// As a literal of CEL between double quotes.
    var quoted: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\u{07}": text += "\\a"
            case "\u{08}": text += "\\b"
            case "\u{0C}": text += "\\f"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{0B}": text += "\\v"
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
