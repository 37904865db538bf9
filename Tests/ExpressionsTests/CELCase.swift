import Diagnostics
import Values

@testable import Expressions

/// One case of the conformance suite.
struct CELCase {
    let id: String
    let expression: String
    let tags: [String]
    private let json: Value

    /// Any error is a pass then, also one for another reason than the case is about.
    var wantsError: Bool { json["expect"]?["error"] != nil }

    init(_ json: Value) {
        self.json = json
        id = json["id"]?.string ?? ""
        expression = json["expr"]?.string ?? ""
        tags = json["tags"]?.list?.compactMap(\.string) ?? []
    }

    /// What goes another way than the case wants; nil when it passes.
    func failure() -> String? {
        var scope = Scope()
        scope.container = json["container"]?.string ?? ""
        let bindings = json["bindings"]?.map ?? ValueMap()
        var slots = Slots(count: 0)
        var names: [String] = []
        func slot(_ name: String) -> Int {
            if !names.contains(name) { names.append(name) }
            return names.firstIndex(of: name) ?? 0
        }
        for declared in json["type_env"]?.list ?? [] {
            guard let name = declared["ident"]?.string, let type = declared["type"]?.string else { continue }
            scope.declare(name, ValueType(cel: type), slot: slot(name))
        }
        for (name, _) in bindings where !scope.names.contains(name.text ?? "") {
            scope.declare(name.text ?? "", .any, slot: slot(name.text ?? ""))
        }
        slots = Slots(count: names.count)
        for (name, value) in bindings { slots[slot(name.text ?? "")] = Value(cel: value) }
        return compare(scope, slots)
    }

    private func compare(_ scope: Scope, _ slots: Slots) -> String? {
        let options = Compiler.Options(
            isChecked: json["disable_check"]?.bool != true, hasMacros: json["disable_macros"]?.bool != true)
        let start = SourcePosition(line: 1, column: 1)
        let text = LocatedText(expression, span: SourceSpan(file: "case", start: start, end: start))
        var problems = Problems()
        guard let compiled = Expression.compile(text, in: scope, options: options, problems: &problems) else {
            return wantsError ? nil : problems.all.map(\.message).joined(separator: "; ")
        }
        if let deduced = json["expect"]?["deduced_type"]?.string {
            let type = ValueType(cel: deduced)
            if type != compiled.type { return "its type is \(compiled.type), not \(type)" }
        }
        guard json["check_only"]?.bool != true else { return nil }
        do throws(EvaluationError) {
            let value = try compiled.evaluate(slots)
            if wantsError { return "gives \(value) instead of an error" }
            let wanted = Value(cel: json["expect"]?["value"] ?? .null)
            return value == wanted ? nil : "gives \(value), not \(wanted)"
        } catch {
            return wantsError ? nil : "fails: \(error.message)"
        }
    }
}

extension Value {
    /// A typed value of the suite.
    fileprivate init(cel json: Value) {
        let content = json["value"] ?? .null
        func whole() -> Int64 { content.string.flatMap { Int64($0) } ?? 0 }
        switch json["type"]?.string {
        case "int", "enum": self = .int(whole())
        case "uint": self = .uint(content.string.flatMap { UInt64($0) } ?? 0)
        case "double": self = .double(content.number ?? content.string.flatMap { Double($0) } ?? 0)
        case "bool", "string": self = content
        case "bytes": self = .bytes(Self.base64(json["base64"]?.string ?? ""))
        case "list": self = .list((content.list ?? []).map(Value.init(cel:)))
        case "map":
            let entries = (content.list ?? []).compactMap(\.list).map { (Value(cel: $0[0]), Value(cel: $0[1])) }
            self = .map(ValueMap(shape: MapShape(entries.compactMap { $0.0.mapKey }), values: entries.map(\.1)))
        case "type": self = .type(content.string ?? "")
        case "timestamp":
            self = .timestamp(
                Timestamp(
                    seconds: json["seconds"]?.string.flatMap { Int64($0) } ?? 0,
                    nanoseconds: Int32(truncatingIfNeeded: json["nanos"]?.int ?? 0)))
        case "duration":
            self = .duration(
                Duration(
                    seconds: json["seconds"]?.string.flatMap { Int64($0) } ?? 0,
                    nanoseconds: Int32(truncatingIfNeeded: json["nanos"]?.int ?? 0)))
        default: self = .null
        }
    }

    private static func base64(_ text: String) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bits = 0
        var value = 0
        var bytes: [UInt8] = []
        for character in text.utf8 {
            guard let digit = digits.firstIndex(of: character) else { break }
            value = (value << 6 | digit) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: value >> bits))
            }
        }
        return bytes
    }
}

extension ValueType {
    /// `map(string, list(int64))`
    fileprivate init(cel text: String) {
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
            switch text {
            case "bool": self = .bool
            case "int64", "int": self = .int
            case "uint64", "uint": self = .uint
            case "double": self = .double
            case "string": self = .string
            case "bytes": self = .bytes
            case "null": self = .null
            case "google.protobuf.Timestamp", "timestamp": self = .timestamp
            case "google.protobuf.Duration", "duration": self = .duration
            default: self = .any
            }
            return
        }
        var parts: [String] = [""]
        var depth = 0
        for character in text[text.index(after: open)...].dropLast() {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else if character != " " {
                parts[parts.count - 1].append(character)
            }
        }
        let types = parts.map(ValueType.init(cel:))
        switch text[..<open] {
        case "list": self = .list(types[0])
        case "map": self = .map(key: types[0], value: types.count > 1 ? types[1] : .any)
        case "optional_type": self = .optional(types[0])
        case "type": self = .type(types[0])
        default: self = .any
        }
    }
}
