public import Schemas
public import Values

/// What a database has in one column of one row.
public enum ColumnValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    /// A number of any length, by its digits.
    case decimal(String)
    case text(String)
    case timestamp(Timestamp)
    /// A JSON text that the database knows as one.
    case json(String)
    /// Bytes that are no text: so many.
    case bytes(Int)
}

extension ColumnValue {
    /// The value as a column of the type has it: SQLite has no truth values, dates and moments of its own, and PostgreSQL
    /// has numbers longer than a double. What does not fit stays what it is, for the type to refuse.
    public func value(as type: AnswerType) -> Value {
        switch (type.withoutNull, self) {
        case (.boolean, .int(0)): .bool(false)
        case (.boolean, .int(1)): .bool(true)
        case (.string, .decimal(let digits)), (.oneOf, .decimal(let digits)): .string(digits)
        case (.string, .json(let text)): .string(text)
        case (.timestamp, .text(let text)): Self.moment(text).map(Value.timestamp) ?? .string(text)
        case (.list, .text(let text)), (.object, .text(let text)): Self.parsed(text) ?? .string(text)
        default: value
        }
    }

    /// The value by itself.
    public var value: Value {
        switch self {
        case .null: .null
        case .bool(let truth): .bool(truth)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .decimal(let digits): Double(digits).map(Value.double) ?? .string(digits)
        case .text(let text): .string(text)
        case .timestamp(let moment): .timestamp(moment)
        case .json(let text): Self.parsed(text) ?? .string(text)
        case .bytes(let count): .string("\(count) bytes that are no text")
        }
    }

    private static func parsed(_ text: String) -> Value? {
        do throws(JSONError) {
            return try JSON.parse(text)
        } catch {
            // What is no JSON stays a text, and its type refuses it.
            return nil
        }
    }

    /// `2026-03-01 12:30:00`, as SQLite's own functions write a moment of UTC; `2026-03-01T12:30:00Z` and the like.
    static func moment(_ text: String) -> Timestamp? {
        if let moment = Timestamp(rfc3339: text) { return moment }
        var bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T") else { return nil }
        bytes[10] = UInt8(ascii: "T")
        let zone = bytes[19...].first { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        // PostgreSQL leaves the minutes of a whole hour out.
        if zone != nil, bytes[bytes.count - 3] == UInt8(ascii: "+") || bytes[bytes.count - 3] == UInt8(ascii: "-") {
            bytes += Array(":00".utf8)
        }
        return Timestamp(rfc3339: String(decoding: bytes, as: UTF8.self) + (zone == nil ? "Z" : ""))
    }

    /// Adds bytes that no other value has: for telling whether a row is what it was.
    func append(to bytes: inout [UInt8]) {
        func part(_ tag: Unicode.Scalar, _ content: some Collection<UInt8>) {
            bytes.append(UInt8(ascii: tag))
            withUnsafeBytes(of: UInt64(content.count).littleEndian) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: content)
        }
        switch self {
        case .null: part("0", [])
        case .bool(let truth): part("b", [truth ? 1 : 0])
        case .int(let number): withUnsafeBytes(of: number.littleEndian) { part("i", Array($0)) }
        case .double(let number): withUnsafeBytes(of: number.bitPattern.littleEndian) { part("d", Array($0)) }
        case .decimal(let digits): part("n", digits.utf8)
        case .text(let text): part("t", text.utf8)
        case .timestamp(let moment): part("m", moment.rfc3339.utf8)
        case .json(let text): part("j", text.utf8)
        case .bytes(let count): part("x", String(count).utf8)
        }
    }

    /// About how much memory it takes.
    var size: Int {
        switch self {
        case .text(let text), .json(let text), .decimal(let text): text.utf8.count + 16
        default: 16
        }
    }
}

extension [ColumnValue] {
    /// What tells one row from another.
    package var identityBytes: [UInt8] {
        var bytes: [UInt8] = []
        for value in self { value.append(to: &bytes) }
        return bytes
    }

    package var size: Int { reduce(0) { $0 + $1.size } }
}

/// One column of a query's answer, as far as the database says before it has run.
package struct QueryColumn: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Not said; every value may be of another.
        case any
        case text, integer, number, boolean, date, timestamp, json, bytes
    }

    package var name: String
    package var kind: Kind

    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// Whether its values can be of a type.
    package func fits(_ type: AnswerType) -> Bool {
        switch (kind, type.withoutNull) {
        case (.any, _): true
        case (.bytes, _): false
        case (.integer, .integer), (.integer, .number), (.integer, .boolean), (.number, .number), (.number, .integer),
            (.boolean, .boolean), (.boolean, .integer), (.date, .date), (.date, .timestamp), (.timestamp, .timestamp):
            true
        // A number without bounds keeps all its digits as a text; and dates are texts in SQLite.
        case (.number, .string), (.number, .oneOf), (.date, .string): true
        case (.text, .string), (.text, .oneOf), (.text, .date), (.text, .timestamp), (.text, .list), (.text, .object):
            true
        case (.json, _): true
        default: false
        }
    }

    package var words: String {
        switch kind {
        case .any: "of any type"
        case .text: "text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .date: "a date"
        case .timestamp: "a moment"
        case .json: "JSON"
        case .bytes: "bytes, which no step can read"
        }
    }

    /// The type of its values where the recipe gives none.
    package var type: AnswerType? {
        switch kind {
        case .any, .json, .bytes: nil
        case .text: .string(maxLength: nil)
        case .integer: .integer
        case .number: .number
        case .boolean: .boolean
        case .date: .date
        case .timestamp: .timestamp
        }
    }
}
