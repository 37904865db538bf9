package import Values

/// The JSON Schema (2020-12) of the whole recipe language, made of the tables of keys that recipes are read by: editors
/// complete and explain keys with it. What only planning can find (names, types, paths) is left to `check`.
package struct RecipeSchema {
    private let grammar: Grammar

    package init(_ grammar: Grammar) { self.grammar = grammar }

    package var value: Value {
        var schema = ValueMap([
            ("$schema", "https://json-schema.org/draft/2020-12/schema"),
            ("title", "A Linecook recipe"),
            ("description", "Where records come from, the steps each goes through, where the results go."),
        ])
        for (key, value) in keys(grammar.recipe).map ?? ValueMap() { schema.set(key, to: value) }
        schema.set("$defs", to: ["type": Self.typeNotation])
        return .map(schema)
    }

    /// Of what may stand at one key.
    package func value(at key: Key) -> Value {
        guard var schema = described(key).map else { return true }
        schema.set("$defs", to: ["type": Self.typeNotation])
        return .map(schema)
    }

    // MARK: Forms

    private func schema(of form: Form) -> Value {
        switch form {
        case .text: return ["type": ["string", "number", "boolean"]]
        case .template: return ["type": ["string", "number", "boolean"]]
        case .expression, .computed: return ["type": ["string", "number", "boolean"]]
        case .integer(let range):
            return [
                "type": "integer", "minimum": .int(Int64(range.lowerBound)), "maximum": .int(Int64(range.upperBound)),
            ]
        case .number(let range):
            return ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .amount: return ["type": "number", "exclusiveMinimum": 0]
        case .boolean: return ["type": "boolean"]
        case .duration: return ["type": "string", "pattern": #"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"#]
        case .share:
            return ["anyOf": [["type": "integer", "minimum": 0], ["type": "string", "pattern": "^[0-9.]+%$"]]]
        case .width: return ["anyOf": [["type": "integer", "minimum": 1], ["const": "auto"]]]
        case .choice(let names): return ["enum": .list(names.map(Value.string))]
        case .answer: return ["$ref": "#/$defs/type"]
        case .value: return true
        case .list(let item): return ["type": "array", "items": schema(of: item)]
        case .oneOrList(let item):
            let one = schema(of: item)
            return ["anyOf": [one, ["type": "array", "items": one]]]
        case .map(let item): return ["type": "object", "additionalProperties": schema(of: item)]
        case .keys(let keys): return self.keys(keys)
        case .kinds(let kinds): return self.kinds(kinds)
        case .anyOf(let forms): return ["anyOf": .list(forms.filter(\.isOfThisVersion).map(schema))]
        case .later: return false
        }
    }

    /// A map with a fixed set of keys.
    private func keys(_ keys: [Key]) -> Value {
        let known = keys.filter(\.form.isOfThisVersion)
        var schema = ValueMap([
            ("type", "object"), ("properties", .map(properties(known))), ("additionalProperties", false),
        ])
        let required = known.filter(\.required).map { Value.string($0.name) }
        if !required.isEmpty { schema.set("required", to: .list(required)) }
        return .map(schema)
    }

    private func properties(_ keys: [Key]) -> ValueMap {
        ValueMap(keys.map { ($0.name, described($0)) })
    }

    /// What stands at a key, with its sentence.
    private func described(_ key: Key) -> Value {
        guard var schema = schema(of: key.form).map else { return true }
        var text = key.about
        if let standard = key.defaultText { text += " Default: \(standard)." }
        if let example = key.example { text += " Example: \(example)" }
        schema.set("description", to: .string(text))
        return .map(schema)
    }

    /// A map of one of some kinds: one alternative for each, so that an editor offers the keys of the kind that is there.
    private func kinds(_ kinds: Kinds) -> Value {
        let alternatives = kinds.kinds.map { kind -> Value in
            let own =
                kinds.discriminator.map { Key($0, .choice([kind.name]), required: true, about: kind.about) }
                ?? Key(kind.name, kind.form, required: true, about: kind.about)
            return keys([own] + kind.siblings + kinds.common)
        }
        return alternatives.count == 1 ? alternatives[0] : ["oneOf": .list(alternatives)]
    }

    /// The notation for types, which stands under `answer`, `fields` and the like.
    private static let typeNotation: Value = [
        "description":
            "A type: string, string <= 700, integer, number, boolean, date, timestamp, quote(field), each with 'or null'; {one of: […]}, [type], {list of: type, at most: n}, {schema: file.json}, or fields with types.",
        "anyOf": [
            ["type": "string"],
            ["type": "array", "items": ["$ref": "#/$defs/type"], "minItems": 1, "maxItems": 1],
            [
                "type": "object", "required": ["one of"], "additionalProperties": false,
                "properties": [
                    "one of": [
                        "type": "array", "minItems": 1, "description": "The texts that it can be.",
                        "items": ["type": ["string", "number", "boolean"]],
                    ],
                    "or": ["type": "null", "description": "Whether it may be null instead."],
                ],
            ],
            [
                "type": "object", "required": ["list of"], "additionalProperties": false,
                "properties": [
                    "list of": ["$ref": "#/$defs/type"],
                    "at most": ["type": "integer", "minimum": 1, "description": "How many items it may have."],
                    "or": ["type": "null", "description": "Whether it may be null instead."],
                ],
            ],
            [
                "type": "object", "minProperties": 1,
                "not": ["anyOf": [["required": ["one of"]], ["required": ["list of"]]]],
                "additionalProperties": ["anyOf": [["$ref": "#/$defs/type"], ["type": "null"]]],
            ],
        ],
    ]
}

extension Form {
    /// Whether this version can run it.
    fileprivate var isOfThisVersion: Bool {
        if case .later = self { false } else { true }
    }
}
