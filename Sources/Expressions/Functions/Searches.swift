import Patterns
import Values

extension Function {
    private static let stringTest: [(parameters: [ValueType], result: ValueType)] = [([.string, .string], .bool)]

    static let searches: [Function] = [
        .method("contains", stringTest, test("contains", TextTest.contains)),
        .method("startsWith", stringTest, test("startsWith", TextTest.startsWith)),
        .method("endsWith", stringTest, test("endsWith", TextTest.endsWith)),
        .method("matches", stringTest, matches),
        .global("matches", stringTest, matches),
    ]

    private static func test(_ name: String, _ test: TextTest) -> Implementation {
        .two { one, other, frame throws(Fault) in
            guard case .string(let text) = one, case .string(let part) = other else {
                throw unsupported(name, one, other)
            }
            return .bool(try test.holds(text, part, &frame))
        }
    }

    private static let matches: Implementation = .two { one, other, frame throws(Fault) in
        guard case .string(let text) = one, case .string(let pattern) = other else {
            throw unsupported("matches", one, other)
        }
        try frame.charge(bytes: text.utf8.count)
        do throws(PatternError) {
            return .bool(try patterns.pattern(pattern).matches(text))
        } catch {
            throw Fault("'\(pattern.excerpt(40))' is no pattern: \(error.message.excerpt(60))")
        }
    }

    /// For patterns that come from a record.
    private static let patterns = PatternCache()
}

/// What can be asked of a text and a part of it.
enum TextTest: Sendable {
    case contains, startsWith, endsWith

    func holds(_ text: String, _ part: String, _ frame: inout Frame) throws(Fault) -> Bool {
        switch self {
        case .contains:
            try frame.charge(bytes: text.utf8.count)
            return text.containsBytes(of: part)
        case .startsWith:
            try frame.charge(comparing: text, part)
            return text.utf8.starts(with: part.utf8)
        case .endsWith:
            try frame.charge(comparing: text, part)
            return part.utf8.count <= text.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
        }
    }
}

/// `text.contains(part)` and its like, without a value in between.
final class TextTestNode: Node {
    private let test: TextTest
    private let text: any Node
    private let part: any Node

    init(_ test: TextTest, _ text: any Node, _ part: any Node) {
        self.test = test
        self.text = text
        self.part = part
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        try test.holds(try text.string(&frame), try part.string(&frame), &frame)
    }
}

/// `text.matches("…")` of a pattern that stands in the expression and was compiled with it.
final class PatternNode: Node {
    private let text: any Node
    private let pattern: Pattern

    init(_ text: any Node, _ pattern: Pattern) {
        self.text = text
        self.pattern = pattern
    }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .bool(try bool(&frame)) }

    func bool(_ frame: inout Frame) throws(Fault) -> Bool {
        let text = try text.string(&frame)
        try frame.charge(bytes: text.utf8.count)
        return pattern.matches(text)
    }
}
