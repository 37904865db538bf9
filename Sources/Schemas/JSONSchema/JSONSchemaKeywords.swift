internal import Values

/// What can stand behind a keyword of draft 2020-12.
///
/// One table serves twice: schemas are checked against it, and the draft's metaschema, which schemas can refer to, is
/// made of it.
enum JSONSchemaKeyword {
    enum Shape {
        case schema
        /// At least one.
        case schemas
        case schemasByName
        case anything
        case boolean
        case string
        case number
        case positiveNumber
        /// A whole number, not negative.
        case count
        case list
        case types
        /// Texts, no two alike.
        case names
        case namesByName
        case uri
        case uriWithoutFragment
        case anchor
        case vocabularies
    }

    enum Vocabulary: String, CaseIterable {
        case core, applicator, unevaluated, validation
        case metaData = "meta-data"
        case formatAnnotation = "format-annotation"
        case formatAssertion = "format-assertion"
        case content

        var uri: String { "https://json-schema.org/draft/2020-12/vocab/\(rawValue)" }
    }

    static let draft = "https://json-schema.org/draft/2020-12/schema"

    static let table: [(vocabulary: Vocabulary, keywords: KeyValuePairs<String, Shape>)] = [
        (
            .core,
            [
                "$id": .uriWithoutFragment, "$schema": .uri, "$ref": .uri, "$anchor": .anchor, "$dynamicRef": .uri,
                "$dynamicAnchor": .anchor, "$vocabulary": .vocabularies, "$comment": .string, "$defs": .schemasByName,
            ]
        ),
        (
            .applicator,
            [
                "prefixItems": .schemas, "items": .schema, "contains": .schema, "additionalProperties": .schema,
                "properties": .schemasByName, "patternProperties": .schemasByName, "dependentSchemas": .schemasByName,
                "propertyNames": .schema, "if": .schema, "then": .schema, "else": .schema, "allOf": .schemas,
                "anyOf": .schemas, "oneOf": .schemas, "not": .schema,
            ]
        ),
        (.unevaluated, ["unevaluatedItems": .schema, "unevaluatedProperties": .schema]),
        (
            .validation,
            [
                "type": .types, "const": .anything, "enum": .list, "multipleOf": .positiveNumber, "maximum": .number,
                "exclusiveMaximum": .number, "minimum": .number, "exclusiveMinimum": .number, "maxLength": .count,
                "minLength": .count, "pattern": .string, "maxItems": .count, "minItems": .count,
                "uniqueItems": .boolean, "maxContains": .count, "minContains": .count, "maxProperties": .count,
                "minProperties": .count, "required": .names, "dependentRequired": .namesByName,
            ]
        ),
        (
            .metaData,
            [
                "title": .string, "description": .string, "default": .anything, "deprecated": .boolean,
                "readOnly": .boolean, "writeOnly": .boolean, "examples": .list,
            ]
        ),
        (.formatAnnotation, ["format": .string]),
        (.content, ["contentEncoding": .string, "contentMediaType": .string, "contentSchema": .schema]),
    ]

    static let all: [String: (vocabulary: Vocabulary, shape: Shape)] = {
        var all: [String: (Vocabulary, Shape)] = [:]
        for (vocabulary, keywords) in table {
            for (name, shape) in keywords { all[name] = (vocabulary, shape) }
        }
        return all
    }()
}

// MARK: Checking what stands behind a keyword

extension JSONSchemaKeyword.Shape {
    /// What is wrong with a value behind a keyword of this shape; nil for schemas, which are looked into elsewhere.
    func fault(of value: Value) -> String? {
        switch self {
        case .schema: value.isSchema ? nil : "expected a schema, which is an object, true or false"
        case .schemas:
            value.list.map { !$0.isEmpty && $0.allSatisfy(\.isSchema) } == true ? nil : "expected a list of schemas"
        case .schemasByName:
            value.map.map { $0.values.allSatisfy(\.isSchema) } == true ? nil : "expected schemas by name"
        case .anything: nil
        case .boolean: value.bool == nil ? "expected true or false" : nil
        case .string, .uri: value.string == nil ? "expected a string" : nil
        case .number: value.number == nil ? "expected a number" : nil
        case .positiveNumber: (value.number ?? 0) > 0 ? nil : "expected a number above 0"
        case .count: value.count == nil ? "expected a whole number from 0 on" : nil
        case .list: value.list == nil ? "expected a list" : nil
        case .types: JSONSchema.Types(value) == nil ? "expected a type or a list of types" : nil
        case .names: value.names == nil ? "expected a list of names, no two alike" : nil
        case .namesByName:
            value.map.map { $0.values.allSatisfy { $0.names != nil } } == true ? nil : "expected lists of names by name"
        case .uriWithoutFragment:
            value.string.map { URIReference($0).fragment ?? "" } == "" ? nil : "expected a URI without a fragment"
        case .anchor: value.string.map(isAnchor) == true ? nil : "expected a name: letters, digits, '_', '-' and '.'"
        case .vocabularies:
            value.map.map { $0.values.allSatisfy { $0.bool != nil } } == true ? nil : "expected true or false by URI"
        }
    }
}

private func isAnchor(_ text: String) -> Bool {
    guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "_") else { return false }
    return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-.".utf8.contains($0) }
}

extension Value {
    fileprivate var isSchema: Bool { map != nil || bool != nil }

    /// A whole number from 0 on, also as `2.0`.
    var count: Int? {
        switch self {
        case .int(let number): number >= 0 ? Int(number) : nil
        case .double(let number): number >= 0 ? Int(exactly: number) : nil
        default: nil
        }
    }

    /// A list of texts, no two alike.
    var names: [String]? {
        guard let items = list else { return nil }
        let names = items.compactMap(\.string)
        return names.count == items.count && Set(names.map(ByteText.init)).count == names.count ? names : nil
    }
}

extension JSONSchema.Types {
    init?(_ value: Value) {
        self = []
        let names = value.string.map { [$0] } ?? value.names ?? []
        guard !names.isEmpty else { return nil }
        for name in names {
            guard let known = Self.names.first(where: { $0.name == name }) else { return nil }
            insert(known.type)
        }
    }
}

// MARK: The metaschema

extension JSONSchemaKeyword {
    /// The documents of the draft itself, by URI: its metaschema and the vocabularies that it is put together of.
    static let documents: [String: Value] = {
        var documents: [String: Value] = [:]
        let parts = table.map(\.vocabulary)
        documents[draft] = metaschema(
            id: draft, of: parts,
            [
                ("allOf", .list(parts.map { ["$ref": .string("meta/\($0.rawValue)")] })),
                ("type", ["object", "boolean"]),
            ])
        for (vocabulary, keywords) in table {
            let id = "https://json-schema.org/draft/2020-12/meta/\(vocabulary.rawValue)"
            let properties = ValueMap(keywords.map { ($0, $1.metaschema) })
            documents[id] = metaschema(
                id: id, of: [vocabulary], [("type", ["object", "boolean"]), ("properties", .map(properties))])
        }
        return documents
    }()

    private static func metaschema(id: String, of parts: [Vocabulary], _ rest: [(String, Value)]) -> Value {
        let vocabularies = ValueMap(parts.map { ($0.uri, true) })
        let head: [(String, Value)] = [
            ("$schema", .string(draft)), ("$id", .string(id)), ("$vocabulary", .map(vocabularies)),
            ("$dynamicAnchor", "meta"),
        ]
        return .map(ValueMap(head + rest))
    }
}

extension JSONSchemaKeyword.Shape {
    fileprivate var metaschema: Value {
        let schema: Value = ["$dynamicRef": "#meta"]
        let names: Value = ["type": "array", "items": ["type": "string"], "uniqueItems": true]
        switch self {
        case .schema: return schema
        case .schemas: return ["type": "array", "minItems": 1, "items": schema]
        case .schemasByName: return ["type": "object", "additionalProperties": schema]
        case .anything: return true
        case .boolean: return ["type": "boolean"]
        case .string, .uri: return ["type": "string"]
        case .number: return ["type": "number"]
        case .positiveNumber: return ["type": "number", "exclusiveMinimum": 0]
        case .count: return ["type": "integer", "minimum": 0]
        case .list: return ["type": "array"]
        case .types:
            let type: Value = ["enum": .list(JSONSchema.Types.names.map { .string($0.name) })]
            return ["anyOf": [type, ["type": "array", "items": type, "minItems": 1, "uniqueItems": true]]]
        case .names: return names
        case .namesByName: return ["type": "object", "additionalProperties": names]
        case .uriWithoutFragment: return ["type": "string", "pattern": "^[^#]*#?$"]
        case .anchor: return ["type": "string", "pattern": "^[A-Za-z_][-A-Za-z0-9._]*$"]
        case .vocabularies: return ["type": "object", "additionalProperties": ["type": "boolean"]]
        }
    }
}
