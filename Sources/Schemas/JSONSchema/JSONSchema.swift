internal import Patterns
public import Values

/// A JSON Schema of draft 2020-12, ready to check values.
///
/// `format` and `content…` say something about a value and refuse none, as the draft has it. Patterns are RE2's.
public struct JSONSchema: Sendable {
    /// Finds the document of an absolute URI without fragment, or nil where there is none. Asked only while compiling.
    public typealias Loader = (_ uri: String) -> Value?

    let nodes: [Node]
    let root: Int
    /// The nodes of each resource's dynamic anchors, by their names.
    let dynamicAnchors: [[String: Int]]
    /// Whether any part asks which fields or items others have looked at.
    let tracksEvaluated: Bool

    /// Compiles a schema with all that it refers to.
    ///
    /// - Parameters:
    ///   - uri: where the document came from; what its references are relative to unless it has an `$id`.
    ///   - load: finds other documents; draft 2020-12's own metaschema is known without it.
    /// - Throws: what is wrong with the schema; the path is the way into it.
    public static func compile(
        _ document: Value, at uri: String = "", load: @escaping Loader = { _ in nil }
    ) throws(SchemaViolations) -> JSONSchema {
        var compiler = JSONSchemaCompiler(load: load)
        return try compiler.compile(document, at: uri)
    }

    /// All that is wrong with a value; empty when it is valid.
    public func validate(_ value: Value) -> [SchemaViolation] {
        var evaluation = JSONSchemaEvaluation(of: self, isQuiet: false)
        _ = evaluation.evaluate(root, value)
        return evaluation.violations
    }

    /// Whether a value is valid, without saying why not; quicker than ``validate(_:)``.
    public func allows(_ value: Value) -> Bool {
        var evaluation = JSONSchemaEvaluation(of: self, isQuiet: true)
        return evaluation.evaluate(root, value) != nil
    }
}

// MARK: What a schema is compiled to

extension JSONSchema {
    /// One schema: an object or boolean of the document.
    struct Node: Sendable {
        /// The resource it belongs to: what an `$id`, or a document, makes of one piece.
        var resource: Int
        /// In the order in which they are checked; those that look at what others evaluated come last.
        var checks: [Check] = []
    }

    /// What one keyword, or several that belong together, ask of a value. Numbers are nodes.
    enum Check: Sendable {
        case nothing
        case types(Types)
        case enumeration([Value])
        case constant(Value)
        case number(NumberCheck, Value)
        case length(atLeast: Int?, atMost: Int?)
        case pattern(Pattern)
        case itemCount(atLeast: Int?, atMost: Int?)
        case uniqueItems
        case items(first: [Int], rest: Int?)
        case contains(Int, atLeast: Int, atMost: Int?)
        case fieldCount(atLeast: Int?, atMost: Int?)
        case required([String])
        case fields(named: [ByteText: Int], matching: [(pattern: Pattern, node: Int)], others: Int?)
        case fieldNames(Int)
        case requiredBeside([(field: String, others: [String])])
        case schemaBeside([(field: String, node: Int)])
        case reference(Int)
        case dynamicReference(name: String, otherwise: Int)
        case all([Int])
        case any([Int])
        case one([Int])
        case not(Int)
        case conditional(if: Int, then: Int?, else: Int?)
        case unevaluatedItems(Int)
        case unevaluatedFields(Int)
    }

    enum NumberCheck: Sendable { case atMost, lessThan, atLeast, moreThan, multipleOf }

    struct Types: OptionSet, Sendable {
        let rawValue: Int
        static let null = Types(rawValue: 1)
        static let boolean = Types(rawValue: 2)
        static let integer = Types(rawValue: 4)
        static let number = Types(rawValue: 8)
        static let string = Types(rawValue: 16)
        static let array = Types(rawValue: 32)
        static let object = Types(rawValue: 64)

        static let names: [(name: String, type: Types, article: String)] = [
            ("null", .null, ""), ("boolean", .boolean, "a "), ("integer", .integer, "an "), ("number", .number, "a "),
            ("string", .string, "a "), ("array", .array, "a list"), ("object", .object, "an "),
        ]
    }
}
