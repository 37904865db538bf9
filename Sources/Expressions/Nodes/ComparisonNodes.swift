import Values

/// `==` and `!=` of two values of one form.
final class EqualPlainNode<Of: Form>: Node {
    private let left: any Node
    private let right: any Node
    /// What equal operands give: true for `==`.
    private let whenEqual: Bool

    init(_ left: any Node, _ right: any Node, whenEqual: Bool) {
        self.left = left
        self.right = right
        self.whenEqual = whenEqual
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        Of.areEqual(try Of.read(left, &frame), try Of.read(right, &frame)) == whenEqual
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

/// `<`, `<=`, `>` and `>=` of two values of one form. Greater is less with the sides changed, which also is right for NaN.
final class OrderPlainNode<Of: Form>: Node {
    private let left: any Node
    private let right: any Node
    private let operation: Syntax.Operator

    init(_ left: any Node, _ operation: Syntax.Operator, _ right: any Node) {
        self.left = left
        self.right = right
        self.operation = operation
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        let (one, other) = (try Of.read(left, &frame), try Of.read(right, &frame))
        switch operation {
        case .less: return Of.isLess(one, other)
        case .greater: return Of.isLess(other, one)
        case .lessOrEqual: return Of.isLess(one, other) || Of.areEqual(one, other)
        default: return Of.isLess(other, one) || Of.areEqual(one, other)
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
        guard let order = one.order(to: other) else {
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
