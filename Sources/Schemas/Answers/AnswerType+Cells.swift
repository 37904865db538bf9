public import Values

/// Why the text of a cell is no value of its column's type.
public struct CellError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `'12,5' is no number`.
    public var description: String

    public init(_ description: String) { self.description = description }
}

extension AnswerType {
    /// The value that the text of a CSV cell stands for.
    ///
    /// White space around numbers, booleans, dates and timestamps is passed over; a text or a choice is taken as it
    /// stands. An empty cell is null under `… or null`, the empty text under `string`, and an error under all else.
    public func value(fromCell text: String) -> Result<Value, CellError> {
        switch self {
        case .nullable(let type):
            return text.utf8.isEmpty ? .success(.null) : type.value(fromCell: text)
        case .string(let maxLength), .quote(_, let maxLength):
            if let maxLength, text.utf8.count > maxLength, text.unicodeScalars.count > maxLength {
                return .failure(CellError("\(text.unicodeScalars.count) characters, at most \(maxLength)"))
            }
            return .success(.string(text))
        default: break
        }
        if text.utf8.isEmpty { return .failure(CellError("the cell is empty; '\(self) or null' would allow it")) }
        if let value = plainValue(of: text) ?? trimmed(text).flatMap(plainValue) { return .success(value) }
        return .failure(CellError("'\(text)' is \(refusal)"))
    }

    private func plainValue(of text: String) -> Value? {
        switch self {
        case .integer: Int64(text).map(Value.int)
        case .number: Double(decimal: text).map(Value.double)
        case .boolean:
            switch text {
            case "true", "TRUE", "True": .bool(true)
            case "false", "FALSE", "False": .bool(false)
            default: nil
            }
        case .date: CalendarDay(text: text).map { _ in .string(text) }
        case .timestamp: Timestamp(rfc3339: text).map(Value.timestamp)
        case .oneOf(let choices): choices.first { $0.hasSameBytes(as: text) }.map(Value.string)
        case .string, .quote, .list, .object, .nullable, .schema: nil
        }
    }

    /// The text without the white space around it; nil where there is none, or where it counts.
    private func trimmed(_ text: String) -> String? {
        if case .oneOf = self { return nil }
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        let utf8 = text.utf8
        guard let start = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return nil }
        return utf8[start...last].count < utf8.count ? String(text[start...last]) : nil
    }

    private var refusal: String {
        switch self {
        case .integer: "no whole number"
        case .number: "no number; write it like 12.5"
        case .boolean: "neither true nor false"
        case .date: "no date; write it like 2026-03-01"
        case .timestamp: "no timestamp; write it like 2026-03-01T12:30:00Z"
        case .oneOf(let choices): "none of \(choices.joined(separator: ", "))"
        case .list, .object, .schema: "no cell of this column, which takes \(kindForPeople)"
        case .string, .quote, .nullable: "no text"
        }
    }
}
