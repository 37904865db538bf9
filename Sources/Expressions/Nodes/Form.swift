import Values

/// A form in which values are compared and computed without making a `Value` of them.
protocol Form {
    associatedtype Plain
    static func read(_ node: any Node, _ frame: inout Frame) throws(Fault) -> Plain
    static func areEqual(_ one: Plain, _ other: Plain) -> Bool
    static func isLess(_ one: Plain, _ other: Plain) -> Bool
}

enum Integers: Form {
    static func read(_ node: any Node, _ frame: inout Frame) throws(Fault) -> Int64 { try node.int(&frame) }
    static func areEqual(_ one: Int64, _ other: Int64) -> Bool { one == other }
    static func isLess(_ one: Int64, _ other: Int64) -> Bool { one < other }
}

enum Doubles: Form {
    static func read(_ node: any Node, _ frame: inout Frame) throws(Fault) -> Double { try node.double(&frame) }
    static func areEqual(_ one: Double, _ other: Double) -> Bool { one == other }
    static func isLess(_ one: Double, _ other: Double) -> Bool { one < other }
}

enum Strings: Form {
    static func read(_ node: any Node, _ frame: inout Frame) throws(Fault) -> String { try node.string(&frame) }
    static func areEqual(_ one: String, _ other: String) -> Bool { one.hasSameBytes(as: other) }
    static func isLess(_ one: String, _ other: String) -> Bool { one.precedesByBytes(other) }
}

enum Booleans: Form {
    static func read(_ node: any Node, _ frame: inout Frame) throws(Fault) -> Bool { try node.bool(&frame) }
    static func areEqual(_ one: Bool, _ other: Bool) -> Bool { one == other }
    static func isLess(_ one: Bool, _ other: Bool) -> Bool { !one && other }
}
