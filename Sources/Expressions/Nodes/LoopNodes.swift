import Values

// The macros that visit each item of a list, or each key of a map.

/// What a macro visits and the variables it gives to its body.
struct Loop: Sendable {
    let group: any Node
    /// Where the item stands, or the key; with two variables the place in the list, or the key.
    let first: Int
    /// Where the item or value stands when the macro has two variables.
    let second: Int?
    let range: Range<Int>

    /// Visits items until the body says that it has seen enough. What a body throws ends the visit.
    @inline(__always)
    func visit(_ frame: inout Frame, _ body: (inout Frame) throws(Fault) -> Bool) throws(Fault) {
        switch try group.value(&frame) {
        case .list(let items):
            for (place, item) in items.enumerated() {
                try frame.charge(1)
                if let second {
                    frame.locals[first] = .int(Int64(place))
                    frame.locals[second] = item
                } else {
                    frame.locals[first] = item
                }
                if try body(&frame) { return }
            }
        case .map(let map):
            for (key, value) in map {
                try frame.charge(1)
                frame.locals[first] = key.value
                if let second { frame.locals[second] = value }
                if try body(&frame) { return }
            }
        case let other: throw Fault("this needs a list or a map, not \(other.kindInWords)", at: range)
        }
    }
}

/// `all` and `exists`. An item that decides the answer decides it also when another item fails.
final class DecideNode: Node {
    private let loop: Loop
    private let condition: any Node
    /// What decides: false for `all`, true for `exists`.
    private let deciding: Bool

    init(_ loop: Loop, _ condition: any Node, deciding: Bool) {
        self.loop = loop
        self.condition = condition
        self.deciding = deciding
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        var fault: Fault?
        var isDecided = false
        try loop.visit(&frame) { frame throws(Fault) in
            do throws(Fault) {
                isDecided = try condition.bool(&frame) == deciding
            } catch {
                fault = fault ?? error
            }
            return isDecided
        }
        if !isDecided, let fault { throw fault }
        return isDecided ? deciding : !deciding
    }
}

/// `exists_one`: every item is looked at, so an item that fails fails the whole.
final class ExistsOneNode: Node {
    private let loop: Loop
    private let condition: any Node

    init(_ loop: Loop, _ condition: any Node) {
        self.loop = loop
        self.condition = condition
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        var count = 0
        try loop.visit(&frame) { frame throws(Fault) in
            if try condition.bool(&frame) { count += 1 }
            return false
        }
        return count == 1
    }
}

/// `map`, `filter` and `transformList`: a list of what the body gives for the items that fulfil the condition.
final class CollectNode: Node {
    private let loop: Loop
    private let condition: (any Node)?
    private let result: any Node

    init(_ loop: Loop, condition: (any Node)?, result: any Node) {
        self.loop = loop
        self.condition = condition
        self.result = result
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        var items: [Value] = []
        try loop.visit(&frame) { frame throws(Fault) in
            if try condition?.bool(&frame) ?? true { items.append(try result.value(&frame)) }
            return false
        }
        return .list(items)
    }
}

/// `transformMap` and `transformMapEntry`: a map with the same keys, or with the entries of the maps that the body gives.
final class CollectMapNode: Node {
    private let loop: Loop
    private let condition: (any Node)?
    private let result: any Node
    private let givesEntries: Bool

    init(_ loop: Loop, condition: (any Node)?, result: any Node, givesEntries: Bool) {
        self.loop = loop
        self.condition = condition
        self.result = result
        self.givesEntries = givesEntries
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        var builder = MapBuilder(loop.range)
        try loop.visit(&frame) { frame throws(Fault) in
            guard try condition?.bool(&frame) ?? true else { return false }
            let key = frame.locals[loop.first]
            let value = try result.value(&frame)
            guard givesEntries else {
                try builder.add(key, value)
                return false
            }
            guard case .map(let entries) = value else {
                throw Fault("this gives a map for each item, not \(value.kindInWords)", at: loop.range)
            }
            for (key, value) in entries { try builder.add(key.value, value) }
            return false
        }
        return builder.map
    }
}

/// `cel.bind(name, value, body)`.
final class BindNode: Node {
    private let place: Int
    private let bound: any Node
    private let body: any Node

    init(_ place: Int, _ bound: any Node, _ body: any Node) {
        self.place = place
        self.bound = bound
        self.body = body
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        frame.locals[place] = try bound.value(&frame)
        return try body.value(&frame)
    }
}

/// `optMap` and `optFlatMap`: the body is asked only when there is something.
final class OptionalMapNode: Node {
    private let operand: any Node
    private let place: Int
    private let body: any Node
    private let isFlat: Bool
    private let range: Range<Int>

    init(_ operand: any Node, _ place: Int, _ body: any Node, isFlat: Bool, _ range: Range<Int>) {
        self.operand = operand
        self.place = place
        self.body = body
        self.isFlat = isFlat
        self.range = range
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value {
        let value = try operand.value(&frame)
        guard case .optional(let inner) = value else {
            throw Fault("this needs an optional, not \(value.kindInWords)", at: range)
        }
        guard let inner else { return .optional(nil) }
        frame.locals[place] = inner
        let result = try body.value(&frame)
        guard isFlat else { return .optional(result) }
        guard case .optional = result else {
            throw Fault("`optFlatMap` needs an optional from its body, not \(result.kindInWords)", at: range)
        }
        return result
    }
}
