import Values

extension ValueType {
    /// The item of an empty list, before anything is known of it: it goes with every type.
    static let unknown = ValueType.parameter("?")

    /// The one type that takes the values of both; nil where they have nothing in common.
    func joined(with other: ValueType) -> ValueType? {
        switch (self, other) {
        case (let a, let b) where a == b: a
        case (.unknown, let type), (let type, .unknown): type
        case (.any, _), (_, .any), (.parameter, _), (_, .parameter): .any
        case (.null, let type), (let type, .null): type.orNull
        case (.nullable(let a), let b), (let b, .nullable(let a)): a.joined(with: b.withoutNull)?.orNull
        case (.list(let a), .list(let b)): .list(a.joined(with: b) ?? .any)
        case (.map(let aKey, let a), .map(let bKey, let b)):
            .map(key: aKey.joined(with: bKey) ?? .any, value: a.joined(with: b) ?? .any)
        case (.optional(let a), .optional(let b)): .optional(a.joined(with: b) ?? .any)
        case (.type, .type): .type(.any)
        case (.object(let a), .object(let b)): a.joined(with: b)
        case (.object, .map), (.map, .object): .map(key: .any, value: .any)
        default: nil
        }
    }

    /// Without what only the checking knows.
    var settled: ValueType {
        switch self {
        case .parameter: .any
        case .list(let item): .list(item.settled)
        case .map(let key, let value): .map(key: key.settled, value: value.settled)
        case .nullable(let type): type.settled.orNull
        case .optional(let type): .optional(type.settled)
        case .type(let type): .type(type.settled)
        default: self
        }
    }

    var isNumeric: Bool { self == .int || self == .uint || self == .double }

    /// Whether nothing is known of it, so that only the run can tell.
    var isOpen: Bool {
        switch self {
        case .any, .parameter: true
        default: false
        }
    }

    /// `a string`, `an integer`, `a list of string`.
    var inWords: String {
        switch self {
        case .null: "null"
        case .int: "an integer"
        case .uint: "an unsigned integer"
        case .any, .parameter: "any value"
        case .object: "a record of fields"
        case .optional(let type): "an optional \(type.settled)"
        case .bytes: "bytes"
        case .nullable(let type): "\(type.inWords) or null"
        default: "a \(settled)"
        }
    }
}

extension ObjectType {
    /// Fields of the same names keep their names; other objects are maps of whatever.
    fileprivate func joined(with other: ObjectType) -> ValueType {
        guard fields.count == other.fields.count else { return .map(key: .string, value: .any) }
        var joined: [Field] = []
        for field in fields {
            guard let type = other[field.name] else { return .map(key: .string, value: .any) }
            joined.append(Field(field.name, field.type.joined(with: type) ?? .any))
        }
        return .object(ObjectType(joined))
    }

    func place(of name: String) -> Int? { fields.firstIndex { $0.name.hasSameBytes(as: name) } }
}

/// What the type parameters of a signature stand for in one call.
struct Binding {
    private var types: [String: ValueType] = [:]

    /// Whether an operand of a type can stand for a parameter; binds what is open in the parameter.
    mutating func accepts(_ type: ValueType, for parameter: ValueType) -> Bool {
        switch (parameter, type) {
        case (.any, _): return true
        case (.parameter(let name), _):
            guard let bound = types[name] else {
                types[name] = type
                return true
            }
            guard let joined = bound.joined(with: type) else { return false }
            types[name] = joined
            return true
        case (_, .any), (_, .parameter):
            return true
        case (.list(let wanted), .list(let given)), (.optional(let wanted), .optional(let given)),
            (.type(let wanted), .type(let given)):
            return accepts(given, for: wanted)
        case (.map(let wantedKey, let wanted), .map(let givenKey, let given)):
            return accepts(givenKey, for: wantedKey) && accepts(given, for: wanted)
        case (.map(let wantedKey, let wanted), .object):
            return accepts(.string, for: wantedKey) && accepts(.any, for: wanted)
        default: return parameter == type
        }
    }

    /// A type with its parameters replaced.
    func resolve(_ type: ValueType) -> ValueType {
        switch type {
        case .parameter(let name): types[name] ?? .unknown
        case .list(let item): .list(resolve(item))
        case .map(let key, let value): .map(key: resolve(key), value: resolve(value))
        case .optional(let inner): .optional(resolve(inner))
        case .type(let inner): .type(resolve(inner))
        default: type
        }
    }
}
