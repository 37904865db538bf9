public import Values

/// A JSON Schema that a recipe names in the place of a type.
public struct SchemaFile: Hashable, Sendable {
    /// As the recipe wrote it.
    public var path: String
    public var document: Value
    /// What expressions know of a value that keeps it.
    public var type: ValueType
    let schema: JSONSchema

    /// - Throws: what is wrong with the schema; the path is the way into it.
    public init(path: String, document: Value) throws(SchemaViolations) {
        self.path = path
        self.document = document
        schema = try JSONSchema.compile(document, at: path)
        type = SchemaTypes(document: document).type(of: document)
    }

    public static func == (one: SchemaFile, other: SchemaFile) -> Bool {
        one.path == other.path && one.document == other.document
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(document)
    }
}

/// How the names of a recipe's types and files are found out, and what may stand where.
public struct AnswerContext: Sendable {
    /// Whether a passage can be quoted: only where there is something to compare it with.
    public var quotes: Bool
    /// The JSON of a file, by its path as the recipe wrote it, or why there is none; nil where no file may be named.
    public var load: (@Sendable (String) -> Result<Value, AnswerFileError>)?

    public init(quotes: Bool = false, load: (@Sendable (String) -> Result<Value, AnswerFileError>)? = nil) {
        self.quotes = quotes
        self.load = load
    }
}

/// Why a file that a type names cannot be used.
public struct AnswerFileError: Error, Hashable, Sendable {
    public var message: String

    public init(_ message: String) { self.message = message }
}

/// What expressions can know of a value from its JSON Schema alone: as much as is plain to see, the rest is `any`.
private struct SchemaTypes {
    let document: Value
    private var depth = 0

    init(document: Value) { self.document = document }

    func type(of schema: Value) -> ValueType {
        guard depth < 32, let map = schema.map else { return .any }
        var inner = self
        inner.depth += 1
        if let reference = map["$ref"]?.string { return resolve(reference).map(inner.type) ?? .any }
        if let choices = (map["anyOf"] ?? map["oneOf"])?.list {
            let types = choices.map(inner.type)
            let real = types.filter { $0 != .null }
            return real.count == 1 && types.count == 2 ? real[0].orNull : .any
        }
        switch map["type"] {
        case .string(let name)?: return inner.type(named: name, map)
        case .list(let names)?:
            let real = names.compactMap(\.string).filter { $0 != "null" }
            guard real.count == 1 else { return .any }
            let type = inner.type(named: real[0], map)
            return names.count > real.count ? type.orNull : type
        default: return .any
        }
    }

    private func type(named name: String, _ schema: ValueMap) -> ValueType {
        switch name {
        case "string": return .string
        case "integer": return .int
        case "number": return .double
        case "boolean": return .bool
        case "null": return .null
        case "array": return .list(schema["items"].map(type) ?? .any)
        case "object":
            guard let properties = schema["properties"]?.map else { return .map(key: .string, value: .any) }
            // What may be left out is null then; what is not named here cannot be read.
            let required = Set((schema["required"]?.list ?? []).compactMap(\.string))
            return .object(
                ObjectType(
                    properties.compactMap { key, value in
                        key.text.map { name in
                            let type = type(of: value)
                            return .init(name, required.contains(name) ? type : type.orNull)
                        }
                    }))
        default: return .any
        }
    }

    /// A place in the same document.
    private func resolve(_ reference: String) -> Value? {
        guard reference.hasPrefix("#") else { return nil }
        return reference.dropFirst().split(separator: "/").reduce(Optional(document)) { value, part in
            value?[String(part.replacing("~1", with: "/").replacing("~0", with: "~"))]
        }
    }
}

extension SchemaFile {
    /// The value as expressions have it, or all that is wrong with it: fields that may be left out are null where they are.
    func accept(_ value: Value) -> Result<Value, SchemaViolations> {
        let violations = schema.validate(value)
        guard violations.isEmpty else { return .failure(SchemaViolations(violations)) }
        return .success(value.completed(as: type))
    }
}

extension Value {
    fileprivate func completed(as type: ValueType) -> Value {
        switch (type, self) {
        case (.nullable(let inner), _): return isNull ? self : completed(as: inner)
        case (.double, .int(let number)): return .double(Double(number))
        case (.int, .double(let number)): return Int64(exactly: number).map(Value.int) ?? self
        case (.list(let item), .list(let items)): return .list(items.map { $0.completed(as: item) })
        case (.object(let object), .map(let map)):
            var completed = ValueMap()
            for field in object.fields {
                completed.set(field.name, to: map[field.name]?.completed(as: field.type) ?? .null)
            }
            for (key, value) in map where key.text.flatMap({ object[$0] }) == nil { completed.set(key, to: value) }
            return .map(completed)
        default: return self
        }
    }
}
