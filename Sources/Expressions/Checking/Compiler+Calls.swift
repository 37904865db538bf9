import Patterns
import Values

// Functions and methods.

extension Compiler {
    mutating func call(_ call: Syntax.Call, _ range: Range<Int>, knowing facts: Facts) -> Part {
        if options.hasMacros, let part = macro(call, range, knowing: facts) { return part }
        if let name = qualifiedFunction(call) {
            return apply(name, isMethod: false, operands(call.arguments, facts), call, range)
        }
        guard let receiver = call.receiver else {
            return apply(call.name, isMethod: false, operands(call.arguments, facts), call, range)
        }
        let operands = operands([receiver] + call.arguments, facts)
        return apply(call.name, isMethod: true, operands, call, range)
    }

    private mutating func operands(_ syntaxes: [Syntax], _ facts: Facts) -> [Part] {
        var operands: [Part] = []
        for syntax in syntaxes { operands.append(compile(syntax, knowing: facts)) }
        return operands
    }

    /// `optional.of(x)`: a function whose name has a dot, unless the word before the dot is a value here.
    private func qualifiedFunction(_ call: Syntax.Call) -> String? {
        guard let (names, _) = call.receiver?.dottedName, scope[names[0]] == nil,
            !locals.contains(where: { $0.name == names[0] })
        else { return nil }
        let name = (names + [call.name]).joined(separator: ".")
        return Function.named(name).isEmpty ? nil : name
    }

    private mutating func apply(
        _ name: String, isMethod: Bool, _ operands: [Part], _ call: Syntax.Call, _ range: Range<Int>
    ) -> Part {
        let candidates = Function.named(name).filter { $0.isMethod == isMethod }
        guard let function = candidates.first(where: { $0.arity == operands.count }) else {
            report(noSuchCall(name, isMethod: isMethod, operands, candidates), at: call.nameRange)
            return .broken(range, "there is no function '\(name)' that takes this")
        }
        let (type, operands) = check(function, operands, call)
        let node = quickNode(function, operands, range) ?? function.implementation.node(operands.map(\.node), range)
        return folded(function, operands, Part(node, type, range))
    }

    /// Finds the signature that takes the operands, and reports the operand that none takes.
    private mutating func check(_ function: Function, _ given: [Part], _ call: Syntax.Call) -> (ValueType, [Part]) {
        var operands = given
        for (place, operand) in operands.enumerated() {
            let takesNull = function.signatures.contains { $0.parameters[place].takesNull }
            guard !takesNull, case .nullable = operand.type else { continue }
            operands[place].type = ruleOutNull(
                operand, reading: place == 0 && function.isMethod ? call.name + "()" : nil)
        }
        var results: [ValueType] = []
        for signature in function.signatures {
            if let (type, matched) = match(operands, to: signature) {
                results.append(type)
                operands = matched
            }
        }
        guard let first = results.first else {
            reportMismatch(function, operands, call)
            let result = function.signatures[0].result
            return (function.signatures.allSatisfy { $0.result == result } ? Binding().resolve(result) : .any, operands)
        }
        return (results.allSatisfy { $0 == first } ? first : .any, operands)
    }

    /// The type that a signature gives for the operands; nil where it does not take them.
    private func match(_ operands: [Part], to signature: Function.Signature) -> (ValueType, [Part])? {
        var binding = Binding()
        var matched = operands
        for (place, parameter) in signature.parameters.enumerated() {
            // A whole number written where a number is wanted is a number.
            if binding.resolve(parameter) == .double, parameter != .double, let number = operands[place].asDouble {
                matched[place] = number
            }
            guard binding.accepts(matched[place].type, for: parameter) else { return nil }
        }
        return (binding.resolve(signature.result), matched)
    }

    private mutating func reportMismatch(_ function: Function, _ operands: [Part], _ call: Syntax.Call) {
        for (place, operand) in operands.enumerated() {
            var isTaken = false
            for signature in function.signatures {
                var binding = Binding()
                let before = signature.parameters[..<place]
                for (parameter, other) in zip(before, operands) { _ = binding.accepts(other.type, for: parameter) }
                if binding.accepts(operand.type, for: signature.parameters[place]) { isTaken = true }
            }
            if !isTaken {
                report(wrongOperand(function, place, operands), at: operand.range)
                return
            }
        }
        report("'\(call.name)' cannot take these operands together", at: call.nameRange)
    }

    // MARK: Special nodes

    /// Nodes for the most frequent calls, and those that must not evaluate an operand in vain.
    private mutating func quickNode(_ function: Function, _ operands: [Part], _ range: Range<Int>) -> (any Node)? {
        switch function.name {
        case "size" where operands[0].type == .string: return TextSizeNode(operands[0].node)
        case "contains": return textTest(.contains, operands)
        case "startsWith": return textTest(.startsWith, operands)
        case "endsWith": return textTest(.endsWith, operands)
        case "matches": return pattern(operands)
        case "or": return OptionalElseNode(operands[0].node, operands[1].node, keepsOptional: true, range)
        case "orValue": return OptionalElseNode(operands[0].node, operands[1].node, keepsOptional: false, range)
        case "format": checkFormat(operands)
        default: break
        }
        return nil
    }

    private func textTest(_ test: TextTest, _ operands: [Part]) -> (any Node)? {
        guard operands.allSatisfy({ $0.type == .string }) else { return nil }
        return TextTestNode(test, operands[0].node, operands[1].node)
    }

    /// A pattern in the expression is compiled with it, and its mistakes are the recipe's.
    private mutating func pattern(_ operands: [Part]) -> (any Node)? {
        guard case .string(let text) = operands[1].literal, operands[0].type == .string else { return nil }
        do throws(PatternError) {
            return PatternNode(operands[0].node, try Pattern(text))
        } catch {
            report("this is no pattern of RE2: \(error.message)", at: operands[1].range)
            return nil
        }
    }

    private mutating func checkFormat(_ operands: [Part]) {
        guard case .string(let text) = operands[0].literal, let node = operands[1].node as? ListNode, node.isFixed,
            let wanted = Formatter.clauseCount(of: text), wanted > node.count
        else { return }
        report("the text has \(wanted) clauses, but the list has \(node.count) values", at: operands[1].range)
    }

    /// A time written in the expression is read once, and its mistakes are the recipe's.
    private mutating func folded(_ function: Function, _ operands: [Part], _ part: Part) -> Part {
        guard function.name == "timestamp" || function.name == "duration", options.isChecked, operands.count == 1,
            operands[0].literal != nil
        else { return part }
        do throws(Fault) {
            let value = try Frame.evaluating(Slots(count: 0)) { frame throws(Fault) in try part.node.value(&frame) }
            var folded = Part(literal: value, part.range)
            folded.type = part.type
            return folded
        } catch {
            report(error.message, at: operands[0].range)
            return part
        }
    }
}

extension ValueType {
    /// Whether an operand that may be null can stand for this parameter.
    fileprivate var takesNull: Bool {
        switch self {
        case .any, .parameter, .nullable, .null: true
        default: false
        }
    }
}
