public import Values

extension AnswerType {
    /// The value as this type has it, or all that is wrong with it.
    ///
    /// Fields come in the order of the declaration, 3.0 becomes 3 where an integer is wanted and 3 becomes 3.0 where a
    /// number is, and a timestamp's text becomes a timestamp.
    public func accept(_ value: Value, as use: Use = .answer) -> Result<Value, SchemaViolations> {
        var acceptance = AnswerAcceptance(use: use)
        let accepted = acceptance.accept(value, as: self)
        return acceptance.violations.isEmpty
            ? .success(accepted) : .failure(SchemaViolations(acceptance.violations))
    }

    /// All that is wrong with a value; empty when it fits.
    public func validate(_ value: Value, as use: Use = .answer) -> [SchemaViolation] {
        var acceptance = AnswerAcceptance(use: use)
        _ = acceptance.accept(value, as: self)
        return acceptance.violations
    }
}

/// One value going through its type.
private struct AnswerAcceptance {
    let use: AnswerType.Use
    var violations: [SchemaViolation] = []

    init(use: AnswerType.Use) { self.use = use }

    /// The value as the type has it; the value itself where it is wrong.
    mutating func accept(_ value: Value, as type: AnswerType) -> Value {
        switch (type, value) {
        case (.nullable, .null): return .null
        case (.nullable(let type), _): return accept(value, as: type)
        case (.string(let maxLength), .string(let text)):
            checkLength(of: text, maxLength)
            return value
        case (.quote(_, let maxLength), .string(let text)):
            checkLength(of: text, maxLength)
            return value
        case (.schema(let file), _):
            switch file.accept(value) {
            case .success(let value): return value
            case .failure(let found): violations += found.all
            }
        case (.integer, .int), (.number, .double), (.boolean, .bool), (.timestamp, .timestamp): return value
        case (.integer, .double(let number)):
            if let whole = Int64(exactly: number) { return .int(whole) }
            refuse(number.rounded() == number ? "\(value.shown) is too large" : "\(value.shown) is no whole number")
        case (.number, .int(let number)): return .double(Double(number))
        case (.date, .string(let text)):
            if CalendarDay(text: text) != nil { return value }
            refuse("\(value.shown) is no date, write YYYY-MM-DD")
        case (.timestamp, .string(let text)):
            if let moment = Timestamp(rfc3339: text) { return .timestamp(moment) }
            refuse("\(value.shown) is no timestamp, write it like 2026-03-01T12:30:00Z")
        case (.oneOf(let choices), .string(let text)):
            if choices.contains(where: { $0.hasSameBytes(as: text) }) { return value }
            refuse("\(value.shown) is none of \(choices.joined(separator: ", "))")
        case (.list(let item, let atMost), .list(let items)): return accept(items, of: item, atMost: atMost)
        case (.object(let fields), .map(let map)): return accept(map, with: fields)
        default: refuse("\(value.kindForPeople), expected \(type.kindForPeople)")
        }
        return value
    }

    private mutating func checkLength(of text: String, _ declared: Int?) {
        guard let limit = declared ?? (use == .answer ? AnswerType.filledInLength : nil), text.utf8.count > limit else {
            return
        }
        let count = text.unicodeScalars.count
        if count > limit { refuse("\(count) characters, at most \(limit)") }
    }

    private mutating func accept(_ items: [Value], of type: AnswerType, atMost declared: Int?) -> Value {
        if let limit = declared ?? (use == .answer ? AnswerType.filledInCount : nil), items.count > limit {
            refuse("\(items.count) items, at most \(limit)")
        }
        var accepted: [Value] = []
        accepted.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            let before = violations.count
            accepted.append(accept(item, as: type))
            place(since: before) { AnswerPath.item(index, then: $0) }
        }
        return .list(accepted)
    }

    private mutating func accept(_ map: ValueMap, with fields: [AnswerType.Field]) -> Value {
        var accepted: [Value] = []
        accepted.reserveCapacity(map.count)
        // Most maps come with just the declared fields in their order, and keep their shared shape.
        var asDeclared = map.count == fields.count
        for (index, field) in fields.enumerated() {
            let place =
                asDeclared && map.shape.keys[index].isField(field.name) ? index : map.shape.position(of: field.name)
            asDeclared = asDeclared && place == index
            guard let place else {
                accepted.append(.null)
                if use != .answer, field.type.allowsNull { continue }
                let mend = field.type.allowsNull ? "missing, write null if there is none" : "missing"
                violations.append(SchemaViolation(path: AnswerPath.field(field.name), message: mend))
                continue
            }
            let before = violations.count
            accepted.append(accept(map.values[place], as: field.type))
            self.place(since: before) { AnswerPath.field(field.name, then: $0) }
        }
        if asDeclared { return .map(ValueMap(shape: map.shape, values: accepted)) }
        var keys = fields.map { MapKey.string($0.name) }
        let declared = Set(keys)
        for (key, value) in map where !declared.contains(key) {
            switch use {
            case .input:
                keys.append(key)
                accepted.append(value)
            case .program: break
            case .answer:
                let name = AnswerPath.cut(key.text ?? JSON.text(of: key.value))
                violations.append(
                    SchemaViolation(path: AnswerPath.field(name), message: "no such field was asked for"))
            }
        }
        return .map(ValueMap(shape: MapShape(keys), values: accepted))
    }

    private mutating func refuse(_ message: String) {
        violations.append(SchemaViolation(path: "", message: message))
    }

    /// Says of the violations found since then where they stand.
    private mutating func place(since before: Int, _ outer: (String) -> String) {
        for index in before..<violations.count { violations[index].path = outer(violations[index].path) }
    }
}

extension MapKey {
    fileprivate func isField(_ name: String) -> Bool {
        if case .string(let text) = self { text.hasSameBytes(as: name) } else { false }
    }
}

extension AnswerType {
    var kindForPeople: String {
        switch self {
        case .string: "a string"
        case .quote: "a passage of the text"
        case .schema: "what its schema asks for"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .date: "a date like 2026-03-01"
        case .timestamp: "a timestamp like 2026-03-01T12:30:00Z"
        case .oneOf(let choices): "one of \(choices.joined(separator: ", "))"
        case .list: "a list"
        case .object: "an object"
        case .nullable(let type): "\(type.kindForPeople) or null"
        }
    }
}
