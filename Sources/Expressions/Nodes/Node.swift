import Values

/// A part of an expression, ready to be evaluated.
///
/// The compiler knows most types before the run and asks a node in the form it needs; a node that can give that form
/// without making a `Value` of it does. Whatever was not known then is checked here.
protocol Node: AnyObject, Sendable {
    func value(_ frame: inout Frame) throws(Fault) -> Value
    func bool(_ frame: inout Frame) throws(Fault) -> Bool
    func int(_ frame: inout Frame) throws(Fault) -> Int64
    func double(_ frame: inout Frame) throws(Fault) -> Double
    func string(_ frame: inout Frame) throws(Fault) -> String
}

extension Node {
    func bool(_ frame: inout Frame) throws(Fault) -> Bool { try value(&frame).asBool() }
    func int(_ frame: inout Frame) throws(Fault) -> Int64 { try value(&frame).asInt() }
    func double(_ frame: inout Frame) throws(Fault) -> Double { try value(&frame).asDouble() }
    func string(_ frame: inout Frame) throws(Fault) -> String { try value(&frame).asString() }
}

/// What one evaluation works on.
struct Frame {
    /// Those of the row, where they lie, for the length of the evaluation: a look at them retains nothing.
    let slots: UnsafeBufferPointer<Value>
    /// The variables of macros, by the place the compiler gave them.
    var locals: [Value]
    /// What the evaluation may still cost: one for an item visited, one for each 16 bytes of text looked at.
    private(set) var budget = Frame.costBound

    /// The text that `mentions` folded last.
    var lastFolded: (original: String, folded: FoldedText)?

    /// A second or so of work, however an expression and a record are made.
    static let costBound = 10_000_000

    private init(_ slots: UnsafeBufferPointer<Value>, localCount: Int) {
        self.slots = slots
        locals = localCount == 0 ? [] : Array(repeating: .null, count: localCount)
    }

    /// One evaluation, from its beginning to its end.
    @inline(__always)
    static func evaluating<Result>(
        _ slots: borrowing Slots, localCount: Int = 0, _ body: (inout Frame) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        try slots.withUnsafeValues { values throws(Fault) in
            var frame = Frame(values, localCount: localCount)
            return try body(&frame)
        }
    }

    @inline(__always)
    func value(of slot: Int) -> Value {
        precondition(slot < slots.count, "a row has a slot for every name")
        return slots[slot]
    }

    mutating func charge(_ cost: Int) throws(Fault) {
        budget -= cost
        if budget < 0 {
            budget = 0
            throw Frame.tooLong
        }
    }

    mutating func charge(bytes: Int) throws(Fault) { try charge(bytes / 16 + 1) }

    /// For two texts that are compared byte by byte; short ones cost no more than the look at them, which is charged
    /// where it happens often.
    mutating func charge(comparing one: String, _ other: String) throws(Fault) {
        try charge(min(one.utf8.count, other.utf8.count) / 16)
    }

    /// Ends the evaluation now if as many bytes could not be charged: asked before they are made, because memory is taken
    /// at once.
    func expect(bytes: Int) throws(Fault) {
        if bytes / 16 > budget { throw Frame.tooLong }
    }

    private static var tooLong: Fault { Fault("this takes too long: it visits more than \(costBound) items") }
}

/// Why an evaluation stopped: a class, so that passing it on costs nothing where nothing fails.
final class Fault: Error {
    let message: String
    /// Where in the text, in UTF-8 bytes; unknown to a function, known to the node that called it.
    let range: Range<Int>?

    init(_ message: String, at range: Range<Int>? = nil) {
        self.message = message
        self.range = range
    }

    /// The same fault; its place is this unless an inner one was known.
    func located(_ range: Range<Int>) -> Fault {
        self.range == nil ? Fault(message, at: range) : self
    }
}

extension Value {
    func asBool() throws(Fault) -> Bool {
        guard case .bool(let truth) = self else { throw mismatch("a boolean") }
        return truth
    }

    func asInt() throws(Fault) -> Int64 {
        guard case .int(let number) = self else { throw mismatch("an integer") }
        return number
    }

    func asDouble() throws(Fault) -> Double {
        guard case .double(let number) = self else { throw mismatch("a number") }
        return number
    }

    func asString() throws(Fault) -> String {
        guard case .string(let text) = self else { throw mismatch("a string") }
        return text
    }

    func mismatch(_ wanted: String) -> Fault { Fault("this needs \(wanted), not \(kindInWords)") }

    /// `a string`, `an integer`, `null`.
    var kindInWords: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .uint: "an unsigned integer"
        case .double: "a number"
        case .string: "a string"
        case .bytes: "bytes"
        case .list: "a list"
        case .map: "a map"
        case .timestamp: "a timestamp"
        case .duration: "a duration"
        case .type: "a type"
        case .optional: "an optional"
        }
    }

    /// A short look at the value for a message: at most 40 characters of it.
    var excerpt: String {
        switch self {
        case .string(let text): "'\(text.excerpt(40))'"
        case .int(let number): "\(number)"
        case .uint(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let truth): "\(truth)"
        default: kindInWords
        }
    }
}

extension String {
    /// The first characters of it, on one line.
    func excerpt(_ count: Int) -> String {
        var short = ""
        for scalar in unicodeScalars.prefix(count) {
            short.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return unicodeScalars.count > count ? short + "…" : short
    }
}
