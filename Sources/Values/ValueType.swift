/// What is known of a value before the run: the types of CEL, fields where they are known, and whether null can come.
public indirect enum ValueType: Hashable, Sendable {
    /// Not known before the run; checked when it is used. CEL calls it `dyn`.
    case any
    case null
    case bool
    case int
    case uint
    case double
    case string
    case bytes
    case timestamp
    case duration
    case list(ValueType)
    case map(key: ValueType, value: ValueType)
    /// A map with text keys whose fields are all known.
    case object(ObjectType)
    /// This type, or null.
    case nullable(ValueType)
    case optional(ValueType)
    /// A type as a value.
    case type(ValueType)
    /// Stands for one type throughout the signature of a function.
    case parameter(String)

    /// This type or null; null and any already allow it.
    public var orNull: ValueType {
        switch self {
        case .any, .null, .nullable: self
        default: .nullable(self)
        }
    }

    /// This type once null is ruled out.
    public var withoutNull: ValueType {
        if case .nullable(let type) = self { type } else { self }
    }

    public var allowsNull: Bool {
        switch self {
        case .any, .null, .nullable: true
        default: false
        }
    }
}

/// The fields of a record, an answer or a group, in their order.
public struct ObjectType: Hashable, Sendable {
    public struct Field: Hashable, Sendable {
        public var name: String
        public var type: ValueType

        public init(_ name: String, _ type: ValueType) {
            self.name = name
            self.type = type
        }
    }

    public var fields: [Field]

    public init(_ fields: [Field]) { self.fields = fields }

    public subscript(name: String) -> ValueType? { fields.first { $0.name.hasSameBytes(as: name) }?.type }
    public var names: [String] { fields.map(\.name) }
}

extension ValueType: CustomStringConvertible {
    /// As a recipe's author would say it: `string`, `list of integer`, `{title: string, words: integer or null}`.
    public var description: String {
        switch self {
        case .any: "any"
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .uint: "unsigned integer"
        case .double: "number"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .list(let item): "list of \(item)"
        case .map(let key, let value): "map of \(key) to \(value)"
        case .object(let object): "{\(object.fields.map { "\($0.name): \($0.type)" }.joined(separator: ", "))}"
        case .nullable(let type): "\(type) or null"
        case .optional(let type): "optional \(type)"
        case .type(let type): "type \(type)"
        case .parameter(let name): name
        }
    }
}
