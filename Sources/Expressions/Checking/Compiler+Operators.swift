import Values

// Conditions, comparisons, arithmetic.

extension Compiler {
    // MARK: Conditions

    /// A part that has to be true or false.
    private mutating func condition(_ syntax: Syntax, knowing facts: Facts) -> Part {
        let part = compile(syntax, knowing: facts)
        check(condition: part)
        return part
    }

    mutating func check(condition part: Part) {
        switch ruleOutNull(part, reading: nil) {
        case .bool, .any, .parameter: break
        case let type: report(noCondition(type, part), at: part.range)
        }
    }

    mutating func junction(_ parts: [Syntax], deciding: Bool, _ range: Range<Int>, knowing facts: Facts) -> Part {
        // Each part is asked only where those before it have not decided.
        var known = facts
        var compiled: [Part] = []
        for syntax in parts {
            let part = condition(syntax, knowing: known)
            known = known.union(deciding ? part.whenFalse : part.whenTrue)
            compiled.append(part)
        }
        let nodes = compiled.map(\.plainNode)
        let node: any Node =
            nodes.count == 2
            ? PairNode(nodes[0], nodes[1], deciding: deciding) : JunctionNode(nodes, deciding: deciding)
        var result = Part(node, .bool, range)
        // The answer that no part alone gives holds all of them; of the other one only what each way there has.
        let together = compiled.reduce(Facts()) { $0.union(deciding ? $1.whenFalse : $1.whenTrue) }
        var alone = Facts.never
        var before = Facts()
        for part in compiled {
            alone = alone.intersection(before.union(deciding ? part.whenTrue : part.whenFalse))
            before = before.union(deciding ? part.whenFalse : part.whenTrue)
        }
        (result.whenTrue, result.whenFalse) = deciding ? (alone, together) : (together, alone)
        return result
    }

    mutating func not(_ operand: Syntax, _ range: Range<Int>, knowing facts: Facts) -> Part {
        let part = condition(operand, knowing: facts)
        var result = Part(NotNode(part.plainNode), .bool, range)
        (result.whenTrue, result.whenFalse) = (part.whenFalse, part.whenTrue)
        return result
    }

    mutating func choice(
        _ condition: Syntax, _ then: Syntax, _ otherwise: Syntax, _ range: Range<Int>, knowing facts: Facts
    ) -> Part {
        let condition = self.condition(condition, knowing: facts)
        var then = compile(then, knowing: facts.union(condition.whenTrue))
        var otherwise = compile(otherwise, knowing: facts.union(condition.whenFalse))
        matchNumbers(&then, &otherwise)
        let type = then.type.joined(with: otherwise.type)
        if type == nil {
            report(
                "the two answers of `?:` are \(then.type.inWords) and \(otherwise.type.inWords); make both one type",
                at: otherwise.range)
        }
        var result = Part(ChoiceNode(condition.plainNode, then.node, otherwise.node), type ?? .any, range)
        result.whenTrue = condition.whenTrue.union(then.whenTrue)
            .intersection(condition.whenFalse.union(otherwise.whenTrue))
        result.whenFalse = condition.whenTrue.union(then.whenFalse)
            .intersection(condition.whenFalse.union(otherwise.whenFalse))
        return result
    }

    // MARK: Operations on two values

    mutating func binary(
        _ operation: Syntax.Operator, _ left: Syntax, _ right: Syntax, _ range: Range<Int>, knowing facts: Facts
    ) -> Part {
        var (left, right) = (compile(left, knowing: facts), compile(right, knowing: facts))
        matchNumbers(&left, &right)
        switch operation {
        case .equal, .unequal: return equality(operation, left, right, range)
        case .less, .lessOrEqual, .greater, .greaterOrEqual: return order(operation, left, right, range)
        case .in: return membership(left, right, range)
        case .add, .subtract, .multiply, .divide, .modulo: return arithmetic(operation, left, right, range)
        }
    }

    /// A whole number written beside a number is a number.
    private func matchNumbers(_ one: inout Part, _ other: inout Part) {
        if one.type.withoutNull == .double, let number = other.asDouble { other = number }
        if other.type.withoutNull == .double, let number = one.asDouble { one = number }
    }

    private mutating func equality(_ operation: Syntax.Operator, _ left: Part, _ right: Part, _ range: Range<Int>)
        -> Part
    {
        let whenEqual = operation == .equal
        var result: Part
        if left.type == .null || right.type == .null {
            let operand = right.type == .null ? left : right
            result = Part(NullTestNode(operand.node, whenNull: whenEqual), .bool, range)
            if let path = operand.path { result.whenFalse = Facts(path) }
        } else {
            let (one, other) = (left.type.withoutNull, right.type.withoutNull)
            if one.joined(with: other) == nil { report(neverEqual(left, right), at: range) }
            result = Part(equalNode(left, right, whenEqual: whenEqual), .bool, range)
            // What equals something that is not null is not null.
            var facts = Facts()
            if let path = left.path, !right.type.allowsNull { facts = facts.union(Facts(path)) }
            if let path = right.path, !left.type.allowsNull { facts = facts.union(Facts(path)) }
            result.whenTrue = facts
        }
        if !whenEqual { (result.whenTrue, result.whenFalse) = (result.whenFalse, result.whenTrue) }
        return result
    }

    private func equalNode(_ left: Part, _ right: Part, whenEqual: Bool) -> any Node {
        if let form = Form(left.type, right.type) {
            return EqualPlainNode(left.node, right.node, form, whenEqual: whenEqual)
        }
        return EqualNode(left.node, right.node, whenEqual: whenEqual)
    }

    private mutating func order(_ operation: Syntax.Operator, _ left: Part, _ right: Part, _ range: Range<Int>) -> Part
    {
        let one = ruleOutNull(left, reading: nil)
        let other = ruleOutNull(right, reading: nil)
        if let form = Form(one, other) {
            return Part(OrderPlainNode(left.node, operation, right.node, form), .bool, range)
        }
        let isComparable =
            one.isOpen && other.hasOrder || other.isOpen && one.hasOrder || one.isOpen && other.isOpen
            || one == other && one.hasOrder || one.isNumeric && other.isNumeric
        if !isComparable { report(noOrder(left, right, one, other), at: range) }
        return Part(OrderNode(left.node, operation, right.node, range), .bool, range)
    }

    private mutating func membership(_ item: Part, _ group: Part, _ range: Range<Int>) -> Part {
        switch ruleOutNull(group, reading: nil) {
        case .list(let type), .map(let type, _):
            let isNumber = item.type.withoutNull.isNumeric && type.withoutNull.isNumeric
            if !isNumber, item.type.withoutNull.joined(with: type.withoutNull) == nil {
                report("\(shown(group)) holds \(type.settled), so \(item.type.inWords) is never in it", at: item.range)
            }
        case .object, .any, .parameter: break
        case let type: report("`in` looks into a list or a map, not \(type.inWords)\(mendForIn(type))", at: group.range)
        }
        return Part(InNode(item.node, group.node, range), .bool, range)
    }

    // MARK: Arithmetic

    private mutating func arithmetic(
        _ operation: Syntax.Operator, _ left: Part, _ right: Part, _ range: Range<Int>
    ) -> Part {
        let one = ruleOutNull(left, reading: nil)
        let other = ruleOutNull(right, reading: nil)
        switch (one, operation, other) {
        case (.int, _, .int): return Part(IntArithmeticNode(left.node, operation, right.node, range), .int, range)
        case (.double, .add, .double), (.double, .subtract, .double), (.double, .multiply, .double),
            (.double, .divide, .double):
            return Part(DoubleArithmeticNode(left.node, operation, right.node), .double, range)
        case (.string, .add, .string):
            let before = (left.node as? ConcatNode)?.parts ?? [left.node]
            return Part(ConcatNode(before + [right.node]), .string, range)
        default: break
        }
        let type = result(of: operation, one, other)
        if type == nil { report(cannotTake(operation, left, right, one, other), at: range) }
        return Part(ArithmeticNode(left.node, operation, right.node, range), type ?? .any, range)
    }

    /// The type of what an operation gives; nil where it cannot take the operands.
    private func result(of operation: Syntax.Operator, _ one: ValueType, _ other: ValueType) -> ValueType? {
        switch (one, operation, other) {
        case (.uint, _, .uint): return .uint
        case (.bytes, .add, .bytes): return .bytes
        case (.list(let a), .add, .list(let b)): return .list(a.joined(with: b) ?? .any)
        case (.timestamp, .add, .duration), (.duration, .add, .timestamp), (.timestamp, .subtract, .duration):
            return .timestamp
        case (.timestamp, .subtract, .timestamp), (.duration, .add, .duration), (.duration, .subtract, .duration):
            return .duration
        case (let a, _, let b) where a.isOpen && b.isOpen: return .any
        // One side is known: numbers stay what they are.
        case (let known, _, let open) where open.isOpen && known.isNumeric,
            (let open, _, let known) where open.isOpen && known.isNumeric:
            return known == .double && operation == .modulo ? nil : known
        case (let known, .add, let open) where open.isOpen && known.canBeAdded,
            (let open, .add, let known) where open.isOpen && known.canBeAdded:
            if case .list = known { return .list(.any) }
            return known == .string || known == .bytes ? known : .any
        case (let known, .subtract, let open) where open.isOpen && known.isTime,
            (let open, .subtract, let known) where open.isOpen && known.isTime:
            return .any
        default: return nil
        }
    }

    mutating func negative(_ operand: Syntax, _ range: Range<Int>, knowing facts: Facts) -> Part {
        let part = compile(operand, knowing: facts)
        let type = ruleOutNull(part, reading: nil)
        switch type {
        case .int, .double, .any, .parameter: break
        default: report("\(type.inWords) has no negative", at: part.range)
        }
        return Part(NegativeNode(part.node, range), type, range)
    }
}

extension ValueType {
    fileprivate var hasOrder: Bool {
        switch self {
        case .bool, .int, .uint, .double, .string, .bytes, .timestamp, .duration: true
        default: false
        }
    }

    fileprivate var isTime: Bool { self == .timestamp || self == .duration }

    fileprivate var canBeAdded: Bool {
        if case .list = self { true } else { self == .string || self == .bytes || isTime }
    }
}
