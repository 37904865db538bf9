import Values

/// What an expression says, before any name is looked up.
struct Syntax: Sendable {
    let kind: Kind
    /// In UTF-8 bytes of the text.
    let range: Range<Int>
    /// How many levels it is deep; bounded, so that no expression can exhaust the stack.
    let depth: Int

    indirect enum Kind: Sendable {
        case literal(Value)
        /// `isRooted`: written with a dot before it, which skips the variables of macros.
        case name(String, isRooted: Bool)
        case select(Syntax, Field)
        case index(Syntax, Syntax, isOptional: Bool)
        case call(Call)
        case list([Element])
        case map([Entry])
        case not(Syntax)
        case negative(Syntax)
        case binary(Operator, Syntax, Syntax)
        /// Two or more parts joined by the same `&&` or `||`.
        case all([Syntax])
        case any([Syntax])
        case choice(condition: Syntax, then: Syntax, otherwise: Syntax)
    }

    struct Field: Sendable {
        var name: String
        var range: Range<Int>
        /// Written `.?name`.
        var isOptional: Bool
    }

    struct Call: Sendable {
        var name: String
        var nameRange: Range<Int>
        var receiver: Syntax?
        var arguments: [Syntax]
    }

    struct Element: Sendable {
        var value: Syntax
        var isOptional: Bool
    }

    struct Entry: Sendable {
        var key: Syntax
        var value: Syntax
        var isOptional: Bool
    }

    enum Operator: String, Sendable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case modulo = "%"
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case `in`
    }
}

extension Syntax {
    /// `a.b.c` as its names, or nil for anything else; with whether a dot stands before it.
    var dottedName: (names: [String], isRooted: Bool)? {
        switch kind {
        case .name(let name, let isRooted): return ([name], isRooted)
        case .select(let operand, let field) where !field.isOptional:
            guard let (names, isRooted) = operand.dottedName else { return nil }
            return (names + [field.name], isRooted)
        default: return nil
        }
    }

    /// The name alone, such as the variable of a macro.
    var simpleName: String? {
        if case .name(let name, isRooted: false) = kind { name } else { nil }
    }
}
