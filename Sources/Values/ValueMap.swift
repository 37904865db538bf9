/// What can be a key of a map. CEL allows four kinds; JSON has text alone.
public enum MapKey: Sendable {
    case string(String)
    case int(Int64)
    case uint(UInt64)
    case bool(Bool)

    public var value: Value {
        switch self {
        case .string(let text): .string(text)
        case .int(let number): .int(number)
        case .uint(let number): .uint(number)
        case .bool(let truth): .bool(truth)
        }
    }

    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
}

extension MapKey: Hashable {
    public static func == (one: MapKey, other: MapKey) -> Bool {
        switch (one, other) {
        case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.bool(let a), .bool(let b)): a == b
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let text): text.hashBytes(into: &hasher)
        case .int(let number): hasher.combine(number)
        case .uint(let number): hasher.combine(number)
        case .bool(let truth): hasher.combine(truth)
        }
    }
}

/// The keys of a map in their order. Made once and shared by every map of the same shape, such as the rows of a file.
public final class MapShape: Sendable {
    public let keys: [MapKey]
    /// Only for shapes so wide that a search beats a walk.
    private let index: [MapKey: Int]?

    /// - Parameter keys: no two alike.
    public init(_ keys: [MapKey]) {
        self.keys = keys
        index =
            keys.count <= 8
            ? nil : Dictionary(keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public convenience init(fields: [String]) {
        self.init(fields.map(MapKey.string))
    }

    public func position(of key: MapKey) -> Int? {
        if let index { return index[key] }
        return keys.firstIndex(of: key)
    }

    public func position(of field: String) -> Int? {
        if let index { return index[.string(field)] }
        return keys.firstIndex { if case .string(let text) = $0 { text.hasSameBytes(as: field) } else { false } }
    }
}

/// An ordered map. Order is kept for writing and does not count in comparisons.
public struct ValueMap: Sendable {
    public private(set) var shape: MapShape
    /// One value a key of the shape.
    public private(set) var values: [Value]

    /// - Precondition: as many values as the shape has keys.
    public init(shape: MapShape, values: [Value]) {
        precondition(shape.keys.count == values.count, "a map has one value a key")
        self.shape = shape
        self.values = values
    }

    /// - Parameter pairs: no two keys alike.
    public init(_ pairs: [(String, Value)]) {
        self.init(shape: MapShape(fields: pairs.map(\.0)), values: pairs.map(\.1))
    }

    public init() {
        self.init(shape: MapShape([]), values: [])
    }

    public var count: Int { values.count }
    public var isEmpty: Bool { values.isEmpty }
    public var keys: [MapKey] { shape.keys }

    public subscript(key: MapKey) -> Value? {
        shape.position(of: key).map { values[$0] }
    }

    public subscript(field: String) -> Value? {
        shape.position(of: field).map { values[$0] }
    }

    /// The value of a field that is probably found at a place, as in every row of one file.
    @inlinable
    public func value(of field: String, near place: Int) -> Value? {
        if place < shape.keys.count, case .string(let key) = shape.keys[place], key.hasSameBytes(as: field) {
            return values[place]
        }
        return self[field]
    }

    /// Replaces the value of a key, or adds the key at the end.
    public mutating func set(_ key: MapKey, to value: Value) {
        if let position = shape.position(of: key) {
            values[position] = value
        } else {
            shape = MapShape(shape.keys + [key])
            values.append(value)
        }
    }

    public mutating func set(_ field: String, to value: Value) {
        set(.string(field), to: value)
    }
}

extension ValueMap: Sequence {
    public func makeIterator() -> Zip2Sequence<[MapKey], [Value]>.Iterator {
        zip(shape.keys, values).makeIterator()
    }
}

extension ValueMap: Hashable {
    public static func == (one: ValueMap, other: ValueMap) -> Bool {
        if one.shape === other.shape { return one.values == other.values }
        guard one.count == other.count else { return false }
        return one.allSatisfy { key, value in other[key] == value }
    }

    public func hash(into hasher: inout Hasher) {
        // The same whatever the order: each pair is hashed alone and the hashes are added.
        var sum = 0
        for (key, value) in self {
            var pair = Hasher()
            pair.combine(key)
            pair.combine(value)
            sum &+= pair.finalize()
        }
        hasher.combine(sum)
    }
}
