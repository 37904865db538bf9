import Values

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `text.format(list)`: puts the values of a list where the text has clauses.
///
/// `%s` takes anything; `%d` integers; `%f` and `%e` numbers, with the digits after the point as in `%.2f` (6 unless
/// told); `%x`, `%X`, `%o` and `%b` integers in other bases, `%x` also texts and bytes, `%b` also booleans; `%%` is `%`.
enum Formatter {
    /// More digits than this say nothing of a double.
    private static let mostDigits = 1000

    static func format(_ text: String, _ values: [Value], _ frame: inout Frame) throws(Fault) -> String {
        try frame.charge(bytes: text.utf8.count)
        var result: [UInt8] = []
        var clauses = Clauses(text)
        var next = 0
        while let piece = try clauses.next() {
            switch piece {
            case .plain(let bytes): result.append(contentsOf: bytes)
            case .clause(let letter, let digits):
                guard next < values.count else {
                    throw Fault("the text has a clause for value \(next + 1), but there are only \(values.count)")
                }
                try frame.expect(bytes: values[next].leastBytes)
                let shown = try show(values[next], as: letter, digits ?? 6)
                try frame.charge(bytes: shown.utf8.count)
                result.append(contentsOf: shown.utf8)
                next += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// How many values a text asks for; nil where it is no format.
    static func clauseCount(of text: String) -> Int? {
        var clauses = Clauses(text)
        var count = 0
        do {
            while let piece = try clauses.next() {
                if case .clause = piece { count += 1 }
            }
        } catch {
            return nil
        }
        return count
    }

    private static func show(_ value: Value, as letter: UInt8, _ digits: Int) throws(Fault) -> String {
        switch letter {
        case "s": return try plain(value)
        case "d":
            switch value {
            case .int, .uint: return try plain(value)
            case .double(let number) where !number.isFinite: return number.shortText
            default: throw Fault("`%d` takes an integer, not \(value.kindInWords)")
            }
        case "f", "e":
            guard let number = value.number else {
                throw Fault("`%\(Unicode.Scalar(letter))` takes a number, not \(value.kindInWords)")
            }
            return number.isFinite ? printed(number, letter, digits) : number.shortText
        case "b":
            if case .bool(let truth) = value { return truth ? "1" : "0" }
            return try inBase(2, value, "%b", "an integer or a boolean")
        case "o": return try inBase(8, value, "%o", "an integer")
        default:
            let hex: String
            switch value {
            case .string(let text): hex = hexadecimal(text.utf8)
            case .bytes(let bytes): hex = hexadecimal(bytes)
            default: hex = try inBase(16, value, "%x", "an integer, a string or bytes")
            }
            return letter == "X" ? hex.uppercased() : hex
        }
    }

    private static func inBase(_ base: Int, _ value: Value, _ clause: String, _ wanted: String) throws(Fault) -> String
    {
        switch value {
        case .int(let number): return String(number, radix: base)
        case .uint(let number): return String(number, radix: base)
        default: throw Fault("`\(clause)` takes \(wanted), not \(value.kindInWords)")
        }
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.underestimatedCount)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The value for people: texts without quotes, maps by the order of their keys.
    static func plain(_ value: Value) throws(Fault) -> String {
        switch value {
        case .null: return "null"
        case .type(let name): return name
        case .list(let items):
            var parts: [String] = []
            for item in items { parts.append(try plain(item)) }
            return "[\(parts.joined(separator: ", "))]"
        case .map(let map):
            var entries: [(key: String, value: String)] = []
            for (key, item) in map { entries.append((try plain(key.value), try plain(item))) }
            entries.sort { $0.key.precedesByBytes($1.key) }
            return "{\(entries.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
        case .optional(let inner): return try inner.map { value throws(Fault) in try plain(value) } ?? "none"
        default: return try Conversion.string(value)
        }
    }

    /// By C's printf, which rounds the exact value of the double, halves to even.
    private static func printed(_ number: Double, _ letter: UInt8, _ digits: Int) -> String {
        let format = letter == "f" ? "%.*f" : "%.*e"
        let capacity = 400 + digits
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            let length = withVaList([Int32(digits), number]) {
                vsnprintf(buffer.baseAddress, capacity, format, $0)
            }
            let bytes = buffer.prefix(max(0, min(Int(length), capacity - 1))).map { UInt8(truncatingIfNeeded: $0) }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The pieces of a format in their order.
    private struct Clauses {
        enum Piece {
            case plain(ArraySlice<UInt8>)
            case clause(letter: UInt8, digits: Int?)
        }

        private var rest: ArraySlice<UInt8>

        init(_ text: String) { rest = Array(text.utf8)[...] }

        mutating func next() throws(Fault) -> Piece? {
            guard let first = rest.first else { return nil }
            guard first == "%" else {
                let piece = rest.prefix { $0 != UInt8(ascii: "%") }
                rest = rest.dropFirst(piece.count)
                return .plain(piece)
            }
            rest = rest.dropFirst()
            if rest.first == "%" { return .plain([rest.removeFirst()]) }
            var digits: Int?
            if rest.first == "." {
                rest = rest.dropFirst()
                let text = rest.prefix(while: \.isDigit)
                rest = rest.dropFirst(text.count)
                digits = Int(String(decoding: text, as: UTF8.self)) ?? (text.isEmpty ? 6 : Int.max)
            }
            guard let letter = rest.popFirst() else { throw Fault("the format ends in the middle of a clause") }
            guard "sdfexXob".utf8.contains(letter) else {
                throw Fault("'%\(Unicode.Scalar(letter))' is no clause; there are %s %d %f %e %x %X %o %b %%")
            }
            if let digits, digits > mostDigits { throw Fault("a clause has at most \(mostDigits) digits") }
            return .clause(letter: letter, digits: digits)
        }
    }
}
