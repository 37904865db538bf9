import Values

/// What a function does with its operands, the receiver first. A function that does not take what it is given says so
/// with a fault that has no place; the node that calls it knows the place.
enum Implementation: Sendable {
    case one(@Sendable (Value, inout Frame) throws(Fault) -> Value)
    case two(@Sendable (Value, Value, inout Frame) throws(Fault) -> Value)
    case many(@Sendable ([Value], inout Frame) throws(Fault) -> Value)

    func node(_ operands: [any Node], _ range: Range<Int>) -> any Node {
        switch self {
        case .one(let perform): OneOperandNode(operands[0], perform, range)
        case .two(let perform): TwoOperandsNode(operands[0], operands[1], perform, range)
        case .many(let perform): ManyOperandsNode(operands, perform, range)
        }
    }
}

final class OneOperandNode: Node {
    private let operand: any Node
    private let perform: @Sendable (Value, inout Frame) throws(Fault) -> Value
    private let range: Range<Int>

    init(
        _ operand: any Node, _ perform: @escaping @Sendable (Value, inout Frame) throws(Fault) -> Value,
        _ range: Range<Int>
    ) {
        self.operand = operand
        self.perform = perform
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        let value = try operand.value(&frame)
        do { return try perform(value, &frame) } catch { throw error.located(range) }
    }
}

final class TwoOperandsNode: Node {
    private let first: any Node
    private let second: any Node
    private let perform: @Sendable (Value, Value, inout Frame) throws(Fault) -> Value
    private let range: Range<Int>

    init(
        _ first: any Node, _ second: any Node,
        _ perform: @escaping @Sendable (Value, Value, inout Frame) throws(Fault) -> Value, _ range: Range<Int>
    ) {
        self.first = first
        self.second = second
        self.perform = perform
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        let (one, other) = (try first.value(&frame), try second.value(&frame))
        do { return try perform(one, other, &frame) } catch { throw error.located(range) }
    }
}

final class ManyOperandsNode: Node {
    private let operands: [any Node]
    private let perform: @Sendable ([Value], inout Frame) throws(Fault) -> Value
    private let range: Range<Int>

    init(
        _ operands: [any Node], _ perform: @escaping @Sendable ([Value], inout Frame) throws(Fault) -> Value,
        _ range: Range<Int>
    ) {
        self.operands = operands
        self.perform = perform
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        var values: [Value] = []
        values.reserveCapacity(operands.count)
        for operand in operands { values.append(try operand.value(&frame)) }
        do { return try perform(values, &frame) } catch { throw error.located(range) }
    }
}
