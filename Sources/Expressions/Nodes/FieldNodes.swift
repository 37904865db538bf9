import Values

/// The field of a map, with a guess at its place from the type that was known before the run.
struct FieldGuess: Sendable {
    let name: String
    private let key: MapKey
    private let place: Int
    /// A map without the field is read as if it held null; only for fields that may be null.
    let absentIsNull: Bool

    init(_ name: String, place: Int = 0, absentIsNull: Bool = false) {
        self.name = name
        key = .string(name)
        self.place = place
        self.absentIsNull = absentIsNull
    }

    /// Where the value lies if the guess is right, at the least possible cost.
    @inline(__always)
    func glance(_ slot: Int, _ frame: borrowing Frame) -> UnsafePointer<Value>? {
        frame.slots.glance(slot, name, place)
    }

    @inline(__always)
    func find(in map: ValueMap) -> Value? {
        if let found = map.value(of: name, near: place) { return found }
        // `nil` alone would be taken for the literal null.
        return absentIsNull ? Value.null : Value?.none
    }
}

/// `x.name`: the value of a key, or an error that names it.
final class SelectNode: Node {
    private let operand: any Node
    private let field: FieldGuess
    private let range: Range<Int>

    init(_ operand: any Node, _ field: FieldGuess, _ range: Range<Int>) {
        self.operand = operand
        self.field = field
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        try Self.select(try operand.value(&frame), field, range)
    }

    static func select(_ value: Value, _ field: FieldGuess, _ range: Range<Int>) throws(Fault) -> Value {
        if case .map(let map) = value, let found = field.find(in: map) { return found }
        return try selectSlowly(value, field, range)
    }

    /// Through an optional, or not at all.
    @inline(never)
    private static func selectSlowly(_ value: Value, _ field: FieldGuess, _ range: Range<Int>) throws(Fault) -> Value {
        switch value {
        case .map: throw Fault("there is no field '\(field.name.excerpt(40))'", at: range)
        case .optional(nil): return .optional(nil)
        case .optional(let inner?):
            guard case .map(let map) = inner else { throw notAMap(inner, field, range) }
            return .optional(field.find(in: map))
        default: throw notAMap(value, field, range)
        }
    }

    private static func notAMap(_ value: Value, _ field: FieldGuess, _ range: Range<Int>) -> Fault {
        Fault("'\(field.name.excerpt(40))' cannot be read from \(value.kindInWords)", at: range)
    }
}

/// `name.field` of a name of the scope: the most frequent reading of all.
final class SlotFieldNode: Node {
    private let slot: Int
    private let field: FieldGuess
    private let range: Range<Int>

    init(_ slot: Int, _ field: FieldGuess, _ range: Range<Int>) {
        self.slot = slot
        self.field = field
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        if let found = field.glance(slot, frame) { return found.pointee }
        return try selected(frame)
    }

    @inline(never)
    private func selected(_ frame: borrowing Frame) throws(Fault) -> Value {
        try SelectNode.select(frame.value(of: slot), field, range)
    }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        if let found = field.glance(slot, frame), case .bool(let truth) = found.pointee { return truth }
        return try selected(frame).asBool()
    }

    func int(_ frame: inout Frame) throws(Fault) -> Int64 {
        if let found = field.glance(slot, frame), case .int(let number) = found.pointee { return number }
        return try selected(frame).asInt()
    }

    func double(_ frame: inout Frame) throws(Fault) -> Double {
        if let found = field.glance(slot, frame), case .double(let number) = found.pointee { return number }
        return try selected(frame).asDouble()
    }

    func string(_ frame: inout Frame) throws(Fault) -> String {
        if let found = field.glance(slot, frame), case .string(let text) = found.pointee { return text }
        return try selected(frame).asString()
    }
}

/// `x.?name`: present or not. Null has no fields, so it gives none.
final class OptionalSelectNode: Node {
    private let operand: any Node
    private let field: FieldGuess
    /// Where the type says that the field may be null, null counts as none.
    private let nullIsNone: Bool
    private let range: Range<Int>

    init(_ operand: any Node, _ field: FieldGuess, nullIsNone: Bool, _ range: Range<Int>) {
        self.operand = operand
        self.field = field
        self.nullIsNone = nullIsNone
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        var value = try operand.value(&frame)
        if case .optional(let inner) = value { value = inner ?? .null }
        switch value {
        case .null: return .optional(nil)
        case .map(let map):
            let found = field.find(in: map)
            if nullIsNone, case .null = found { return .optional(nil) }
            return .optional(found)
        default: throw Fault("'\(field.name.excerpt(40))' cannot be read from \(value.kindInWords)", at: range)
        }
    }
}

/// `has(x.name)`, `has(x.?name)`.
final class HasNode: Node {
    private let operand: any Node
    private let field: FieldGuess
    /// Where the fields are known before the run, a field that is null is not there.
    private let nullIsAbsent: Bool
    private let range: Range<Int>

    init(_ operand: any Node, _ field: FieldGuess, nullIsAbsent: Bool, _ range: Range<Int>) {
        self.operand = operand
        self.field = field
        self.nullIsAbsent = nullIsAbsent
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        var value = try operand.value(&frame)
        if case .optional(let inner) = value {
            guard let inner else { return false }
            value = inner
        }
        switch value {
        case .map(let map):
            guard let found = field.find(in: map) else { return false }
            return !(nullIsAbsent && found.isNull)
        case .null where nullIsAbsent: return false
        default: throw Fault("'\(field.name.excerpt(40))' cannot be read from \(value.kindInWords)", at: range)
        }
    }
}

/// `x[index]` of a list, a map or an optional one; `x[?index]` gives an optional.
final class IndexNode: Node {
    private let operand: any Node
    private let index: any Node
    private let isOptional: Bool
    private let range: Range<Int>

    init(_ operand: any Node, _ index: any Node, isOptional: Bool, _ range: Range<Int>) {
        self.operand = operand
        self.index = index
        self.isOptional = isOptional
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        let operand = try operand.value(&frame)
        let index = try index.value(&frame)
        switch operand {
        case .optional(nil): return .optional(nil)
        case .optional(let inner?): return .optional(try find(index, in: inner))
        case .null where isOptional: return .optional(nil)
        default:
            let found = try find(index, in: operand)
            if isOptional { return .optional(found) }
            guard let found else { throw missing(index, in: operand) }
            return found
        }
    }

    private func find(_ index: Value, in operand: Value) throws(Fault) -> Value? {
        switch operand {
        case .list(let items):
            guard let place = index.wholeNumber else {
                throw Fault("the index of a list is an integer, not \(index.kindInWords)", at: range)
            }
            return items.indices.contains(place) ? items[place] : Value?.none
        case .map(let map):
            guard index.canBeKey else { throw Fault("\(index.kindInWords) cannot be a key of a map", at: range) }
            return map.value(equalTo: index)
        default: throw Fault("\(operand.kindInWords) has no parts to index", at: range)
        }
    }

    private func missing(_ index: Value, in operand: Value) -> Fault {
        if case .list(let items) = operand {
            return Fault("there is no item \(index.excerpt); the list has \(items.count)", at: range)
        }
        return Fault("there is no key \(index.excerpt)", at: range)
    }
}
