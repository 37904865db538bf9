internal import Patterns
internal import Values

extension JSONSchemaCompiler {
    /// Makes checks of what stands at a place.
    mutating func node(for schema: Found) -> JSONSchema.Node {
        var node = JSONSchema.Node(resource: schema.resource)
        guard let map = schema.value.map else {
            if schema.value == false { node.checks = [.nothing] }
            return node
        }
        var reader = KeywordReader(map: map, place: schema.place, resource: schema.resource, compiler: self)
        reader.readValueKeywords()
        reader.readListKeywords()
        reader.readObjectKeywords()
        reader.readReferences()
        reader.readCombinations()
        reader.readUnevaluated()
        self = reader.compiler
        node.checks = reader.checks
        return node
    }
}

/// Reads the keywords of one schema, whose shapes have been checked.
private struct KeywordReader {
    let map: ValueMap
    let place: JSONSchemaCompiler.Place
    let resource: Int
    var compiler: JSONSchemaCompiler
    var checks: [JSONSchema.Check] = []

    init(map: ValueMap, place: JSONSchemaCompiler.Place, resource: Int, compiler: JSONSchemaCompiler) {
        (self.map, self.place, self.resource, self.compiler) = (map, place, resource, compiler)
    }

    mutating func readValueKeywords() {
        if let types = value("type").flatMap(JSONSchema.Types.init) { checks.append(.types(types)) }
        if let choices = value("enum")?.list { checks.append(.enumeration(choices.map(\.withPlainNumbers))) }
        if let constant = value("const") { checks.append(.constant(constant.withPlainNumbers)) }
        let numberChecks: KeyValuePairs<String, JSONSchema.NumberCheck> = [
            "maximum": .atMost, "exclusiveMaximum": .lessThan, "minimum": .atLeast, "exclusiveMinimum": .moreThan,
            "multipleOf": .multipleOf,
        ]
        for (name, check) in numberChecks {
            if let bound = value(name) { checks.append(.number(check, bound)) }
        }
        if let (least, most) = bounds("minLength", "maxLength") { checks.append(.length(atLeast: least, atMost: most)) }
        if let text = value("pattern")?.string, let pattern = pattern(text, at: place.step("pattern")) {
            checks.append(.pattern(pattern))
        }
    }

    mutating func readListKeywords() {
        if let (least, most) = bounds("minItems", "maxItems") {
            checks.append(.itemCount(atLeast: least, atMost: most))
        }
        if value("uniqueItems") == true { checks.append(.uniqueItems) }
        let first = nodes("prefixItems")
        let rest = node("items")
        if first != nil || rest != nil { checks.append(.items(first: first ?? [], rest: rest)) }
        if let item = node("contains") {
            checks.append(
                .contains(item, atLeast: value("minContains")?.count ?? 1, atMost: value("maxContains")?.count))
        }
    }

    mutating func readObjectKeywords() {
        if let (least, most) = bounds("minProperties", "maxProperties") {
            checks.append(.fieldCount(atLeast: least, atMost: most))
        }
        if let names = value("required")?.names { checks.append(.required(names)) }
        if let beside = value("dependentRequired")?.map {
            checks.append(.requiredBeside(beside.map { ($0.text ?? "", $1.names ?? []) }))
        }
        let named = namedNodes("properties")
        let matching = namedNodes("patternProperties")?.compactMap { name, node in
            pattern(name, at: place.step("patternProperties").step(name)).map { (pattern: $0, node: node) }
        }
        let others = node("additionalProperties")
        if named != nil || matching != nil || others != nil {
            checks.append(
                .fields(
                    named: Dictionary((named ?? []).map { (ByteText($0), $1) }, uniquingKeysWith: { $1 }),
                    matching: matching ?? [], others: others))
        }
        if let names = node("propertyNames") { checks.append(.fieldNames(names)) }
        if let beside = namedNodes("dependentSchemas") { checks.append(.schemaBeside(beside)) }
    }

    mutating func readReferences() {
        if let reference = value("$ref")?.string,
            let target = compiler.resolve(reference, from: resource, at: place.step("$ref"))
        {
            checks.append(.reference(target.node))
        }
        if let reference = value("$dynamicRef")?.string,
            let target = compiler.resolve(reference, from: resource, at: place.step("$dynamicRef"))
        {
            checks.append(
                target.dynamicName.map { .dynamicReference(name: $0, otherwise: target.node) }
                    ?? .reference(target.node))
        }
    }

    mutating func readCombinations() {
        if let all = nodes("allOf") { checks.append(.all(all)) }
        if let any = nodes("anyOf") { checks.append(.any(any)) }
        if let one = nodes("oneOf") { checks.append(.one(one)) }
        if let not = node("not") { checks.append(.not(not)) }
        if let condition = node("if") {
            checks.append(.conditional(if: condition, then: node("then"), else: node("else")))
        }
    }

    mutating func readUnevaluated() {
        if let items = node("unevaluatedItems") { checks.append(.unevaluatedItems(items)) }
        if let fields = node("unevaluatedProperties") { checks.append(.unevaluatedFields(fields)) }
    }

    // MARK: What stands behind a keyword

    private func value(_ keyword: String) -> Value? {
        compiler.shape(of: keyword, in: resource) == nil ? nil : map[keyword]
    }

    private func bounds(_ least: String, _ most: String) -> (Int?, Int?)? {
        let bounds = (value(least)?.count, value(most)?.count)
        return bounds.0 == nil && bounds.1 == nil ? nil : bounds
    }

    private func node(_ keyword: String) -> Int? {
        value(keyword) == nil ? nil : compiler.numberByPlace[place.step(keyword)]
    }

    private func nodes(_ keyword: String) -> [Int]? {
        value(keyword)?.list?.indices.compactMap { compiler.numberByPlace[place.step(keyword).step(String($0))] }
    }

    private func namedNodes(_ keyword: String) -> [(field: String, node: Int)]? {
        value(keyword)?.map?.keys.compactMap { key in
            guard let name = key.text, let node = compiler.numberByPlace[place.step(keyword).step(name)] else {
                return nil
            }
            return (name, node)
        }
    }

    private mutating func pattern(_ text: String, at place: JSONSchemaCompiler.Place) -> Pattern? {
        do throws(PatternError) {
            return try Pattern(text)
        } catch {
            compiler.fault("'\(text)' is no pattern: \(error.message)", at: place)
            return nil
        }
    }
}
