import Values

/// `a && b && …` or `a || b || …`.
///
/// A part that decides the answer decides it also when another part fails, whatever their order: that is CEL's rule. The
/// parts are asked from left to right, and no more of them than are needed.
final class JunctionNode: Node {
    private let parts: [any Node]
    /// What decides: false for `&&`, true for `||`.
    private let deciding: Bool

    init(_ parts: [any Node], deciding: Bool) {
        self.parts = parts
        self.deciding = deciding
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        var fault: Fault?
        for part in parts {
            do {
                if try part.bool(&frame) == deciding { return deciding }
            } catch {
                fault = fault ?? error
            }
        }
        if let fault { throw fault }
        return !deciding
    }
}

/// The same with two parts, the most frequent number.
final class PairNode: Node {
    private let left: any Node
    private let right: any Node
    private let deciding: Bool

    init(_ left: any Node, _ right: any Node, deciding: Bool) {
        self.left = left
        self.right = right
        self.deciding = deciding
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        let first: Bool
        do {
            first = try left.bool(&frame)
        } catch {
            if try right.bool(&frame) == deciding { return deciding }
            throw error
        }
        return first == deciding ? deciding : try right.bool(&frame)
    }
}

final class NotNode: Node {
    private let operand: any Node

    init(_ operand: any Node) { self.operand = operand }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }
    func bool(_ frame: inout Frame) throws(Fault) -> Bool { !(try operand.bool(&frame)) }
}

/// `condition ? then : otherwise`.
final class ChoiceNode: Node {
    private let condition: any Node
    private let then: any Node
    private let otherwise: any Node

    init(_ condition: any Node, _ then: any Node, _ otherwise: any Node) {
        self.condition = condition
        self.then = then
        self.otherwise = otherwise
    }

    private func chosen(_ frame: inout Frame) throws(Fault) -> any Node {
        try condition.bool(&frame) ? then : otherwise
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { try chosen(&frame).value(&frame) }
    func bool(_ frame: inout Frame) throws(Fault) -> Bool { try chosen(&frame).bool(&frame) }
    func int(_ frame: inout Frame) throws(Fault) -> Int64 { try chosen(&frame).int(&frame) }
    func double(_ frame: inout Frame) throws(Fault) -> Double { try chosen(&frame).double(&frame) }
    func string(_ frame: inout Frame) throws(Fault) -> String { try chosen(&frame).string(&frame) }
}

/// `optional.or(other)` and `optional.orValue(other)`: the other is asked only when there is nothing.
final class OptionalElseNode: Node {
    private let optional: any Node
    private let other: any Node
    private let keepsOptional: Bool
    private let range: Range<Int>

    init(_ optional: any Node, _ other: any Node, keepsOptional: Bool, _ range: Range<Int>) {
        self.optional = optional
        self.other = other
        self.keepsOptional = keepsOptional
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        let value = try optional.value(&frame)
        guard case .optional(let inner) = value else {
            throw Fault("this needs an optional, not \(value.kindInWords)", at: range)
        }
        if let inner { return keepsOptional ? value : inner }
        let instead = try other.value(&frame)
        if keepsOptional, case .optional = instead { return instead }
        guard !keepsOptional else { throw Fault("`or` takes an optional, not \(instead.kindInWords)", at: range) }
        return instead
    }
}
