import Values

// Nodes that are their own value: literals, names, variables of macros.

final class LiteralNode: Node {
    let literal: Value

    init(_ literal: Value) { self.literal = literal }

    func value(_ frame: inout Frame) -> Value { literal }
}

final class IntLiteralNode: Node {
    let literal: Int64

    init(_ literal: Int64) { self.literal = literal }

    func value(_ frame: inout Frame) -> Value { .int(literal) }
    func int(_ frame: inout Frame) -> Int64 { literal }
}

final class DoubleLiteralNode: Node {
    let literal: Double

    init(_ literal: Double) { self.literal = literal }

    func value(_ frame: inout Frame) -> Value { .double(literal) }
    func double(_ frame: inout Frame) -> Double { literal }
}

final class StringLiteralNode: Node {
    let literal: String

    init(_ literal: String) { self.literal = literal }

    func value(_ frame: inout Frame) -> Value { .string(literal) }
    func string(_ frame: inout Frame) -> String { literal }
}

final class BoolLiteralNode: Node {
    let literal: Bool

    init(_ literal: Bool) { self.literal = literal }

    func value(_ frame: inout Frame) -> Value { .bool(literal) }
    func bool(_ frame: inout Frame) -> Bool { literal }
}

/// A name of the scope.
final class SlotNode: Node {
    let slot: Int

    init(_ slot: Int) { self.slot = slot }

    func value(_ frame: inout Frame) -> Value { frame.value(of: slot) }
    func bool(_ frame: inout Frame) throws(Fault) -> Bool { try frame.value(of: slot).asBool() }
    func int(_ frame: inout Frame) throws(Fault) -> Int64 { try frame.value(of: slot).asInt() }
    func double(_ frame: inout Frame) throws(Fault) -> Double { try frame.value(of: slot).asDouble() }
    func string(_ frame: inout Frame) throws(Fault) -> String { try frame.value(of: slot).asString() }
}

/// A variable of a macro.
final class LocalNode: Node {
    let place: Int

    init(_ place: Int) { self.place = place }

    func value(_ frame: inout Frame) -> Value { frame.locals[place] }
    func bool(_ frame: inout Frame) throws(Fault) -> Bool { try frame.locals[place].asBool() }
    func int(_ frame: inout Frame) throws(Fault) -> Int64 { try frame.locals[place].asInt() }
    func double(_ frame: inout Frame) throws(Fault) -> Double { try frame.locals[place].asDouble() }
    func string(_ frame: inout Frame) throws(Fault) -> String { try frame.locals[place].asString() }
}

/// Fails whenever it is evaluated: a name or function that an unchecked expression does not find.
final class FaultNode: Node {
    let fault: Fault

    init(_ message: String, at range: Range<Int>) { fault = Fault(message, at: range) }

    func value(_ frame: inout Frame) throws(Fault) -> Value { throw fault }
}

/// Says where it stands when the node inside fails without knowing: wraps what is asked for one form of its value.
final class CheckedNode: Node {
    let inner: any Node
    let range: Range<Int>

    init(_ inner: any Node, _ range: Range<Int>) {
        self.inner = inner
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        do { return try inner.value(&frame) } catch { throw error.located(range) }
    }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        do { return try inner.bool(&frame) } catch { throw error.located(range) }
    }

    func int(_ frame: inout Frame) throws(Fault) -> Int64 {
        do { return try inner.int(&frame) } catch { throw error.located(range) }
    }

    func double(_ frame: inout Frame) throws(Fault) -> Double {
        do { return try inner.double(&frame) } catch { throw error.located(range) }
    }

    func string(_ frame: inout Frame) throws(Fault) -> String {
        do { return try inner.string(&frame) } catch { throw error.located(range) }
    }
}
