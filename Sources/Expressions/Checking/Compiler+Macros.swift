import Values

// The calls that give a name to each item, and those that ask whether something is there.

extension Compiler {
    /// The part that a macro makes, or nil for a call that is none.
    mutating func macro(_ call: Syntax.Call, _ range: Range<Int>, knowing facts: Facts) -> Part? {
        guard let receiver = call.receiver else {
            return call.name == "has" ? has(call, range, knowing: facts) : nil
        }
        let count = call.arguments.count
        switch (call.name, count) {
        case ("all", 2), ("all", 3), ("exists", 2), ("exists", 3):
            return loop(call, variables: count - 1, range, facts) { compiler, loop, facts in
                let condition = compiler.lastCondition(call, facts)
                return Part(DecideNode(loop, condition.plainNode, deciding: call.name == "exists"), .bool, range)
            }
        case ("exists_one", 2), ("exists_one", 3), ("existsOne", 2), ("existsOne", 3):
            return loop(call, variables: count - 1, range, facts) { compiler, loop, facts in
                Part(ExistsOneNode(loop, compiler.lastCondition(call, facts).plainNode), .bool, range)
            }
        case ("filter", 2):
            return loop(call, variables: 1, range, facts) { compiler, loop, facts in
                let condition = compiler.lastCondition(call, facts)
                let item = compiler.locals[compiler.locals.count - 1]
                let node = CollectNode(loop, condition: condition.plainNode, result: LocalNode(item.place))
                return Part(node, .list(item.type), range)
            }
        case ("map", 2), ("map", 3):
            return collect(call, variables: 1, range, facts)
        case ("transformList", 3), ("transformList", 4):
            return collect(call, variables: 2, range, facts)
        case ("transformMap", 3), ("transformMap", 4), ("transformMapEntry", 3), ("transformMapEntry", 4):
            return collectMap(call, range, facts)
        case ("optMap", 2), ("optFlatMap", 2): return optionalMap(call, receiver, range, facts)
        case ("bind", 3) where receiver.simpleName == "cel": return bind(call, range, facts)
        default: return nil
        }
    }

    private mutating func has(_ call: Syntax.Call, _ range: Range<Int>, knowing facts: Facts) -> Part? {
        guard call.arguments.count == 1, case .select(let operand, let field) = call.arguments[0].kind else {
            report("`has` asks for one field: has(input.title)", at: range)
            return .broken(range, "`has` asks for one field")
        }
        return has(operand, field, range, knowing: facts)
    }

    // MARK: Loops

    private mutating func lastCondition(_ call: Syntax.Call, _ facts: Facts) -> Part {
        let part = compile(call.arguments[call.arguments.count - 1], knowing: facts)
        check(condition: part)
        return part
    }

    /// Compiles what a macro visits, and its body with one or two variables declared.
    private mutating func loop(
        _ call: Syntax.Call, variables: Int, _ range: Range<Int>, _ facts: Facts,
        _ body: (inout Compiler, Loop, Facts) -> Part
    ) -> Part? {
        guard let receiver = call.receiver else { return nil }
        let group = compile(receiver, knowing: facts)
        let (key, value) = visited(group, call)
        var names: [String] = []
        for argument in call.arguments.prefix(variables) {
            guard let name = argument.simpleName, !names.contains(name) else {
                report(noVariable(call.name), at: argument.range)
                return .broken(range, "`\(call.name)` needs a name for each item")
            }
            names.append(name)
        }
        let types = variables == 2 ? [key, value] : [value]
        let before = locals.count
        for (name, type) in zip(names, types) { declareLocal(name, type) }
        let loop = Loop(group: group.node, first: before, second: variables == 2 ? before + 1 : nil, range: range)
        let part = body(&self, loop, facts)
        locals.removeLast(locals.count - before)
        return part
    }

    private mutating func declareLocal(_ name: String, _ type: ValueType) {
        locals.append(Local(name: name, type: type, place: locals.count))
        localCount = max(localCount, locals.count)
    }

    /// The types of the places and items that a macro visits: of a map with one variable, the keys.
    private mutating func visited(_ group: Part, _ call: Syntax.Call) -> (ValueType, ValueType) {
        let isPair = call.arguments.count > 2 && call.name != "map"
        switch ruleOutNull(group, reading: call.name + "()") {
        case .list(let item): return (.int, item)
        case .map(let key, let value): return isPair ? (key, value) : (key, key)
        case .object: return isPair ? (.string, .any) : (.string, .string)
        case .any, .parameter: return (.any, .any)
        case let type:
            report("`\(call.name)` visits a list or a map, not \(type.inWords)", at: group.range)
            return (.any, .any)
        }
    }

    /// `map` and `transformList`: with one argument more, a condition comes before the result.
    private mutating func collect(
        _ call: Syntax.Call, variables: Int, _ range: Range<Int>, _ facts: Facts
    ) -> Part? {
        loop(call, variables: variables, range, facts) { compiler, loop, facts in
            let (condition, result) = compiler.conditionAndResult(call, variables: variables, facts)
            let node = CollectNode(loop, condition: condition?.plainNode, result: result.node)
            return Part(node, .list(result.type), range)
        }
    }

    private mutating func collectMap(_ call: Syntax.Call, _ range: Range<Int>, _ facts: Facts) -> Part? {
        loop(call, variables: 2, range, facts) { compiler, loop, facts in
            let (condition, result) = compiler.conditionAndResult(call, variables: 2, facts)
            let givesEntries = call.name == "transformMapEntry"
            let node = CollectMapNode(
                loop, condition: condition?.plainNode, result: result.node, givesEntries: givesEntries)
            let key = compiler.locals[compiler.locals.count - 2].type
            let type: ValueType = givesEntries ? result.type : .map(key: key, value: result.type)
            return Part(node, type, range)
        }
    }

    private mutating func conditionAndResult(
        _ call: Syntax.Call, variables: Int, _ facts: Facts
    ) -> (condition: Part?, result: Part) {
        guard call.arguments.count == variables + 2 else {
            return (nil, compile(call.arguments[variables], knowing: facts))
        }
        let condition = compile(call.arguments[variables], knowing: facts)
        check(condition: condition)
        return (condition, compile(call.arguments[variables + 1], knowing: facts.union(condition.whenTrue)))
    }

    // MARK: One value

    private mutating func optionalMap(
        _ call: Syntax.Call, _ receiver: Syntax, _ range: Range<Int>, _ facts: Facts
    ) -> Part {
        let operand = compile(receiver, knowing: facts)
        var type = ValueType.any
        switch ruleOutNull(operand, reading: nil) {
        case .optional(let inner): type = inner
        case .any, .parameter: break
        case let other: report("`\(call.name)` needs an optional, not \(other.inWords)", at: operand.range)
        }
        guard let name = call.arguments[0].simpleName else {
            report(noVariable(call.name), at: call.arguments[0].range)
            return .broken(range, "`\(call.name)` needs a name for the value")
        }
        declareLocal(name, type)
        let place = locals.count - 1
        let body = compile(call.arguments[1], knowing: facts)
        locals.removeLast()
        let isFlat = call.name == "optFlatMap"
        if isFlat, body.type.joined(with: .optional(.unknown)) == nil {
            report("the body of `optFlatMap` gives an optional, not \(body.type.inWords)", at: body.range)
        }
        let node = OptionalMapNode(operand.node, place, body.node, isFlat: isFlat, range)
        return Part(node, isFlat ? body.type : .optional(body.type), range)
    }

    private mutating func bind(_ call: Syntax.Call, _ range: Range<Int>, _ facts: Facts) -> Part {
        let value = compile(call.arguments[1], knowing: facts)
        guard let name = call.arguments[0].simpleName else {
            report(noVariable("cel.bind"), at: call.arguments[0].range)
            return .broken(range, "`cel.bind` needs a name for the value")
        }
        declareLocal(name, value.type)
        let place = locals.count - 1
        let body = compile(call.arguments[2], knowing: facts)
        locals.removeLast()
        return Part(BindNode(place, value.node, body.node), body.type, range)
    }
}
