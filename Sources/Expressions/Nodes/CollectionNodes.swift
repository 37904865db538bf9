import Values

/// `[a, ?b]`: an optional element that is none is left out.
final class ListNode: Node {
    private let elements: [(node: any Node, isOptional: Bool)]
    private let range: Range<Int>

    var count: Int { elements.count }
    /// Whether the list always has so many items.
    var isFixed: Bool { !elements.contains(where: \.isOptional) }

    init(_ elements: [(node: any Node, isOptional: Bool)], _ range: Range<Int>) {
        self.elements = elements
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        try frame.charge(elements.count)
        var items: [Value] = []
        items.reserveCapacity(elements.count)
        for (node, isOptional) in elements {
            let value = try node.value(&frame)
            guard isOptional else {
                items.append(value)
                continue
            }
            guard case .optional(let inner) = value else {
                throw Fault("an element with `?` is an optional, not \(value.kindInWords)", at: range)
            }
            if let inner { items.append(inner) }
        }
        return .list(items)
    }
}

/// `{key: value, ?key: optional}`.
final class MapNode: Node {
    struct Entry: Sendable {
        var key: any Node
        var value: any Node
        var isOptional: Bool
    }

    private let entries: [Entry]
    /// The shape of every map this makes, where all its keys are texts in the expression.
    private let shape: MapShape?
    private let range: Range<Int>

    init(_ entries: [Entry], shape: MapShape?, _ range: Range<Int>) {
        self.entries = entries
        self.shape = shape
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        try frame.charge(entries.count)
        if let shape {
            var values: [Value] = []
            values.reserveCapacity(entries.count)
            for entry in entries { values.append(try entry.value.value(&frame)) }
            return .map(ValueMap(shape: shape, values: values))
        }
        var builder = MapBuilder(range)
        for entry in entries {
            let key = try entry.key.value(&frame)
            let value = try entry.value.value(&frame)
            if !entry.isOptional {
                try builder.add(key, value)
            } else if case .optional(let inner) = value {
                if let inner { try builder.add(key, inner) }
            } else {
                throw Fault("an entry with `?` is an optional, not \(value.kindInWords)", at: range)
            }
        }
        return builder.map
    }
}

/// Puts a map together and refuses a key that is there already; `1` and `1u` are one key.
struct MapBuilder {
    private var keys: [MapKey] = []
    private var values: [Value] = []
    private var seen: Set<MapKey> = []
    private let range: Range<Int>

    init(_ range: Range<Int>) { self.range = range }

    mutating func add(_ key: Value, _ value: Value) throws(Fault) {
        guard let mapKey = key.mapKey else {
            throw Fault("the key of a map is a string, an integer or a boolean, not \(key.kindInWords)", at: range)
        }
        var identity = mapKey
        if case .uint(let number) = mapKey, let same = Int64(exactly: number) { identity = .int(same) }
        guard seen.insert(identity).inserted else { throw Fault("the key \(key.excerpt) stands twice", at: range) }
        keys.append(mapKey)
        values.append(value)
    }

    var map: Value { .map(ValueMap(shape: MapShape(keys), values: values)) }
}
