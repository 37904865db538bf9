// What is said of a text that is no expression.

extension Parser {
    func tooDeep(_ range: Range<Int>) -> SyntaxError {
        SyntaxError(
            message: """
                this expression is too deep, more than \(Self.nestingBound) parentheses or \(Self.depthBound) operators inside \
                each other; take it apart in a `set` step
                """,
            range: range)
    }

    func tooLarge(_ range: Range<Int>) -> SyntaxError {
        SyntaxError(
            message: "this is beyond the largest integer, \(Int64.max); write it with `.0` for a number", range: range)
    }

    func unclosed(_ open: String, at range: Range<Int>) -> SyntaxError {
        if token.kind == .end {
            return SyntaxError(message: "this '\(open)' is never closed", range: range)
        }
        return expected("`,` or the end of this '\(open)'")
    }

    func expected(_ what: String) -> SyntaxError {
        guard token.kind != .end else {
            return SyntaxError(message: "the expression ends where \(what) is expected", range: token.range)
        }
        return SyntaxError(message: "expected \(what), not '\(shown)'", range: token.range)
    }

    /// A whole expression was read, and something follows.
    func unexpected(after syntax: Syntax) -> SyntaxError {
        let mend: String? =
            switch token.kind {
            case .name("and"): "'and' is written `&&`"
            case .name("or"): "'or' is written `||`"
            case .name("is"): "'is' is written `==`"
            case .name("not"): "'not' is written `!`"
            case .symbol(.openBrace) where syntax.dottedName != nil:
                "messages are not known here; write a map, {\"field\": value}"
            case .symbol(.closeParenthesis), .symbol(.closeBracket), .symbol(.closeBrace): "nothing opens it"
            case .name, .whole, .double, .string:
                "a text needs quotes, and two values an operator between them"
            default: nil
            }
        return SyntaxError(
            message: "'\(shown)' cannot follow here" + (mend.map { "; \($0)" } ?? ""), range: token.range)
    }

    private var shown: String { text(of: token.range) }
}
