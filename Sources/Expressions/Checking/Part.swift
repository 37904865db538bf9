import Values

/// A part of an expression after it was checked: what evaluates it, and what is known of its value.
struct Part {
    var node: any Node
    var type: ValueType
    var range: Range<Int>
    /// The value that it names, if it only names one.
    var path: ValuePath?
    /// The path as it is told to others, until it is known how far it goes.
    var read: ReadPath?
    /// The value, if it stands in the expression itself.
    var literal: Value?
    /// What is known where this is true, and where it is false.
    var whenTrue = Facts()
    var whenFalse = Facts()

    init(_ node: any Node, _ type: ValueType, _ range: Range<Int>) {
        self.node = node
        self.type = type
        self.range = range
    }

    init(literal: Value, _ range: Range<Int>) {
        let (node, type): (any Node, ValueType) =
            switch literal {
            case .null: (LiteralNode(literal), .null)
            case .bool(let truth): (BoolLiteralNode(truth), .bool)
            case .int(let number): (IntLiteralNode(number), .int)
            case .uint: (LiteralNode(literal), .uint)
            case .double(let number): (DoubleLiteralNode(number), .double)
            case .string(let text): (StringLiteralNode(text), .string)
            case .bytes: (LiteralNode(literal), .bytes)
            case .timestamp: (LiteralNode(literal), .timestamp)
            case .duration: (LiteralNode(literal), .duration)
            case .type(let name): (LiteralNode(literal), .type(Value.typeNames[name] ?? .any))
            case .list, .map, .optional: (LiteralNode(literal), .any)
            }
        self.init(node, type, range)
        self.literal = literal
        switch literal {
        case .bool(true): whenFalse = .never
        case .bool(false): whenTrue = .never
        default: break
        }
    }

    /// A part that has an error already: nothing more is said of it.
    static func broken(_ range: Range<Int>, _ message: String) -> Part {
        Part(FaultNode(message, at: range), .any, range)
    }

    /// The node for uses that need one form of value: where only the run knows the type, a mismatch gets its place.
    var plainNode: any Node {
        switch type {
        case .any, .parameter, .nullable: CheckedNode(node, range)
        default: node
        }
    }

    /// The same literal as a number, if it is a whole number written in the expression.
    var asDouble: Part? {
        guard case .int(let number) = literal else { return nil }
        return Part(literal: .double(Double(number)), range)
    }
}
