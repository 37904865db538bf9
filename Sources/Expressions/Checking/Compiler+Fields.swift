import Values

// Reading fields and items.

extension Compiler {
    /// `operand.name`
    mutating func field(_ field: Syntax.Field, of operand: Part, _ range: Range<Int>, knowing facts: Facts) -> Part {
        let type = ruleOutNull(operand, reading: field.name)
        let path = operand.path?.appending(.field(field.name))
        var guess = FieldGuess(field.name)
        var result: ValueType
        switch type {
        case .object(let object):
            guard let place = object.place(of: field.name) else {
                report(unknownField(field.name, of: operand, object), at: field.range)
                return .broken(range, "there is no field '\(field.name)'")
            }
            result = object.fields[place].type
            guess = FieldGuess(field.name, place: place, absentIsNull: result.allowsNull && result != .any)
        case .map(_, let value): result = value
        case .optional(let inner):
            result = .optional(fieldType(field, of: inner, operand))
        case .any, .parameter: result = .any
        default:
            report(noFields(type, field.name, operand), at: field.range)
            result = .any
        }
        let node: any Node =
            if case .slot(let slot) = operand.path?.root, operand.path?.steps.isEmpty == true, operand.node is SlotNode
            {
                SlotFieldNode(slot, guess, range)
            } else {
                SelectNode(operand.node, guess, range)
            }
        var part = named(node, result, path, range, facts)
        part.read = operand.read.map { ReadPath(slot: $0.slot, names: $0.names + [field.name]) }
        return part
    }

    /// `operand.?name`
    mutating func optionalField(_ field: Syntax.Field, of operand: Part, _ range: Range<Int>) -> Part {
        var type = operand.type.withoutNull
        if case .optional(let inner) = type { type = inner.withoutNull }
        let result = fieldType(field, of: type, operand)
        let isKnown = if case .object = type { true } else { false }
        let node = OptionalSelectNode(
            operand.node, FieldGuess(field.name, place: place(of: field.name, in: type)),
            nullIsNone: isKnown && result.allowsNull && result != .any, range)
        var part = Part(node, .optional(isKnown ? result.withoutNull : result), range)
        part.read = operand.read.map { ReadPath(slot: $0.slot, names: $0.names + [field.name]) }
        return part
    }

    /// `has(operand.name)`: false also where the operand, or a field of a known type, is null.
    mutating func has(_ operand: Syntax, _ field: Syntax.Field, _ range: Range<Int>, knowing facts: Facts) -> Part {
        let part = pathPart(operand, knowing: facts)
        var type = part.type.withoutNull
        if case .optional(let inner) = type { type = inner.withoutNull }
        _ = fieldType(field, of: type, part)
        let isKnown = if case .object = type { true } else { false }
        let node = HasNode(
            part.node, FieldGuess(field.name, place: place(of: field.name, in: type)),
            nullIsAbsent: isKnown, range)
        var result = Part(node, .bool, range)
        result.read = part.read.map { ReadPath(slot: $0.slot, names: $0.names + [field.name]) }
        if isKnown, !field.isOptional, let path = part.path {
            result.whenTrue = Facts(path, path.appending(.field(field.name)))
        }
        return result
    }

    private func place(of name: String, in type: ValueType) -> Int {
        if case .object(let object) = type { object.place(of: name) ?? 0 } else { 0 }
    }

    /// The type of a field; reports a field that cannot be there.
    private mutating func fieldType(_ field: Syntax.Field, of type: ValueType, _ operand: Part) -> ValueType {
        switch type {
        case .object(let object):
            if let known = object[field.name] { return known }
            report(unknownField(field.name, of: operand, object), at: field.range)
            return .any
        case .map(_, let value): return value
        case .any, .parameter, .null: return .any
        case .optional(let inner): return fieldType(field, of: inner, operand)
        case .nullable(let inner):
            reportNull(operand, reading: field.name)
            return fieldType(field, of: inner, operand)
        default:
            report(noFields(type, field.name, operand), at: field.range)
            return .any
        }
    }

    /// `operand[index]` and `operand[?index]`
    mutating func index(
        _ operand: Syntax, _ index: Syntax, isOptional: Bool, _ range: Range<Int>, knowing facts: Facts
    ) -> Part {
        let whole = pathPart(operand, knowing: facts)
        let index = compile(index, knowing: facts)
        // A field whose name is no name of CEL: input["Company Name"].
        if case .string(let name) = index.literal, !isOptional, !whole.type.withoutNull.isOptionalType {
            let field = Syntax.Field(name: name, range: index.range, isOptional: false)
            return self.field(field, of: whole, range, knowing: facts)
        }
        if let read = whole.read { settle(read) }
        var type = isOptional ? whole.type.withoutNull : ruleOutNull(whole, reading: nil)
        var isChained = false
        if case .optional(let inner) = type { (type, isChained) = (inner.withoutNull, true) }
        let item = itemType(of: type, at: index, whole)
        let node = IndexNode(whole.node, index.node, isOptional: isOptional, range)
        if isOptional || isChained { return Part(node, .optional(item), range) }
        var path: ValuePath?
        if case .int(let place) = index.literal { path = whole.path?.appending(.index(place)) }
        return named(node, item, path, range, facts)
    }

    private mutating func itemType(of type: ValueType, at index: Part, _ operand: Part) -> ValueType {
        switch type {
        case .list(let item):
            if !index.type.isOpen, index.type != .int, index.type != .uint {
                report("the index of a list is an integer, not \(index.type.inWords)", at: index.range)
            }
            return item
        case .map(let key, let value):
            let isNumber = key.isNumeric && index.type.isNumeric
            if !isNumber, key.joined(with: index.type) == nil {
                report(
                    "the keys of \(shown(operand)) are \(key.settled), so \(index.type.inWords) is never one",
                    at: index.range)
            }
            return value
        case .object(let object):
            guard case .string(let name) = index.literal else { return .any }
            return object[name] ?? .any
        case .any, .parameter: return .any
        default:
            report("\(type.inWords) has no parts to index", at: operand.range)
            return .any
        }
    }
}

extension ValueType {
    fileprivate var isOptionalType: Bool {
        if case .optional = self { true } else { false }
    }
}
