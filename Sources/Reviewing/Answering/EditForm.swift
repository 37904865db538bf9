package import Journaling
internal import Schemas
package import Values

/// What a person may write anew, as single controls: the fields of a map one by one.
package struct EditForm: Hashable, Sendable {
    /// How a value is written.
    package enum Control: Hashable, Sendable {
        case text(atMost: Int?, isLong: Bool)
        case whole
        case number
        case truth
        case choice([String])
        case date
        /// One item a line.
        case lines
        /// Anything else, as JSON.
        case json
    }

    package struct Item: Hashable, Sendable {
        /// `draft.subject`: unique in the form.
        package var name: String
        /// See `Wait.Field`.
        package var field: String
        /// The way from the field's value to this one.
        package var path: [String]
        package var control: Control
        package var allowsNull: Bool
        package var value: Value

        /// The value as it stands in the control; empty for null.
        package var text: String { EditForm.text(of: value, control) }

        /// For people: `text, at most 120 characters`.
        package var hint: String {
            let kind =
                switch control {
                case .text(let atMost?, _): "text, at most \(atMost) characters"
                case .text(nil, _): "text"
                case .whole: "whole number"
                case .number: "number"
                case .truth: "true or false"
                case .choice(let choices): "one of \(choices.joined(separator: ", "))"
                case .date: "date: YYYY-MM-DD"
                case .lines: "one item a line"
                case .json: "JSON"
                }
            return allowsNull ? kind + ", or empty for none" : kind
        }
    }

    package var items: [Item] = []

    package init(_ fields: [Wait.Field]) {
        for field in fields { add(field.name, field.name, [], field.schema, field.value, allowsNull: false, depth: 0) }
    }

    private mutating func add(
        _ name: String, _ field: String, _ path: [String], _ schema: Value, _ value: Value, allowsNull: Bool,
        depth: Int
    ) {
        if let any = schema["anyOf"]?.list, any.count == 2, any.contains(["type": "null"]),
            let inner = any.first(where: { $0 != ["type": "null"] })
        {
            return add(name, field, path, inner, value, allowsNull: true, depth: depth)
        }
        if !allowsNull, depth < 4, let fields = schema["properties"]?.map, !fields.isEmpty,
            value.isNull || value.map != nil
        {
            for (key, schema) in fields {
                guard let key = key.text else { continue }
                add(
                    "\(name).\(key)", field, path + [key], schema, value[key] ?? .null, allowsNull: false,
                    depth: depth + 1)
            }
            return
        }
        items.append(
            Item(
                name: name, field: field, path: path, control: Self.control(schema, value), allowsNull: allowsNull,
                value: value))
    }

    private static func control(_ schema: Value, _ value: Value) -> Control {
        if let choices = schema["enum"]?.list, choices.allSatisfy({ $0.string != nil }) {
            return .choice(choices.compactMap(\.string))
        }
        switch schema["type"]?.string {
        case "string" where schema["format"] == "date": return .date
        case "string":
            let atMost = schema["maxLength"]?.int.map(Int.init)
            let isLong = (atMost ?? 1000) > 160 || value.string?.utf8.contains(0x0A) ?? false
            return .text(atMost: atMost, isLong: isLong)
        case "integer": return .whole
        case "number": return .number
        case "boolean": return .truth
        case "array" where schema["items"]?["type"] == "string" && schema["items"]?["enum"] == nil:
            // An item with a line end in it cannot stand on a line.
            let items = value.list ?? []
            return items.contains { $0.string.map { $0.isEmpty || $0.utf8.contains(0x0A) } ?? true } ? .json : .lines
        default: return .json
        }
    }

    static func text(of value: Value, _ control: Control) -> String {
        switch (control, value) {
        case (_, .null): ""
        case (.lines, .list(let items)): items.compactMap(\.string).joined(separator: "\n")
        case (.json, _): JSON.prettyText(of: value)
        case (_, .string(let text)): text
        default: JSON.text(of: value)
        }
    }
}

/// What is wrong with a value that somebody wrote.
package struct EditProblem: Error, Hashable, Sendable {
    /// Of the control, or of the field where it is about several.
    package var name: String
    package var message: String
}

package struct EditProblems: Error, Hashable, Sendable {
    package var all: [EditProblem]
}

extension EditForm {
    /// What was changed: new values by the names of fields, checked by each field's schema. What is left as it was is left
    /// out.
    ///
    /// - Parameter texts: by the names of items; an item that is not there is left as it was.
    package func edits(
        _ texts: [String: String], of fields: [Wait.Field]
    ) throws(EditProblems) -> ValueMap {
        var problems: [EditProblem] = []
        var values: [String: Value] = [:]
        var changed: Set<String> = []
        for item in items {
            guard let text = texts[item.name], !Self.isSame(text, item.text) else { continue }
            do throws(EditProblem) {
                let value = try Self.value(item, text)
                guard value != item.value else { continue }
                changed.insert(item.field)
                let whole = values[item.field] ?? fields.first { $0.name == item.field }?.value ?? .null
                values[item.field] = whole.replacing(item.path[...], with: value)
            } catch {
                problems.append(error)
            }
        }
        guard problems.isEmpty else { throw EditProblems(all: problems) }
        // Of an answer that is not there yet, what is left empty is written as none.
        for item in items where changed.contains(item.field) && item.allowsNull && item.value.isNull {
            let isWritten = texts[item.name].map { !$0.allSatisfy(\.isWhitespace) } ?? false
            guard !isWritten, let whole = values[item.field] else { continue }
            values[item.field] = whole.replacing(item.path[...], with: .null)
        }
        var edits = ValueMap()
        for field in fields where changed.contains(field.name) {
            let value = values[field.name] ?? .null
            problems += EditForm.problems(with: value, for: field)
            edits.set(field.name, to: value)
        }
        guard problems.isEmpty else { throw EditProblems(all: problems) }
        return edits
    }

    /// What is wrong with a new value of a field.
    static func problems(with value: Value, for field: Wait.Field) -> [EditProblem] {
        do throws(SchemaViolations) {
            return try JSONSchema.compile(field.schema).validate(value).map { violation in
                let name = violation.path.isEmpty ? field.name : "\(field.name).\(violation.path)"
                return EditProblem(name: name, message: violation.message)
            }
        } catch {
            return [EditProblem(name: field.name, message: "its schema cannot be used: \(error)")]
        }
    }

    /// A browser writes line ends as CR LF, and an editor puts one behind the last line.
    private static func isSame(_ text: String, _ original: String) -> Bool {
        text.hasSameBytes(as: original) || lineFeeds(text).hasSameBytes(as: lineFeeds(original))
    }

    static func lineFeeds(_ text: String) -> String {
        guard text.utf8.contains(0x0D) else { return text }
        var bytes: [UInt8] = []
        var afterReturn = false
        for byte in text.utf8 {
            if byte == 0x0D { bytes.append(0x0A) } else if byte != 0x0A || !afterReturn { bytes.append(byte) }
            afterReturn = byte == 0x0D
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func value(_ item: Item, _ text: String) throws(EditProblem) -> Value {
        let text = lineFeeds(text)
        let word = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        if item.allowsNull, word.isEmpty { return .null }
        func wrong(_ message: String) -> EditProblem { EditProblem(name: item.name, message: message) }
        switch item.control {
        case .text: return .string(text)
        case .date:
            return .string(word)
        case .whole:
            guard let number = Int64(word) else { throw wrong("is no whole number") }
            return .int(number)
        case .number:
            guard case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(word) }),
                value.number?.isFinite ?? false
            else { throw wrong("is no number") }
            return value
        case .truth:
            guard word == "true" || word == "false" else { throw wrong("is neither true nor false") }
            return .bool(word == "true")
        case .choice(let choices):
            guard choices.contains(where: { $0.hasSameBytes(as: word) }) else {
                throw wrong("is none of \(choices.joined(separator: ", "))")
            }
            return .string(word)
        case .lines:
            return .list(text.split(separator: "\n").map { .string(String($0)) })
        case .json:
            do throws(JSONError) { return try JSON.parse(text) } catch { throw wrong("is no JSON: \(error)") }
        }
    }
}

extension Value {
    /// The value with another one in a field of a field; maps are made where there is none.
    func replacing(_ path: ArraySlice<String>, with value: Value) -> Value {
        guard let name = path.first else { return value }
        var map = self.map ?? ValueMap()
        map.set(name, to: (map[name] ?? .null).replacing(path.dropFirst(), with: value))
        return .map(map)
    }
}
