internal import Values

extension Value {
    /// What it is, in the words of the answer notation.
    var kindForPeople: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int, .uint: "an integer"
        case .double: "a number"
        case .string: "a string"
        case .list: "a list"
        case .map: "an object"
        case .bytes: "bytes"
        case .timestamp: "a timestamp"
        case .duration: "a duration"
        case .type: "a type"
        case .optional: "an optional"
        }
    }

    /// The value as JSON, cut to what a message can hold.
    var shown: String {
        let text = JSON.text(of: self)
        guard text.utf8.count > 60, text.unicodeScalars.count > 60 else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(57))) + "…"
    }
}
