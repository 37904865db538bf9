public import Values

/// What an answer, a row or a file's front matter must look like, as the recipe declared it.
///
/// One declaration serves three readers: the model gets ``jsonSchema``, what comes back goes through ``accept(_:as:)``,
/// and expressions are checked against ``valueType``.
public indirect enum AnswerType: Hashable, Sendable {
    /// Length in code points; nil where the recipe names none.
    case string(maxLength: Int?)
    case integer
    case number
    case boolean
    /// Text `YYYY-MM-DD` of a day that exists, so that it sorts.
    case date
    /// Text of RFC 3339, a ``Timestamp`` once accepted.
    case timestamp
    /// At least one choice, no two alike.
    case oneOf([String])
    /// A passage that stands word for word in a text: what the recipe wrote between the brackets. Whether it does is found
    /// out by whoever has that text.
    case quote(of: String, maxLength: Int?)
    case list(of: AnswerType, atMost: Int?)
    case object([Field])
    /// The type or null; never two deep.
    case nullable(AnswerType)
    /// Whatever keeps a JSON Schema of the author's own.
    case schema(SchemaFile)

    public struct Field: Hashable, Sendable {
        public var name: String
        public var type: AnswerType

        public init(_ name: String, _ type: AnswerType) {
            self.name = name
            self.type = type
        }
    }

    /// How strictly a value is taken.
    public enum Use: Sendable {
        /// A model's answer: every declared field is there, no other is, and what the recipe left
        /// unbounded keeps the bounds that were filled in.
        case answer
        /// The user's own records: a missing field that may be null is null, fields that nobody declared stay behind the
        /// declared ones, and nothing is bounded but by the recipe.
        case input
        /// What a program wrote: as the user's own records, but what nobody declared is left out.
        case program
    }
}

extension AnswerType {
    /// What expressions know of a value of this type. A date and a choice are text.
    public var valueType: ValueType {
        switch self {
        case .string, .date, .oneOf, .quote: .string
        case .integer: .int
        case .number: .double
        case .boolean: .bool
        case .timestamp: .timestamp
        case .list(let item, _): .list(item.valueType)
        case .object(let fields): .object(ObjectType(fields.map { .init($0.name, $0.type.valueType) }))
        case .nullable(let type): type.valueType.orNull
        case .schema(let file): file.type
        }
    }

    /// The type of a field of a field; nil where there is none.
    public func type(at path: some Collection<String>) -> AnswerType? {
        guard let name = path.first else { return self }
        guard case .object(let fields) = withoutNull,
            let field = fields.first(where: { $0.name.utf8.elementsEqual(name.utf8) })
        else { return nil }
        return field.type.type(at: path.dropFirst())
    }

    /// The paths of the files that keep a part of it, as the recipe has them.
    public var schemaFiles: [String] {
        switch self {
        case .schema(let file): [file.path]
        case .list(let type, _), .nullable(let type): type.schemaFiles
        case .object(let fields): fields.flatMap(\.type.schemaFiles)
        case .string, .integer, .number, .boolean, .date, .timestamp, .oneOf, .quote: []
        }
    }

    public var allowsNull: Bool {
        if case .nullable = self { true } else { false }
    }

    public var withoutNull: AnswerType {
        if case .nullable(let type) = self { type } else { self }
    }
}

extension AnswerType: CustomStringConvertible {
    /// As a recipe would write it.
    public var description: String {
        switch self {
        case .string(nil): "string"
        case .string(let length?): "string <= \(length)"
        case .integer: "integer"
        case .number: "number"
        case .boolean: "boolean"
        case .date: "date"
        case .timestamp: "timestamp"
        case .oneOf(let choices): "{one of: [\(choices.joined(separator: ", "))]}"
        case .quote(let field, nil): "quote(\(field))"
        case .quote(let field, let length?): "quote(\(field)) <= \(length)"
        case .schema(let file): "{schema: \(file.path)}"
        case .list(let item, nil): "[\(item)]"
        case .list(let item, let count?): "{list of: \(item), at most: \(count)}"
        case .object(let fields): "{\(fields.map { "\($0.name): \($0.type)" }.joined(separator: ", "))}"
        case .nullable(let type):
            switch type {
            case .oneOf, .object, .schema, .list(_, .some): "\(type.description.dropLast()), or: null}"
            case .list(let item, nil): "{list of: \(item), or: null}"
            default: "\(type) or null"
            }
        }
    }
}
