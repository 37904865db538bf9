internal import Values

/// The way into a value, written as an expression would reach it: `people[3].name`.
///
/// Built from the inside out, so that a value without mistakes costs no text.
enum AnswerPath {
    static func field(_ name: String, then rest: String = "") -> String {
        let own = isIdentifier(name) ? name : "[\(JSON.text(of: .string(name)))]"
        return rest.isEmpty || rest.hasPrefix("[") ? own + rest : "\(own).\(rest)"
    }

    static func item(_ index: Int, then rest: String = "") -> String {
        join("[\(index)]", rest)
    }

    /// Every item of a list.
    static func anyItem(then rest: String = "") -> String {
        join("[]", rest)
    }

    /// A name that nobody declared, as much of it as a message can hold.
    static func cut(_ name: String) -> String {
        guard name.utf8.count > 40, name.unicodeScalars.count > 40 else { return name }
        return String(String.UnicodeScalarView(name.unicodeScalars.prefix(39))) + "…"
    }

    private static func join(_ own: String, _ rest: String) -> String {
        rest.isEmpty || rest.hasPrefix("[") ? own + rest : "\(own).\(rest)"
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }
}
