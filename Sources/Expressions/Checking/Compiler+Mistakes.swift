import Diagnostics
import Values

// What is said of an expression that cannot be right, and what to do about it.

extension Compiler {
    /// The type of a part that must not be null here; reports one that may be.
    mutating func ruleOutNull(_ part: Part, reading member: String?) -> ValueType {
        switch part.type {
        case .nullable(let type):
            reportNull(part, reading: member)
            return type
        case .null where member != nil:
            report("this is always null", at: part.range)
            return .any
        default: return part.type
        }
    }

    /// A part as its author wrote it, if that is short enough to be quoted.
    func shown(_ part: Part) -> String {
        let text = text(of: part)
        return text.utf8.count <= 60 ? "'\(text)'" : "this"
    }

    private func text(of part: Part) -> String {
        String(decoding: source.text.utf8.dropFirst(part.range.lowerBound).prefix(part.range.count), as: UTF8.self)
    }

    func mayBeNull(_ part: Part, reading member: String?) -> String {
        var message = "\(shown(part)) may be null here"
        if scope.isOfValues { return message + valueMend(part, reading: member) }
        if part.path != nil { message += "; test it first, `\(text(of: part)) != null && …`" }
        if let member, !member.hasSuffix(")") {
            message += ", or read `\(text(of: part)).?\(member).orValue(…)`"
        } else if let other = optionalReading(of: part) {
            message += ", or read `\(other)`"
        }
        return message
    }

    /// `a.b.c` as `a.b.?c.orValue("")`, with a value of the type.
    private func optionalReading(of part: Part) -> String? {
        guard case .field(let name) = part.path?.steps.last, text(of: part).hasSuffix("." + name) else { return nil }
        return "\(text(of: part).dropLast(name.count))?\(name).orValue(\(standIn(for: part.type) ?? "…"))"
    }

    /// What to write where a value is wanted, and a test with `&&` would make true or false of it.
    private func valueMend(_ part: Part, reading member: String?) -> String {
        let text = text(of: part)
        if let member, member.isName, case .object(let object) = part.type.withoutNull,
            let other = object[member].flatMap(standIn)
        {
            return "; write `\(text).?\(member).orValue(\(other))`"
        }
        if member == nil, standIn(for: part.type) != nil, let other = optionalReading(of: part) {
            return "; write `\(other)`"
        }
        return part.path == nil ? "" : "; test it first, `\(text) != null ? … : …`"
    }

    /// The plainest value of a type, as it is written; nil where none is plain.
    private func standIn(for type: ValueType) -> String? {
        switch type.withoutNull {
        case .string: "\"\""
        case .int: "0"
        case .double: "0.0"
        case .bool: "false"
        case .list: "[]"
        default: nil
        }
    }

    // MARK: Names and fields

    func unknownName(_ name: String) -> String {
        if let message = scope.reasonHidden(name) { return message }
        if let other = scope.elsewhere.first(where: { $0.name == name }) { return other.message }
        let fields = scope.declarations.compactMap { declaration -> String? in
            guard case .object(let object) = declaration.type.withoutNull, object.place(of: name) != nil else {
                return nil
            }
            return "\(declaration.name).\(name)"
        }
        if let field = fields.first { return "nothing here is called '\(name)'; did you mean '\(field)'?" }
        if let near = nearestName(to: name, among: locals.map(\.name) + scope.names) {
            return "nothing here is called '\(name)'; did you mean '\(near)'?"
        }
        if Function.names.contains(name) { return "'\(name)' is a function; call it with parentheses" }
        if let near = nearestName(to: name, among: scope.hidden.map(\.name)), let why = scope.reasonHidden(near) {
            return "nothing here is called '\(name)'; '\(near)' is, but \(why)"
        }
        return "nothing here is called '\(name)'; a text needs quotes, \"\(name)\""
    }

    func unknownField(_ name: String, of operand: Part, _ object: ObjectType) -> String {
        let start = "\(shown(operand)) has no field '\(name)'"
        if let near = nearestName(to: name, among: object.names) { return "\(start); did you mean '\(near)'?" }
        if Function.named(name).contains(where: \.isMethod) {
            return "\(start); did you mean the function, '\(name)()'?"
        }
        if object.fields.isEmpty { return start }
        let known = object.names.prefix(8).joined(separator: ", ")
        return "\(start); it has \(known)\(object.fields.count > 8 ? ", …" : "")"
    }

    func noFields(_ type: ValueType, _ name: String, _ operand: Part) -> String {
        let start = "\(shown(operand)) is \(type.inWords) and has no field '\(name)'"
        if Function.named(name).contains(where: \.isMethod) { return "\(start); did you mean '\(name)()'?" }
        if case .list = type {
            return "\(start); read one item, `[0].\(name)`, or all of them, `.map(x, x.\(name))`"
        }
        return start
    }

    // MARK: Operators

    func noCondition(_ type: ValueType, _ part: Part) -> String {
        let start = "\(shown(part)) is \(type.inWords) where a condition is needed"
        switch type {
        case .string: return "\(start); write `\(text(of: part)) != \"\"`"
        case .int, .double: return "\(start); write `\(text(of: part)) != 0`"
        case .list: return "\(start); write `size(\(text(of: part))) > 0`"
        case .optional: return "\(start); write `\(text(of: part)).hasValue()` or end it with `.orValue(false)`"
        default: return start
        }
    }

    func neverEqual(_ left: Part, _ right: Part) -> String {
        let (one, other) = (left.type.withoutNull, right.type.withoutNull)
        if let mend = numberMend(left, right, one, other) { return mend }
        return "\(one.inWords) is never equal to \(other.inWords)\(textMend(left, right, one, other))"
    }

    func noOrder(_ left: Part, _ right: Part, _ one: ValueType, _ other: ValueType) -> String {
        if one == other { return "\(one.inWords) has no order" }
        return "\(one.inWords) and \(other.inWords) have no order\(textMend(left, right, one, other))"
    }

    func cannotTake(_ operation: Syntax.Operator, _ left: Part, _ right: Part, _ one: ValueType, _ other: ValueType)
        -> String
    {
        if let mend = numberMend(left, right, one, other) { return mend }
        let start = "`\(operation.rawValue)` cannot take \(one.inWords) and \(other.inWords)"
        return start + (operation == .add ? textMend(left, right, one, other) : "")
    }

    func mendForIn(_ type: ValueType) -> String {
        type == .string ? "; a part of a text is found with `text.contains(part)`" : ""
    }

    /// Numbers of two kinds are brought to one by the author, who knows which.
    private func numberMend(_ left: Part, _ right: Part, _ one: ValueType, _ other: ValueType) -> String? {
        guard one.isNumeric, other.isNumeric, one != other else { return nil }
        let start = "\(one.inWords) and \(other.inWords) do not mix"
        if one == .double { return "\(start); write `double(\(text(of: right)))`" }
        if other == .double { return "\(start); write `double(\(text(of: left)))`" }
        return one == .uint ? "\(start); write `int(\(text(of: left)))`" : "\(start); write `int(\(text(of: right)))`"
    }

    private func textMend(_ left: Part, _ right: Part, _ one: ValueType, _ other: ValueType) -> String {
        if one == .string, other.canBecomeText { return "; write `string(\(text(of: right)))`" }
        if other == .string, one.canBecomeText { return "; write `string(\(text(of: left)))`" }
        return ""
    }

    // MARK: Calls

    func noVariable(_ name: String) -> String {
        "the first argument of `\(name)` is a name for each item: list.\(name)(x, …)"
    }

    func noSuchCall(_ name: String, isMethod: Bool, _ operands: [Part], _ candidates: [Function]) -> String {
        if !candidates.isEmpty {
            let counts = Set(candidates.map { $0.arity - (isMethod ? 1 : 0) }).sorted().map(String.init)
            let taken = counts.joined(separator: " or ")
            return
                "'\(name)' takes \(taken) argument\(taken == "1" ? "" : "s"), not \(operands.count - (isMethod ? 1 : 0))"
        }
        if !Function.named(name).isEmpty {
            let form = isMethod ? "\(name)(x)" : "x.\(name)(…)"
            return "'\(name)' is written `\(form)`"
        }
        if Function.macroNames.contains(name) {
            return name == "has" ? "`has` is written has(x.field)" : "`\(name)` is written list.\(name)(x, …)"
        }
        if let near = nearestName(to: name, among: Function.names) {
            return "there is no function '\(name)'; did you mean '\(near)'?"
        }
        let sibling = Self.familiar[name].map { "; \($0)" } ?? ""
        return "there is no function '\(name)'\(sibling)"
    }

    /// What other languages call it.
    private static let familiar = [
        "length": "the length is `size(x)`", "len": "the length is `size(x)`", "count": "the length is `size(x)`",
        "lower": "write `x.lowerAscii()`", "toLowerCase": "write `x.lowerAscii()`", "upper": "write `x.upperAscii()`",
        "toUpperCase": "write `x.upperAscii()`", "strip": "write `x.trim()`", "includes": "write `x.contains(y)`",
        "default": "write `x.?field.orValue(…)`", "str": "write `string(x)`", "float": "write `double(x)`",
        "any": "write `list.exists(x, …)`", "some": "write `list.exists(x, …)`", "every": "write `list.all(x, …)`",
        "select": "write `list.filter(x, …)`", "toString": "write `string(x)`", "first": "write `list[0]`",
    ]

    func wrongOperand(_ function: Function, _ place: Int, _ operands: [Part]) -> String {
        var wanted: [ValueType] = []
        for signature in function.signatures {
            var binding = Binding()
            for (parameter, operand) in zip(signature.parameters[..<place], operands) {
                _ = binding.accepts(operand.type, for: parameter)
            }
            let type = binding.resolve(signature.parameters[place]).settled
            if !wanted.contains(type) { wanted.append(type) }
        }
        let words = wanted.map(\.inWords)
        let list =
            words.count < 2
            ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
        let operand = operands[place]
        var message = "'\(function.name)' takes \(list) here, not \(operand.type.inWords)"
        if wanted == [.string], operand.type.canBecomeText { message += "; write `string(\(text(of: operand)))`" }
        if function.name == "join", case .list(let item) = operand.type, item.canBecomeText {
            message += "; make texts of the items, `.map(x, string(x))`"
        }
        return message
    }
}

extension String {
    /// Whether it can stand behind a dot.
    fileprivate var isName: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first) else { return false }
        return utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }
    }
}

extension ValueType {
    fileprivate var canBecomeText: Bool {
        switch self {
        case .int, .uint, .double, .bool, .bytes, .timestamp, .duration: true
        default: false
        }
    }
}
