/// Anything a recipe can hold: what JSON knows, and what CEL adds to it.
///
/// `==` and hashing are exact, by case and by bytes (a NaN equals itself, `1` is not `1.0`, NFC is not NFD). CEL's own
/// equality, which compares numbers across kinds, belongs to the expressions.
public enum Value: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([Value])
    case map(ValueMap)
    case timestamp(Timestamp)
    case duration(Duration)
    /// A type as a value, such as `type(1)`; by CEL's name of it.
    case type(String)
    /// CEL's optional: present or absent, and not the same as null.
    indirect case optional(Value?)
}

extension Value: Hashable {
    public static func == (one: Value, other: Value) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.map(let a), .map(let b)): a == b
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.duration(let a), .duration(let b)): a == b
        case (.type(let a), .type(let b)): a == b
        case (.optional(let a), .optional(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .uint(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.isNaN ? Double.nan.bitPattern : value.bitPattern)
        case .string(let value): value.hashBytes(into: &hasher)
        case .bytes(let value): hasher.combine(value)
        case .list(let value): hasher.combine(value)
        case .map(let value): hasher.combine(value)
        case .timestamp(let value): hasher.combine(value)
        case .duration(let value): hasher.combine(value)
        case .type(let value): hasher.combine(value)
        case .optional(let value): hasher.combine(value)
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: Value...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Value)...) { self = .map(ValueMap(elements)) }
}

extension Value {
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    public var int: Int64? {
        if case .int(let number) = self { number } else { nil }
    }

    public var bool: Bool? {
        if case .bool(let truth) = self { truth } else { nil }
    }

    public var list: [Value]? {
        if case .list(let items) = self { items } else { nil }
    }

    public var map: ValueMap? {
        if case .map(let map) = self { map } else { nil }
    }

    /// A whole or broken number as a double; nil for anything else.
    public var number: Double? {
        switch self {
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    /// The field of a map with text keys; nil for anything else.
    public subscript(field: String) -> Value? { map?[field] }
}
