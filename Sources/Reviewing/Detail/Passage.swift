internal import Journaling
package import Values

/// A value that a person reads: its name and its text.
package struct Passage: Hashable, Sendable {
    /// `draft.subject`
    package var name: String
    package var text: String
    /// Whether it came with the record, as opposed to what somebody answered about it.
    package var isSource: Bool

    package init(_ name: String, _ text: String, isSource: Bool) {
        self.name = name
        self.text = text
        self.isSource = isSource
    }

    /// A value and its name as passages: the fields of a map one by one.
    package static func passages(_ name: String, _ value: Value, isSource: Bool? = nil, depth: Int = 0) -> [Passage] {
        let isSource = isSource ?? (name == "input" || name.hasPrefix("input.") || name.hasPrefix("input["))
        if let map = value.map, !map.isEmpty, depth < 4 {
            return map.flatMap { key, value in
                let inner = key.text.map { name.isEmpty ? $0 : "\(name).\($0)" } ?? name
                return passages(inner, value, isSource: isSource, depth: depth + 1)
            }
        }
        return [Passage(name, Self.text(of: value), isSource: isSource)]
    }

    /// As a person reads it: a text as it is, a list line by line, anything else as JSON has it.
    package static func text(of value: Value) -> String {
        switch value {
        case .string(let text): text
        case .null: "(none)"
        case .list(let items) where !items.isEmpty && items.allSatisfy({ $0.list == nil && $0.map == nil }):
            items.map { "• " + text(of: $0) }.joined(separator: "\n")
        case .list, .map: JSON.prettyText(of: value)
        case .timestamp(let time): time.rfc3339
        default: JSON.text(of: value)
        }
    }
}
