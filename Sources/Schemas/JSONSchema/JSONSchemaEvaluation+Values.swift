internal import Patterns
internal import Values

extension JSONSchemaEvaluation {
    /// What one keyword asks of a value by itself.
    mutating func runPlain(_ check: JSONSchema.Check, _ value: Value) -> Bool {
        switch check {
        case .types(let types):
            return !types.isDisjoint(with: JSONSchema.Types(of: value))
                || refuse("\(value.kindForPeople), expected \(types.text)")
        case .enumeration(let choices):
            let plain = value.withPlainNumbers
            return choices.contains(plain)
                || refuse("\(value.shown) is none of \(choices.map { JSON.text(of: $0) }.joined(separator: ", "))")
        case .constant(let constant):
            return value.withPlainNumbers == constant || refuse("\(value.shown), expected \(constant.shown)")
        case .number(let check, let bound): return runNumber(check, bound, value)
        case .length(let least, let most):
            guard let text = value.string else { return true }
            let count = text.unicodeScalars.count
            return within(count, least, most, "character")
        case .pattern(let pattern):
            guard let text = value.string else { return true }
            return pattern.matches(text) || refuse("\(value.shown) does not match \(pattern.text)")
        default: return true
        }
    }

    private mutating func runNumber(_ check: JSONSchema.NumberCheck, _ bound: Value, _ value: Value) -> Bool {
        guard value.number != nil else { return true }
        let (isValid, complaint): (Bool?, String) =
            switch check {
            case .atMost: (bound.isLess(than: value).map { !$0 }, "is more than")
            case .lessThan: (value.isLess(than: bound), "is not less than")
            case .atLeast: (value.isLess(than: bound).map { !$0 }, "is less than")
            case .moreThan: (bound.isLess(than: value), "is not more than")
            case .multipleOf: (value.isMultiple(of: bound), "is no multiple of")
            }
        return isValid == true || refuse("\(value.shown) \(complaint) \(bound.shown)")
    }

    mutating func within(_ count: Int, _ least: Int?, _ most: Int?, _ unit: String) -> Bool {
        let units = count == 1 ? unit : unit + "s"
        if let least, count < least { return refuse("\(count) \(units), at least \(least)") }
        if let most, count > most { return refuse("\(count) \(units), at most \(most)") }
        return true
    }
}

// MARK: Lists

extension JSONSchemaEvaluation {
    mutating func runList(_ check: JSONSchema.Check, _ items: [Value], _ evaluated: inout Evaluated) -> Bool {
        switch check {
        case .itemCount(let least, let most): return within(items.count, least, most, "item")
        case .uniqueItems: return runUnique(items)
        case .items(let first, let rest):
            if rest != nil {
                evaluated.allItems = true
            } else {
                evaluated.items.formUnion(0..<min(first.count, items.count))
            }
            return runEach(items.indices, items) { index in index < first.count ? first[index] : rest }
        case .contains(let node, let least, let most):
            let fitting = items.indices.filter { attempt(node, items[$0], quietly: true).0 != nil }
            if schema.tracksEvaluated { evaluated.items.formUnion(fitting) }
            if fitting.count < least {
                return refuse(
                    least == 1
                        ? "no item is what one of them must be" : "\(fitting.count) fitting items, at least \(least)")
            }
            if let most, fitting.count > most { return refuse("\(fitting.count) fitting items, at most \(most)") }
            return true
        case .unevaluatedItems(let node):
            let open = evaluated.allItems ? [] : items.indices.filter { !evaluated.items.contains($0) }
            evaluated.allItems = true
            return runEach(open, items) { _ in node }
        default: return true
        }
    }

    private mutating func runEach(
        _ indices: some Sequence<Int>, _ items: [Value], _ node: (Int) -> Int?
    ) -> Bool {
        var isValid = true
        for index in indices {
            guard let node = node(index) else { break }
            if !evaluate(node, items[index], at: { AnswerPath.item(index, then: $0) }) {
                isValid = false
                if isQuiet { break }
            }
        }
        return isValid
    }

    private mutating func runUnique(_ items: [Value]) -> Bool {
        var seen: [Value: Int] = [:]
        for (index, item) in items.enumerated() {
            if let earlier = seen.updateValue(index, forKey: item.withPlainNumbers) {
                return refuse("the same as item \(earlier)", at: AnswerPath.item(index))
            }
        }
        return true
    }
}

// MARK: Objects

extension JSONSchemaEvaluation {
    mutating func runObject(
        _ check: JSONSchema.Check, _ map: ValueMap, _ value: Value, _ evaluated: inout Evaluated
    ) -> Bool {
        switch check {
        case .fieldCount(let least, let most): return within(map.count, least, most, "field")
        case .required(let names): return require(names, of: map, "missing")
        case .requiredBeside(let pairs):
            return allHold(pairs.filter { map[$0.field] != nil }) { evaluation, pair in
                evaluation.require(pair.others, of: map, "missing beside '\(pair.field)'")
            }
        case .schemaBeside(let pairs):
            var looked = evaluated
            defer { evaluated = looked }
            return allHold(pairs.filter { map[$0.field] != nil }) { evaluation, pair in
                evaluation.follow(pair.node, value, &looked)
            }
        case .fieldNames(let node):
            return allHold(map.keys) { evaluation, key in
                let name = key.text ?? JSON.text(of: key.value)
                return evaluation.attempt(node, .string(name), quietly: true).0 != nil
                    || evaluation.refuse("no name that is allowed here", at: AnswerPath.field(name))
            }
        case .fields(let named, let matching, let others):
            return runFields(of: map, named, matching, others, &evaluated)
        case .unevaluatedFields(let node):
            let open = evaluated.allFields ? [] : map.values.indices.filter { !evaluated.fields.contains($0) }
            evaluated.allFields = true
            return allHold(open) { evaluation, place in evaluation.runField(place, of: map, node) }
        default: return true
        }
    }

    private mutating func runFields(
        of map: ValueMap, _ named: [ByteText: Int], _ matching: [(pattern: Pattern, node: Int)], _ others: Int?,
        _ evaluated: inout Evaluated
    ) -> Bool {
        var looked: [Int] = []
        let isValid = allHold(map.values.indices) { evaluation, place in
            guard let name = map.keys[place].text else { return true }
            var nodes = matching.filter { $0.pattern.matches(name) }.map(\.node)
            if let node = named[ByteText(name)] { nodes.insert(node, at: 0) }
            if nodes.isEmpty, let others { nodes = [others] }
            if nodes.isEmpty { return true }
            looked.append(place)
            return evaluation.allHold(nodes) { evaluation, node in evaluation.runField(place, of: map, node) }
        }
        if schema.tracksEvaluated { evaluated.fields.formUnion(looked) }
        return isValid
    }

    private mutating func runField(_ place: Int, of map: ValueMap, _ node: Int) -> Bool {
        let name = map.keys[place].text ?? JSON.text(of: map.keys[place].value)
        if case .nothing? = schema.nodes[node].checks.first {
            return refuse("no such field is allowed", at: AnswerPath.field(name))
        }
        return evaluate(node, map.values[place], at: { AnswerPath.field(name, then: $0) })
    }

    private mutating func require(_ names: [String], of map: ValueMap, _ message: String) -> Bool {
        allHold(names) { evaluation, name in
            map[name] != nil || evaluation.refuse(message, at: AnswerPath.field(name))
        }
    }

    /// Whether all hold; where quiet, the first that does not is the last one asked.
    private mutating func allHold<Part>(
        _ parts: some Sequence<Part>, _ holds: (inout JSONSchemaEvaluation, Part) -> Bool
    ) -> Bool {
        var isValid = true
        for part in parts where !holds(&self, part) {
            isValid = false
            if isQuiet { break }
        }
        return isValid
    }
}

extension JSONSchema.Types {
    /// The types that a value has: a whole number is an integer and a number.
    init(of value: Value) {
        switch value {
        case .null: self = .null
        case .bool: self = .boolean
        case .int, .uint: self = [.integer, .number]
        case .double(let number): self = number.isFinite && number.rounded() == number ? [.integer, .number] : .number
        case .list: self = .array
        case .map: self = .object
        case .optional(let inner): self = inner.map(Self.init) ?? .null
        case .string, .bytes, .timestamp, .duration, .type: self = .string
        }
    }

    /// `a string or null`.
    var text: String {
        let names = Self.names.filter { contains($0.type) }.map { $0.type == .array ? "a list" : $0.article + $0.name }
        let ordered = names.filter { $0 != "null" } + names.filter { $0 == "null" }
        return ordered.count < 2
            ? ordered.joined() : ordered.dropLast().joined(separator: ", ") + " or " + (ordered.last ?? "")
    }
}
