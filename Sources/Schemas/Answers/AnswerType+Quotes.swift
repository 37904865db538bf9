public import Diagnostics
public import Values

extension AnswerNotation {
    /// What stands between the brackets of every `quote(…)` in it, each at its place.
    public var quotedFields: [LocatedText] {
        switch self {
        case .word(let text):
            let trimmed = text.text.utf8.drop { $0 <= 0x20 }
            guard trimmed.starts(with: "quote".utf8), let open = text.text.utf8.firstIndex(of: UInt8(ascii: "(")),
                let close = text.text.utf8.lastIndex(of: UInt8(ascii: ")")), open < close
            else { return [] }
            let utf8 = text.text.utf8
            let start = utf8.distance(from: utf8.startIndex, to: open) + 1
            return [text.slice(start..<utf8.distance(from: utf8.startIndex, to: close))]
        case .list(let items, _): return items.flatMap(\.quotedFields)
        case .map(let entries, _):
            // The choices of a list are texts, whatever they look like.
            return entries.filter { $0.key.value != "one of" }.flatMap(\.value.quotedFields)
        }
    }
}

/// A passage that an answer quotes.
public struct Quotation: Hashable, Sendable {
    /// Where it stands in the answer: `evidence[2].quote`.
    public var path: String
    /// The field that it is to stand in, as the recipe wrote it.
    public var field: String
    public var passage: String
}

extension AnswerType {
    /// The passages that a value of this type quotes, in the order of the declaration.
    public func quotations(in value: Value) -> [Quotation] {
        var found: [Quotation] = []
        collect(value, "", &found)
        return found
    }

    private func collect(_ value: Value, _ path: String, _ found: inout [Quotation]) {
        switch (self, value) {
        case (.nullable(let type), _): if !value.isNull { type.collect(value, path, &found) }
        case (.quote(let field, _), .string(let passage)):
            found.append(Quotation(path: path, field: field, passage: passage))
        case (.list(let item, _), .list(let items)):
            for (index, value) in items.enumerated() { item.collect(value, "\(path)[\(index)]", &found) }
        case (.object(let fields), .map(let map)):
            for field in fields {
                let inner = path.isEmpty ? field.name : "\(path).\(field.name)"
                field.type.collect(map[field.name] ?? .null, inner, &found)
            }
        default: break
        }
    }
}
