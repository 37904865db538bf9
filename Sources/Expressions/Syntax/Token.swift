/// One word of an expression and where it stands, in UTF-8 bytes of the text.
struct Token: Sendable {
    enum Kind: Sendable, Equatable {
        case name(String)
        /// A field's name between backticks, which may hold `-`, `.`, `/` and spaces.
        case quotedName(String)
        /// A whole number without its sign, so that the smallest integer can be written.
        case whole(UInt64)
        case unsigned(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case symbol(Symbol)
        case end
    }

    var kind: Kind
    var range: Range<Int>
}

enum Symbol: String, Sendable {
    case openParenthesis = "("
    case closeParenthesis = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case dot = "."
    case comma = ","
    case colon = ":"
    case question = "?"
    case plus = "+"
    case minus = "-"
    case times = "*"
    case over = "/"
    case modulo = "%"
    case not = "!"
    case and = "&&"
    case or = "||"
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

/// Why a text is no expression.
struct SyntaxError: Error {
    var message: String
    var range: Range<Int>
}

enum Words {
    /// Cannot name anything in an expression; after a dot they are fields like others.
    static let reserved: Set<String> = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    ]
    /// Have a meaning of their own everywhere.
    static let fixed: Set<String> = ["true", "false", "null", "in"]
}
