internal import Values

/// JSON Schemas in the forms that providers take.
enum SchemaForProvider {
    /// What narrows a value without changing its shape. Some providers refuse these; we check them on return.
    private static let bounds: Set<String> = [
        "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minProperties",
        "maxProperties",
    ]
    /// Below these every key is a name of the author's, which may well be `format`.
    private static let namespaces: Set<String> = ["properties", "$defs", "definitions", "patternProperties"]
    /// Data, not schemas.
    private static let data: Set<String> = ["enum", "const", "default", "examples"]

    static func withoutBounds(_ schema: Value) -> Value {
        switch schema {
        case .list(let items): return .list(items.map(withoutBounds))
        case .map(let map):
            var kept: [(String, Value)] = []
            for (key, value) in map {
                guard let name = key.text, !bounds.contains(name) else { continue }
                if data.contains(name) {
                    kept.append((name, value))
                } else if namespaces.contains(name), let named = value.map {
                    kept.append(
                        (name, .map(ValueMap(named.map { ($0.text ?? "", withoutBounds($1)) }))))
                } else {
                    kept.append((name, withoutBounds(value)))
                }
            }
            return .map(ValueMap(kept))
        default: return schema
        }
    }

    /// Anthropic's tools take an object and nothing else, so any other answer becomes the one field of an object.
    static func isObject(_ schema: Value) -> Bool {
        schema["type"]?.string == "object"
    }

    static let wrapper = "answer"

    static func wrapped(_ schema: Value) -> Value {
        [
            "type": "object", "properties": [wrapper: schema], "required": [.string(wrapper)],
            "additionalProperties": false,
        ]
    }
}
