import Diagnostics
import Values

/// Turns the syntax of an expression into nodes: finds what each name means, and proves the types as far as they are known.
///
/// A mistake is reported and its part taken for a value of any type, so that one pass finds all of them.
struct Compiler {
    struct Options {
        /// Without checking, every mistake waits for the evaluation. Recipes are always checked.
        var isChecked = true
        var hasMacros = true
    }

    /// A variable of a macro.
    struct Local {
        var name: String
        var type: ValueType
        var place: Int
    }

    let scope: Scope
    let source: LocatedText
    let options: Options
    var problems: [Diagnostic] = []
    /// What is worth telling and no mistake.
    private(set) var warnings: [Diagnostic] = []
    private(set) var reads: [ReadPath] = []
    /// The variables that can be read at this point, the innermost last.
    var locals: [Local] = []
    /// The most variables there are at any point.
    var localCount = 0

    init(scope: Scope, source: LocatedText, options: Options = Options()) {
        self.scope = scope
        self.source = source
        self.options = options
    }

    /// Compiles a part whose value is used as a whole.
    mutating func compile(_ syntax: Syntax, knowing facts: Facts) -> Part {
        var part = pathPart(syntax, knowing: facts)
        if let read = part.read { settle(read) }
        part.read = nil
        return part
    }

    /// Takes in that something is read, and no field of it.
    mutating func settle(_ read: ReadPath) {
        if !reads.contains(read) { reads.append(read) }
    }

    /// Compiles a part of which perhaps only a field is read: what it reads is not settled yet.
    mutating func pathPart(_ syntax: Syntax, knowing facts: Facts) -> Part {
        switch syntax.kind {
        case .literal(let value): return Part(literal: value, syntax.range)
        case .name(let name, let isRooted): return self.name(name, isRooted: isRooted, syntax.range, knowing: facts)
        case .select(let operand, let field):
            if let whole = qualifiedName(syntax, knowing: facts) { return whole }
            let operand = pathPart(operand, knowing: facts)
            return field.isOptional
                ? optionalField(field, of: operand, syntax.range)
                : self.field(field, of: operand, syntax.range, knowing: facts)
        case .index(let operand, let index, let isOptional):
            return self.index(operand, index, isOptional: isOptional, syntax.range, knowing: facts)
        case .call(let call): return self.call(call, syntax.range, knowing: facts)
        case .list(let elements): return list(elements, syntax.range, knowing: facts)
        case .map(let entries): return map(entries, syntax.range, knowing: facts)
        case .not(let operand): return not(operand, syntax.range, knowing: facts)
        case .negative(let operand): return negative(operand, syntax.range, knowing: facts)
        case .binary(let operation, let left, let right):
            return binary(operation, left, right, syntax.range, knowing: facts)
        case .all(let parts): return junction(parts, deciding: false, syntax.range, knowing: facts)
        case .any(let parts): return junction(parts, deciding: true, syntax.range, knowing: facts)
        case .choice(let condition, let then, let otherwise):
            return choice(condition, then, otherwise, syntax.range, knowing: facts)
        }
    }

    mutating func report(_ message: String, at range: Range<Int>) {
        guard options.isChecked else { return }
        problems.append(.error(message, at: source.span(of: range)))
    }

    /// Reports that a part may be null where it must not be. For a name that is null only where something is not as it
    /// should be it is a warning: what reads it fails here then.
    mutating func reportNull(_ part: Part, reading member: String?) {
        guard case .slot(let slot)? = part.path?.root, part.path?.steps.isEmpty == true,
            let name = scope.declarations.last(where: { $0.slot == slot }),
            let message = scope.warning(ofNull: name.name)
        else { return report(mayBeNull(part, reading: member), at: part.range) }
        guard options.isChecked else { return }
        warnings.append(.warning(message, at: source.span(of: part.range)))
    }

    // MARK: Names

    private mutating func name(_ name: String, isRooted: Bool, _ range: Range<Int>, knowing facts: Facts) -> Part {
        if !isRooted, let local = locals.last(where: { $0.name == name }) {
            return named(LocalNode(local.place), local.type, ValuePath(root: .local(local.place)), range, facts)
        }
        if let known = declared(name, isRooted: isRooted, range, knowing: facts) { return known }
        if Value.typeNames[name] != nil { return Part(literal: .type(name), range) }
        report(unknownName(name), at: range)
        return .broken(range, "nothing is called '\(name)'")
    }

    /// A name of the scope, with the scope's container tried before it.
    private func declared(_ name: String, isRooted: Bool, _ range: Range<Int>, knowing facts: Facts) -> Part? {
        var prefixes = isRooted ? [] : scope.container.split(separator: ".")
        while true {
            let full = (prefixes.map(String.init) + [name]).joined(separator: ".")
            if let declaration = scope[full] {
                let path = ValuePath(root: .slot(declaration.slot))
                let type = options.isChecked ? declaration.type : .any
                var part = named(SlotNode(declaration.slot), type, path, range, facts)
                part.read = ReadPath(slot: declaration.slot, names: [])
                return part
            }
            if prefixes.popLast() == nil { return nil }
        }
    }

    /// A part that names a value, with null ruled out where that is known.
    func named(_ node: any Node, _ type: ValueType, _ path: ValuePath?, _ range: Range<Int>, _ facts: Facts) -> Part {
        let isNotNull = path.map(facts.rulesOutNull) ?? false
        var part = Part(node, isNotNull ? type.withoutNull : type, range)
        part.path = path
        return part
    }

    /// `a.b.c` as one name of several words, which CEL allows, or as the name of a type; the longest that is known.
    private mutating func qualifiedName(_ syntax: Syntax, knowing facts: Facts) -> Part? {
        guard let (names, isRooted) = syntax.dottedName,
            isRooted || !locals.contains(where: { $0.name == names[0] })
        else { return nil }
        let name = names.joined(separator: ".")
        if scope.hasQualifiedNames,
            let part = declared(name, isRooted: isRooted, syntax.range, knowing: facts)
        {
            return part
        }
        guard Value.typeNames[name] != nil, scope[names[0]] == nil else { return nil }
        return Part(literal: .type(name), syntax.range)
    }

    // MARK: Lists and maps

    private mutating func list(_ elements: [Syntax.Element], _ range: Range<Int>, knowing facts: Facts) -> Part {
        var type = ValueType.unknown
        var nodes: [(node: any Node, isOptional: Bool)] = []
        for element in elements {
            let part = compile(element.value, knowing: facts)
            nodes.append((part.node, element.isOptional))
            let item = element.isOptional ? content(ofOptional: part) : part.type
            type = type.joined(with: item) ?? .any
        }
        return Part(ListNode(nodes, range), .list(type), range)
    }

    private mutating func map(_ entries: [Syntax.Entry], _ range: Range<Int>, knowing facts: Facts) -> Part {
        var (keyType, valueType) = (ValueType.unknown, ValueType.unknown)
        var nodes: [MapNode.Entry] = []
        var names: [String] = []
        for entry in entries {
            let key = compile(entry.key, knowing: facts)
            let value = compile(entry.value, knowing: facts)
            check(key: key)
            if case .string(let name) = key.literal, !entry.isOptional { names.append(name) }
            keyType = keyType.joined(with: key.type) ?? .any
            valueType = valueType.joined(with: entry.isOptional ? content(ofOptional: value) : value.type) ?? .any
            nodes.append(MapNode.Entry(key: key.node, value: value.node, isOptional: entry.isOptional))
        }
        let isFixed = names.count == entries.count && Set(names.map(MapKey.string)).count == names.count
        let shape = isFixed ? MapShape(fields: names) : nil
        return Part(MapNode(nodes, shape: shape, range), .map(key: keyType, value: valueType), range)
    }

    private mutating func check(key: Part) {
        switch key.type {
        case .string, .int, .uint, .bool, .any, .parameter: break
        default: report("the key of a map is a string, an integer or a boolean, not \(key.type.inWords)", at: key.range)
        }
    }

    private mutating func content(ofOptional part: Part) -> ValueType {
        switch part.type {
        case .optional(let inner): return inner
        case .any, .parameter: return .any
        default:
            report("`?` takes an optional such as `x.?y` or `optional.of(x)`, not \(part.type.inWords)", at: part.range)
            return .any
        }
    }
}
