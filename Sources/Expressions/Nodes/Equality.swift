import Values

// CEL's equality and order, which compare numbers of all kinds by their size, and texts by their bytes.

extension Value {
    /// `==` of CEL: values of different kinds are unequal, numbers of different kinds are compared, NaN is unequal to all.
    func isEqual(to other: Value, _ frame: inout Frame) throws(Fault) -> Bool {
        switch (self, other) {
        case (.null, .null): return true
        case (.bool(let a), .bool(let b)): return a == b
        case (.int(let a), .int(let b)): return a == b
        case (.string(let a), .string(let b)):
            try frame.charge(comparing: a, b)
            return a.hasSameBytes(as: b)
        case (.bytes(let a), .bytes(let b)):
            try frame.charge(min(a.count, b.count) / 16)
            return a == b
        case (.timestamp(let a), .timestamp(let b)): return a == b
        case (.duration(let a), .duration(let b)): return a == b
        case (.type(let a), .type(let b)): return a == b
        case (.list(let a), .list(let b)):
            guard a.count == b.count else { return false }
            try frame.charge(a.count)
            for (one, another) in zip(a, b) {
                guard try one.isEqual(to: another, &frame) else { return false }
            }
            return true
        case (.map(let a), .map(let b)):
            guard a.count == b.count else { return false }
            try frame.charge(a.count)
            for (key, value) in a {
                guard let another = b.value(equalTo: key.value), try value.isEqual(to: another, &frame) else {
                    return false
                }
            }
            return true
        case (.optional(let a), .optional(let b)):
            guard let a, let b else { return a == nil && b == nil }
            return try a.isEqual(to: b, &frame)
        default: return numericOrder(to: other) == .equal
        }
    }

    /// How two values of an order stand to each other; nil where they have none.
    func order(to other: Value, _ frame: inout Frame) throws(Fault) -> Order? {
        switch (self, other) {
        case (.int(let a), .int(let b)): return Order(a, b)
        case (.string(let a), .string(let b)):
            try frame.charge(comparing: a, b)
            return a.precedesByBytes(b) ? .less : a.hasSameBytes(as: b) ? .equal : .greater
        case (.bytes(let a), .bytes(let b)):
            try frame.charge(min(a.count, b.count) / 16)
            return a.lexicographicallyPrecedes(b) ? .less : a == b ? .equal : .greater
        case (.bool(let a), .bool(let b)): return Order(a ? 1 : 0, b ? 1 : 0)
        case (.timestamp(let a), .timestamp(let b)): return Order(a, b)
        case (.duration(let a), .duration(let b)): return Order(a, b)
        default: return numericOrder(to: other)
        }
    }

    private func numericOrder(to other: Value) -> Order? {
        switch (self, other) {
        case (.int(let a), .int(let b)): Order(a, b)
        case (.uint(let a), .uint(let b)): Order(a, b)
        case (.double(let a), .double(let b)): Order(a, b)
        case (.int(let a), .uint(let b)): a < 0 ? .less : Order(UInt64(a), b)
        case (.uint(let a), .int(let b)): b < 0 ? .greater : Order(a, UInt64(b))
        case (.int(let a), .double(let b)): Order(Double(a), b)
        case (.double(let a), .int(let b)): Order(a, Double(b))
        case (.uint(let a), .double(let b)): Order(Double(a), b)
        case (.double(let a), .uint(let b)): Order(a, Double(b))
        default: nil
        }
    }

    /// A number that is whole, as an index of a list; nil for all else.
    var wholeNumber: Int? {
        switch self {
        case .int(let number): Int(exactly: number)
        case .uint(let number): Int(exactly: number)
        case .double(let number): Int(exactly: number)
        default: nil
        }
    }

    /// Whether a map could have this key: CEL also lets doubles look for whole numbers.
    var canBeKey: Bool {
        switch self {
        case .string, .bool, .int, .uint, .double: true
        default: false
        }
    }

    /// The key that this value makes in a new map.
    var mapKey: MapKey? {
        switch self {
        case .string(let text): .string(text)
        case .bool(let truth): .bool(truth)
        case .int(let number): .int(number)
        case .uint(let number): .uint(number)
        default: nil
        }
    }
}

enum Order {
    case less, equal, greater
    /// NaN stands in no order to anything.
    case none

    init<Number: Comparable>(_ a: Number, _ b: Number) {
        self = a < b ? .less : a == b ? .equal : a > b ? .greater : .none
    }
}

extension ValueMap {
    /// The value of the key that is equal to this in CEL: `1`, `1u` and `1.0` are one key.
    func value(equalTo key: Value) -> Value? {
        switch key {
        case .string(let text): return self[text]
        case .bool(let truth): return self[.bool(truth)]
        case .int(let number):
            return self[.int(number)] ?? UInt64(exactly: number).flatMap { self[.uint($0)] }
        case .uint(let number):
            return self[.uint(number)] ?? Int64(exactly: number).flatMap { self[.int($0)] }
        case .double(let number):
            if let whole = Int64(exactly: number) { return value(equalTo: .int(whole)) }
            return UInt64(exactly: number).flatMap { self[.uint($0)] }
        default: return nil
        }
    }
}
