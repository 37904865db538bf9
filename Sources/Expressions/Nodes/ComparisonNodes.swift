import Values

/// The kinds of values that are compared without making a `Value` of them.
///
/// A case and not a type parameter: nodes are only met as `any Node`, where generic code is not specialised.
enum Form {
    case int, double, string, bool

    /// The form of two operands, if they have one and the same.
    init?(_ one: ValueType, _ other: ValueType) {
        switch (one, other) {
        case (.int, .int): self = .int
        case (.double, .double): self = .double
        case (.string, .string): self = .string
        case (.bool, .bool): self = .bool
        default: return nil
        }
    }
}

/// `==` and `!=` of two values of one form.
final class EqualPlainNode: Node {
    private let left: any Node
    private let right: any Node
    private let form: Form
    /// What equal operands give: true for `==`.
    private let whenEqual: Bool

    init(_ left: any Node, _ right: any Node, _ form: Form, whenEqual: Bool) {
        self.left = left
        self.right = right
        self.form = form
        self.whenEqual = whenEqual
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        switch form {
        case .int: return try (left.int(&frame) == right.int(&frame)) == whenEqual
        case .double: return try (left.double(&frame) == right.double(&frame)) == whenEqual
        case .string:
            let (one, other) = (try left.string(&frame), try right.string(&frame))
            try frame.charge(comparing: one, other)
            return one.hasSameBytes(as: other) == whenEqual
        case .bool: return try (left.bool(&frame) == right.bool(&frame)) == whenEqual
        }
    }
}

/// `==` and `!=` of whatever the operands turn out to be.
final class EqualNode: Node {
    private let left: any Node
    private let right: any Node
    private let whenEqual: Bool

    init(_ left: any Node, _ right: any Node, whenEqual: Bool) {
        self.left = left
        self.right = right
        self.whenEqual = whenEqual
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        let (one, other) = (try left.value(&frame), try right.value(&frame))
        return try one.isEqual(to: other, &frame) == whenEqual
    }
}

/// `x == null` and `x != null`.
final class NullTestNode: Node {
    private let operand: any Node
    private let whenNull: Bool

    init(_ operand: any Node, whenNull: Bool) {
        self.operand = operand
        self.whenNull = whenNull
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }
    func bool(_ frame: inout Frame) throws(Fault) -> Bool { try operand.value(&frame).isNull == whenNull }
}

/// `<`, `<=`, `>` and `>=` of two integers, numbers or strings.
final class OrderPlainNode: Node {
    private let left: any Node
    private let right: any Node
    private let form: Form
    private let operation: Syntax.Operator

    init(_ left: any Node, _ operation: Syntax.Operator, _ right: any Node, _ form: Form) {
        self.left = left
        self.right = right
        self.form = form
        self.operation = operation
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        switch form {
        case .int: return compare(try left.int(&frame), try right.int(&frame))
        case .double: return compare(try left.double(&frame), try right.double(&frame))
        case .bool: return compare(try left.bool(&frame) ? 1 : 0, try right.bool(&frame) ? 1 : 0)
        case .string:
            let (one, other) = (try left.string(&frame), try right.string(&frame))
            try frame.charge(comparing: one, other)
            switch operation {
            case .less: return one.precedesByBytes(other)
            case .lessOrEqual: return !other.precedesByBytes(one)
            case .greater: return other.precedesByBytes(one)
            default: return !one.precedesByBytes(other)
            }
        }
    }

    @inline(__always)
    private func compare<Number: Comparable>(_ one: Number, _ other: Number) -> Bool {
        switch operation {
        case .less: one < other
        case .lessOrEqual: one <= other
        case .greater: one > other
        default: one >= other
        }
    }
}

/// `<`, `<=`, `>` and `>=` of whatever the operands turn out to be.
final class OrderNode: Node {
    private let left: any Node
    private let right: any Node
    private let operation: Syntax.Operator
    private let range: Range<Int>

    init(_ left: any Node, _ operation: Syntax.Operator, _ right: any Node, _ range: Range<Int>) {
        self.left = left
        self.right = right
        self.operation = operation
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        let (one, other) = (try left.value(&frame), try right.value(&frame))
        guard let order = try one.order(to: other, &frame) else {
            throw Fault("\(one.kindInWords) and \(other.kindInWords) have no order", at: range)
        }
        switch operation {
        case .less: return order == .less
        case .greater: return order == .greater
        case .lessOrEqual: return order == .less || order == .equal
        default: return order == .greater || order == .equal
        }
    }
}

/// `x in list`, `key in map`.
final class InNode: Node {
    private let item: any Node
    private let group: any Node
    private let range: Range<Int>

    init(_ item: any Node, _ group: any Node, _ range: Range<Int>) {
        self.item = item
        self.group = group
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        let item = try item.value(&frame)
        switch try group.value(&frame) {
        case .list(let items):
            try frame.charge(items.count)
            for other in items where try item.isEqual(to: other, &frame) { return true }
            return false
        case .map(let map): return map.value(equalTo: item) != nil
        case let other: throw Fault("`in` looks into a list or a map, not \(other.kindInWords)", at: range)
        }
    }
}
