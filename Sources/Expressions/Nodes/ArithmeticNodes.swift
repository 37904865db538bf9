import Values

/// `+`, `-`, `*`, `/` and `%` of integers. What does not fit an integer is an error, never another number.
final class IntArithmeticNode: Node {
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

    func value(_ frame: inout Frame) throws(Fault) -> Value { .int(try int(&frame)) }

    func int(_ frame: inout Frame) throws(Fault) -> Int64 {
        let (one, other) = (try left.int(&frame), try right.int(&frame))
        return try Arithmetic.whole(one, operation, other, range)
    }
}

/// `+`, `-`, `*` and `/` of numbers, by IEEE 754.
final class DoubleArithmeticNode: Node {
    private let left: any Node
    private let right: any Node
    private let operation: Syntax.Operator

    init(_ left: any Node, _ operation: Syntax.Operator, _ right: any Node) {
        self.left = left
        self.right = right
        self.operation = operation
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .double(try double(&frame)) }

    func double(_ frame: inout Frame) throws(Fault) -> Double {
        Arithmetic.broken(try left.double(&frame), operation, try right.double(&frame))
    }
}

/// Texts joined by `+`, all parts in one go.
final class ConcatNode: Node {
    let parts: [any Node]

    init(_ parts: [any Node]) { self.parts = parts }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .string(try string(&frame)) }

    func string(_ frame: inout Frame) throws(Fault) -> String {
        var text = ""
        for part in parts {
            let piece = try part.string(&frame)
            try frame.charge(bytes: piece.utf8.count)
            text += piece
        }
        return text
    }
}

/// An operation on whatever the operands turn out to be.
final class ArithmeticNode: Node {
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

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        let (one, other) = (try left.value(&frame), try right.value(&frame))
        do { return try Arithmetic.perform(operation, one, other, range, &frame) } catch { throw error.located(range) }
    }
}

final class NegativeNode: Node {
    private let operand: any Node
    private let range: Range<Int>

    init(_ operand: any Node, _ range: Range<Int>) {
        self.operand = operand
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        switch try operand.value(&frame) {
        case .int(let number): return .int(try Arithmetic.whole(0, .subtract, number, range))
        case .double(let number): return .double(-number)
        case let other: throw Fault("\(other.kindInWords) has no negative", at: range)
        }
    }
}

/// What the operators compute.
enum Arithmetic {
    @inline(__always)
    static func whole<Number: FixedWidthInteger>(
        _ one: Number, _ operation: Syntax.Operator, _ other: Number, _ range: Range<Int>
    ) throws(Fault) -> Number {
        let (result, overflow) =
            switch operation {
            case .add: one.addingReportingOverflow(other)
            case .subtract: one.subtractingReportingOverflow(other)
            case .multiply: one.multipliedReportingOverflow(by: other)
            case .divide: one.dividedReportingOverflow(by: other)
            // The smallest integer modulo -1 overflows on the way, but the remainder is 0.
            case _ where other == 0: (one, true)
            default: (other.magnitude == 1 ? 0 : one % other, false)
            }
        if overflow { throw overflowed(operation, dividedByZero: other == 0, range) }
        return result
    }

    private static func overflowed(_ operation: Syntax.Operator, dividedByZero: Bool, _ range: Range<Int>) -> Fault {
        switch operation {
        case .divide where dividedByZero: Fault("a division by zero", at: range)
        case .modulo where dividedByZero: Fault("a remainder of a division by zero", at: range)
        default: Fault("the result is beyond the range of integers", at: range)
        }
    }

    static func broken(_ one: Double, _ operation: Syntax.Operator, _ other: Double) -> Double {
        switch operation {
        case .add: one + other
        case .subtract: one - other
        case .multiply: one * other
        default: one / other
        }
    }

    static func perform(
        _ operation: Syntax.Operator, _ one: Value, _ other: Value, _ range: Range<Int>, _ frame: inout Frame
    ) throws(Fault) -> Value {
        switch (one, operation, other) {
        case (.int(let a), _, .int(let b)): return .int(try whole(a, operation, b, range))
        case (.uint(let a), _, .uint(let b)): return .uint(try whole(a, operation, b, range))
        case (.double(let a), .add, .double(let b)), (.double(let a), .subtract, .double(let b)),
            (.double(let a), .multiply, .double(let b)), (.double(let a), .divide, .double(let b)):
            return .double(broken(a, operation, b))
        case (.string(let a), .add, .string(let b)):
            try frame.charge(bytes: a.utf8.count + b.utf8.count)
            return .string(a + b)
        case (.bytes(let a), .add, .bytes(let b)):
            try frame.charge(bytes: a.count + b.count)
            return .bytes(a + b)
        case (.list(let a), .add, .list(let b)):
            try frame.charge(a.count + b.count)
            return .list(a + b)
        default:
            if let result = moment(one, operation, other) {
                guard let result else { throw Fault("the result is beyond the range of times", at: range) }
                return result
            }
            let kinds = "\(one.kindInWords) and \(other.kindInWords)"
            throw Fault("`\(operation.rawValue)` cannot take \(kinds)", at: range)
        }
    }

    /// Sums of moments and lengths of time. Nil for other operands; a nil inside where the range of times is left.
    private static func moment(_ one: Value, _ operation: Syntax.Operator, _ other: Value) -> Value?? {
        switch (one, operation, other) {
        case (.timestamp(let a), .add, .duration(let b)), (.duration(let b), .add, .timestamp(let a)):
            .some(a.adding(b).map(Value.timestamp))
        case (.timestamp(let a), .subtract, .duration(let b)): .some(a.subtracting(b).map(Value.timestamp))
        case (.timestamp(let a), .subtract, .timestamp(let b)): .some(a.since(b).map(Value.duration))
        case (.duration(let a), .add, .duration(let b)): .some(a.adding(b).map(Value.duration))
        case (.duration(let a), .subtract, .duration(let b)): .some(a.subtracting(b).map(Value.duration))
        default: nil
        }
    }
}
