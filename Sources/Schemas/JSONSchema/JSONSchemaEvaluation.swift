internal import Patterns
internal import Values

/// One value going through a schema.
struct JSONSchemaEvaluation {
    /// Which fields and items of a value some part of a valid schema has looked at.
    struct Evaluated {
        var allFields = false
        /// By their place in the map.
        var fields: Set<Int> = []
        var allItems = false
        var items: Set<Int> = []

        mutating func add(_ other: Evaluated) {
            allFields = allFields || other.allFields
            allItems = allItems || other.allItems
            if !other.fields.isEmpty { fields.formUnion(other.fields) }
            if !other.items.isEmpty { items.formUnion(other.items) }
        }
    }

    let schema: JSONSchema
    /// Quiet means to stop at the first violation and to keep none.
    var isQuiet: Bool
    var violations: [SchemaViolation] = []
    /// The resources on the way here, the outermost first.
    private var scope: [Int] = []
    private var depth = 0

    /// A schema that leads back to itself must end before the stack does, which on some threads has 512 KB.
    private static let deepest = 400

    init(of schema: JSONSchema, isQuiet: Bool) {
        self.schema = schema
        self.isQuiet = isQuiet
    }

    /// What was looked at, or nil when the value is not valid.
    mutating func evaluate(_ number: Int, _ value: Value) -> Evaluated? {
        guard depth < Self.deepest else {
            refuse("too deep: the schema leads back to itself more than \(Self.deepest) times")
            return nil
        }
        depth += 1
        defer { depth -= 1 }
        let node = schema.nodes[number]
        let isEntering = scope.last != node.resource
        if isEntering { scope.append(node.resource) }
        defer { if isEntering { scope.removeLast() } }
        var evaluated = Evaluated()
        var isValid = true
        for check in node.checks where !run(check, value, &evaluated) {
            isValid = false
            if isQuiet { break }
        }
        return isValid ? evaluated : nil
    }

    private mutating func run(_ check: JSONSchema.Check, _ value: Value, _ evaluated: inout Evaluated) -> Bool {
        switch check {
        case .nothing: refuse("nothing is allowed here")
        case .types, .enumeration, .constant, .number, .length, .pattern: runPlain(check, value)
        case .itemCount, .uniqueItems, .items, .contains, .unevaluatedItems:
            value.list.map { runList(check, $0, &evaluated) } ?? true
        case .fieldCount, .required, .fields, .fieldNames, .requiredBeside, .schemaBeside, .unevaluatedFields:
            value.map.map { runObject(check, $0, value, &evaluated) } ?? true
        case .reference(let node): follow(node, value, &evaluated)
        case .dynamicReference(let name, let otherwise):
            follow(dynamicTarget(name) ?? otherwise, value, &evaluated)
        case .all, .any, .one, .not, .conditional: runCombination(check, value, &evaluated)
        }
    }

    /// The schema with that dynamic anchor in the outermost resource on the way here that has one.
    private func dynamicTarget(_ name: String) -> Int? {
        for resource in scope {
            if let node = schema.dynamicAnchors[resource][name] { return node }
        }
        return nil
    }

    mutating func follow(_ node: Int, _ value: Value, _ evaluated: inout Evaluated) -> Bool {
        guard let inner = evaluate(node, value) else { return false }
        if schema.tracksEvaluated { evaluated.add(inner) }
        return true
    }

    /// What a part would look at, its violations kept apart from the others.
    mutating func attempt(_ node: Int, _ value: Value, quietly: Bool) -> (Evaluated?, [SchemaViolation]) {
        let outer = (isQuiet, violations)
        isQuiet = isQuiet || quietly
        violations = []
        defer { (isQuiet, violations) = outer }
        let evaluated = evaluate(node, value)
        return (evaluated, violations)
    }

    /// Evaluates a part of the value, whose violations stand at a way of their own.
    mutating func evaluate(_ node: Int, _ part: Value, at way: (String) -> String) -> Bool {
        let before = violations.count
        let isValid = evaluate(node, part) != nil
        for index in before..<violations.count { violations[index].path = way(violations[index].path) }
        return isValid
    }

    @discardableResult
    mutating func refuse(_ message: @autoclosure () -> String, at path: @autoclosure () -> String = "") -> Bool {
        if !isQuiet { violations.append(SchemaViolation(path: path(), message: message())) }
        return false
    }
}

// MARK: Schemas put together

extension JSONSchemaEvaluation {
    private mutating func runCombination(
        _ check: JSONSchema.Check, _ value: Value, _ evaluated: inout Evaluated
    ) -> Bool {
        switch check {
        case .all(let nodes):
            var isValid = true
            for node in nodes where !follow(node, value, &evaluated) {
                isValid = false
                if isQuiet { break }
            }
            return isValid
        case .any(let nodes): return runAny(nodes, value, &evaluated)
        case .one(let nodes): return runOne(nodes, value, &evaluated)
        case .not(let node):
            return attempt(node, value, quietly: true).0 == nil || refuse("this is just what is ruled out here")
        case .conditional(let condition, let then, let otherwise):
            let (holds, _) = attempt(condition, value, quietly: true)
            if let holds, schema.tracksEvaluated { evaluated.add(holds) }
            return (holds == nil ? otherwise : then).map { follow($0, value, &evaluated) } ?? true
        default: return true
        }
    }

    private mutating func runAny(_ nodes: [Int], _ value: Value, _ evaluated: inout Evaluated) -> Bool {
        var faults: [[SchemaViolation]] = []
        var isValid = false
        for node in nodes {
            let (inner, found) = attempt(node, value, quietly: isValid)
            faults.append(found)
            guard let inner else { continue }
            isValid = true
            evaluated.add(inner)
            if !schema.tracksEvaluated { return true }
        }
        return isValid || refuse(allOf: nodes, with: faults, value)
    }

    private mutating func runOne(_ nodes: [Int], _ value: Value, _ evaluated: inout Evaluated) -> Bool {
        var faults: [[SchemaViolation]] = []
        var fitting: [Evaluated] = []
        for node in nodes {
            let (inner, found) = attempt(node, value, quietly: !fitting.isEmpty)
            faults.append(found)
            if let inner { fitting.append(inner) }
            if isQuiet, fitting.count > 1 { return false }
        }
        if fitting.isEmpty { return refuse(allOf: nodes, with: faults, value) }
        if fitting.count > 1 { return refuse("fits \(fitting.count) of the forms of which it may fit one") }
        evaluated.add(fitting[0])
        return true
    }

    /// Tells of the form that the value was most likely meant to have: one that takes its kind, with the fewest faults.
    private mutating func refuse(allOf nodes: [Int], with faults: [[SchemaViolation]], _ value: Value) -> Bool {
        guard !isQuiet else { return false }
        let kinds = JSONSchema.Types(of: value)
        let likely = nodes.indices.filter { index in
            !schema.nodes[nodes[index]].checks.contains { check in
                if case .types(let types) = check { types.isDisjoint(with: kinds) } else { false }
            }
        }
        if likely.count == 1 {
            violations += faults[likely[0]]
        } else if let best = likely.min(by: { faults[$0].count < faults[$1].count }), let fault = faults[best].first {
            let place = fault.path.isEmpty ? "" : "`\(fault.path)`: "
            refuse("fits none of the \(nodes.count) forms allowed here; of the nearest: \(place)\(fault.message)")
        } else {
            let types = nodes.reduce(into: JSONSchema.Types()) { types, node in
                for case .types(let some) in schema.nodes[node].checks { types.formUnion(some) }
            }
            refuse(
                types.isEmpty
                    ? "fits none of the \(nodes.count) forms allowed here"
                    : "\(value.kindForPeople), expected \(types.text)")
        }
        return false
    }
}
