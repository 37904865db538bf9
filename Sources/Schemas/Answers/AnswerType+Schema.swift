public import Values

/// Which bounds the one who enforces a JSON Schema can take. What it cannot take is told in a `description` instead, and
/// ``AnswerType/accept(_:as:)`` checks it in every case.
public struct SchemaEnforcer: Sendable {
    /// `maxLength` is sent up to here; 0 for never.
    public var longestLength: Int
    /// Whether `maxItems` is sent.
    public var countsItems: Bool

    public init(longestLength: Int, countsItems: Bool) {
        self.longestLength = longestLength
        self.countsItems = countsItems
    }

    /// Takes whatever JSON Schema can say.
    public static let complete = SchemaEnforcer(longestLength: .max, countsItems: true)
    /// llama.cpp makes a grammar of the schema; from 2,000 repetitions on it refuses some or leaves them unbounded.
    public static let grammar = SchemaEnforcer(longestLength: 1_999, countsItems: true)
    /// The strict modes of OpenAI and Anthropic refuse a request whose schema holds `maxLength`, and Anthropic's also
    /// one with `maxItems`.
    public static let strict = SchemaEnforcer(longestLength: 0, countsItems: false)
}

extension AnswerType {
    /// How many characters a string of an answer may have where the recipe names no length.
    public static let filledInLength = 1_500
    /// How many items a list of an answer may have where the recipe names no number.
    public static let filledInCount = 50

    /// What is sent to a model: complete, with the filled-in bounds.
    public var jsonSchema: Value { jsonSchema(for: .complete) }

    /// What is sent to a model: every field required and no other allowed, fields in the recipe's order, null as `anyOf`.
    ///
    /// This is the form that OpenAI's strict mode, Anthropic's tools and llama.cpp's grammars have in common.
    public func jsonSchema(for enforcer: SchemaEnforcer) -> Value {
        switch self {
        case .string(let maxLength):
            let length = maxLength ?? Self.filledInLength
            return length <= enforcer.longestLength
                ? ["type": "string", "maxLength": .int(Int64(length))]
                : ["type": "string", "description": .string("at most \(length) characters")]
        case .quote(let field, let maxLength):
            let length = maxLength ?? Self.filledInLength
            var schema: ValueMap = ValueMap([("type", "string")])
            if length <= enforcer.longestLength { schema.set("maxLength", to: .int(Int64(length))) }
            let bound = length <= enforcer.longestLength ? "" : ", at most \(length) characters"
            schema.set("description", to: .string("a passage copied word for word from \(field)\(bound)"))
            return .map(schema)
        case .schema(let file): return file.document
        case .integer: return ["type": "integer"]
        case .number: return ["type": "number"]
        case .boolean: return ["type": "boolean"]
        case .date: return ["type": "string", "format": "date"]
        case .timestamp: return ["type": "string", "format": "date-time"]
        case .oneOf(let choices): return ["type": "string", "enum": .list(choices.map(Value.string))]
        case .list(let item, let atMost):
            let count = atMost ?? Self.filledInCount
            let items = item.jsonSchema(for: enforcer)
            return enforcer.countsItems
                ? ["type": "array", "items": items, "maxItems": .int(Int64(count))]
                : ["type": "array", "items": items, "description": .string("at most \(count) items")]
        case .object(let fields):
            return [
                "type": "object",
                "properties": .map(ValueMap(fields.map { ($0.name, $0.type.jsonSchema(for: enforcer)) })),
                "required": .list(fields.map { .string($0.name) }),
                "additionalProperties": false,
            ]
        case .nullable(let type):
            return ["anyOf": [type.jsonSchema(for: enforcer), ["type": "null"]]]
        }
    }

    /// The bounds that were filled in because the recipe names none, for the plan to tell.
    public var filledInBounds: [FilledInBound] {
        switch self {
        case .string(nil), .quote(_, nil): [FilledInBound(path: "", limit: .characters(Self.filledInLength))]
        case .list(let item, let atMost):
            (atMost == nil ? [FilledInBound(path: "", limit: .items(Self.filledInCount))] : [])
                + item.filledInBounds.map { $0.within { AnswerPath.anyItem(then: $0) } }
        case .object(let fields):
            fields.flatMap { field in
                field.type.filledInBounds.map { $0.within { AnswerPath.field(field.name, then: $0) } }
            }
        case .nullable(let type): type.filledInBounds
        default: []
        }
    }
}

/// A bound that Linecook set itself.
public struct FilledInBound: Hashable, Sendable, CustomStringConvertible {
    public enum Limit: Hashable, Sendable {
        case characters(Int)
        case items(Int)
    }

    /// `people`, or `people[]` for every item of it.
    public var path: String
    public var limit: Limit

    public init(path: String, limit: Limit) {
        self.path = path
        self.limit = limit
    }

    fileprivate func within(_ outer: (String) -> String) -> FilledInBound {
        FilledInBound(path: outer(path), limit: limit)
    }

    public var description: String {
        switch limit {
        case .characters(let count): "\(path): at most \(count) characters"
        case .items(let count): "\(path): at most \(count) items"
        }
    }
}
