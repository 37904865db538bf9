internal import Schemas
internal import Values

/// One field of JSON records: what expressions know of it, and what every record is held to.
struct JSONField: Sendable {
    enum Rule: Sendable {
        case type(AnswerType)
        case list(orNull: Bool)
        case object(orNull: Bool)
        case any
    }

    let name: String
    let rule: Rule
    /// Whether the recipe says so, or the first records did.
    let isDeclared: Bool

    var type: ValueType {
        switch rule {
        case .type(let type): type.valueType
        case .list(let orNull): orNull ? .nullable(.list(.any)) : .list(.any)
        case .object(let orNull): orNull ? .nullable(Self.anyObject) : Self.anyObject
        case .any: .any
        }
    }

    private static let anyObject = ValueType.map(key: .string, value: .any)

    private var allowsNull: Bool {
        switch rule {
        case .type(let type): type.allowsNull
        case .list(let orNull), .object(let orNull): orNull
        case .any: true
        }
    }

    /// The value as the field has it, or what is wrong with it.
    ///
    /// - Parameter value: nil where a record lacks the field.
    func accept(_ value: Value?) -> Result<Value, JSONFieldError> {
        guard let value else {
            return allowsNull ? .success(.null) : .failure(JSONFieldError(name, "is missing", hint))
        }
        switch (rule, value) {
        case (.any, _), (.list, .list), (.object, .map), (.list(orNull: true), .null), (.object(orNull: true), .null):
            return .success(value)
        case (.list, _): return .failure(JSONFieldError(name, "is no list", hint))
        case (.object, _): return .failure(JSONFieldError(name, "is no object", hint))
        case (.type(let type), _):
            switch type.accept(value, as: .input) {
            case .success(let accepted): return .success(accepted)
            case .failure(let violations): return .failure(JSONFieldError(name, violations, hint))
            }
        }
    }

    private var hint: String {
        isDeclared ? "" : "; the first records made it '\(type)', name its type under `fields`"
    }
}

/// What is wrong with a field of one record, ready to stand behind its place.
struct JSONFieldError: Error {
    let message: String

    init(_ field: String, _ problem: String, _ hint: String) {
        message = "field '\(field)' \(problem)\(hint)"
    }

    init(_ field: String, _ violations: SchemaViolations, _ hint: String) {
        let all = violations.all.map { $0.path.isEmpty ? $0.message : "\($0.path): \($0.message)" }
        message = "field '\(field)': \(all.joined(separator: "; "))\(hint)"
    }
}

extension JSONField {
    /// The fields that records have whose recipe names none: each has the type that all of the sample agree on, and may
    /// be null where it was null or missing in one of them. Where they disagree, anything goes.
    static func learn(from sample: [ValueMap]) -> [JSONField] {
        var names: [String] = []
        var seen: [ByteText: LearnedField] = [:]
        for map in sample {
            for (key, value) in map {
                guard let name = key.text else { continue }
                if seen[ByteText(name)] == nil { names.append(name) }
                seen[ByteText(name), default: LearnedField()].add(value)
            }
        }
        return names.map { name in
            let learned = seen[ByteText(name)] ?? LearnedField()
            return JSONField(name: name, rule: learned.rule(of: sample.count), isDeclared: false)
        }
    }
}

/// What the values of one field had in common.
private struct LearnedField {
    private enum Kind { case string, whole, number, truth, list, object, mixed }

    private var kind: Kind?
    private var count = 0
    private var hasNull = false

    mutating func add(_ value: Value) {
        count += 1
        let new: Kind
        switch value {
        case .null:
            hasNull = true
            return
        case .string: new = .string
        case .int: new = .whole
        case .double, .uint: new = .number
        case .bool: new = .truth
        case .list: new = .list
        case .map: new = .object
        default: new = .mixed
        }
        switch (kind, new) {
        case (nil, _): kind = new
        case (let old?, _) where old == new: break
        case (.whole?, .number), (.number?, .whole): kind = .number
        default: kind = .mixed
        }
    }

    func rule(of records: Int) -> JSONField.Rule {
        let orNull = hasNull || count < records
        func typed(_ type: AnswerType) -> JSONField.Rule { .type(orNull ? .nullable(type) : type) }
        return switch kind {
        case .string: typed(.string(maxLength: nil))
        case .whole: typed(.integer)
        case .number: typed(.number)
        case .truth: typed(.boolean)
        case .list: .list(orNull: orNull)
        case .object: .object(orNull: orNull)
        case .mixed, nil: .any
        }
    }
}
