import Values

/// Reads the text of one expression into its syntax, by CEL's grammar and order of operations.
struct Parser {
    /// The most levels that an expression may be deep, operators and parentheses counted.
    static let depthBound = 128
    /// The most parentheses, brackets, braces and choices that may stand inside of each other.
    static let nestingBound = 64
    /// The longest expression, in bytes.
    static let lengthBound = 65_536

    private var lexer: Lexer
    private(set) var token: Token
    /// How many expressions the current one stands inside of.
    private var level = 0

    /// Reads the whole text as one expression.
    static func parse(_ text: String) throws(SyntaxError) -> Syntax {
        var parser = try Parser(Array(text.utf8), from: 0)
        let syntax = try parser.expression()
        guard parser.token.kind == .end else { throw parser.unexpected(after: syntax) }
        return syntax
    }

    /// Reads an expression inside of a template, from an offset up to its `}}`; also gives the offset behind that.
    static func parse(_ bytes: [UInt8], from offset: Int) throws(SyntaxError) -> (Syntax, end: Int) {
        var parser = try Parser(bytes, from: offset)
        let syntax = try parser.expression()
        let end = parser.token.range.upperBound
        guard parser.token.kind == .symbol(.closeBrace), end < bytes.count, bytes[end] == "}" else {
            if parser.token.kind == .end {
                throw SyntaxError(
                    message: "this `{{` has no closing `}}`", range: offset - 2..<offset)
            }
            throw parser.unexpected(after: syntax)
        }
        return (syntax, end + 1)
    }

    private init(_ bytes: [UInt8], from offset: Int) throws(SyntaxError) {
        lexer = Lexer(bytes, from: offset)
        token = try lexer.next()
    }

    // MARK: Operations

    private mutating func expression() throws(SyntaxError) -> Syntax {
        level += 1
        defer { level -= 1 }
        if level > Self.nestingBound { throw tooDeep(token.range) }
        let condition = try joined(.or)
        guard try take(.question) else { return condition }
        let then = try joined(.or)
        guard try take(.colon) else { throw expected("the `:` of `condition ? this : that`") }
        let otherwise = try expression()
        return try make(.choice(condition: condition, then: then, otherwise: otherwise), condition, then, otherwise)
    }

    /// Parts joined by `||`, or by `&&`, which binds more tightly.
    private mutating func joined(_ symbol: Symbol) throws(SyntaxError) -> Syntax {
        func part() throws(SyntaxError) -> Syntax { symbol == .or ? try joined(.and) : try binary(0) }
        var parts = [try part()]
        while try take(symbol) { parts.append(try part()) }
        if parts.count == 1 { return parts[0] }
        let depth = 1 + (parts.map(\.depth).max() ?? 0)
        let range = parts[0].range.lowerBound..<parts[parts.count - 1].range.upperBound
        return try make(symbol == .or ? .any(parts) : .all(parts), range: range, depth: depth)
    }

    /// Comparisons, sums and products; `minimum` is how tightly an operator has to bind to belong here.
    private mutating func binary(_ minimum: Int) throws(SyntaxError) -> Syntax {
        var left = try unary()
        while let (operation, tightness) = operation, tightness >= minimum {
            try advance()
            let right = try binary(tightness + 1)
            left = try make(.binary(operation, left, right), left, right)
        }
        return left
    }

    private var operation: (Syntax.Operator, tightness: Int)? {
        switch token.kind {
        case .name("in"): (.in, 0)
        case .symbol(.equal): (.equal, 0)
        case .symbol(.unequal): (.unequal, 0)
        case .symbol(.less): (.less, 0)
        case .symbol(.lessOrEqual): (.lessOrEqual, 0)
        case .symbol(.greater): (.greater, 0)
        case .symbol(.greaterOrEqual): (.greaterOrEqual, 0)
        case .symbol(.plus): (.add, 1)
        case .symbol(.minus): (.subtract, 1)
        case .symbol(.times): (.multiply, 2)
        case .symbol(.over): (.divide, 2)
        case .symbol(.modulo): (.modulo, 2)
        default: nil
        }
    }

    private mutating func unary() throws(SyntaxError) -> Syntax {
        var signs: [Token] = []
        while token.kind == .symbol(.not) || token.kind == .symbol(.minus) {
            if signs.count >= Self.depthBound { throw tooDeep(token.range) }
            signs.append(token)
            try advance()
        }
        // The sign belongs to the literal: without it the smallest integer could not be written.
        var operand: Syntax
        if signs.last?.kind == .symbol(.minus), let literal = try negativeLiteral(from: signs[signs.count - 1]) {
            signs.removeLast()
            operand = try member(of: literal)
        } else {
            operand = try member(of: try primary())
        }
        for sign in signs.reversed() {
            let range = sign.range.lowerBound..<operand.range.upperBound
            let kind: Syntax.Kind = sign.kind == .symbol(.not) ? .not(operand) : .negative(operand)
            operand = try make(kind, range: range, depth: operand.depth + 1)
        }
        return operand
    }

    private mutating func negativeLiteral(from sign: Token) throws(SyntaxError) -> Syntax? {
        let range = sign.range.lowerBound..<token.range.upperBound
        switch token.kind {
        case .whole(let magnitude):
            guard magnitude <= Int64.min.magnitude else { throw tooLarge(range) }
            try advance()
            return try make(.literal(.int(Int64(truncatingIfNeeded: 0 &- magnitude))), range: range, depth: 1)
        case .double(let number):
            try advance()
            return try make(.literal(.double(-number)), range: range, depth: 1)
        default: return nil
        }
    }

    // MARK: Fields, indices, calls

    private mutating func member(of operand: Syntax) throws(SyntaxError) -> Syntax {
        var operand = operand
        while true {
            if try take(.dot) {
                operand = try field(of: operand)
            } else if try take(.openBracket) {
                let isOptional = try take(.question)
                let index = try expression()
                let end = token.range.upperBound
                guard try take(.closeBracket) else { throw expected("the `]` of this index") }
                operand = try make(
                    .index(operand, index, isOptional: isOptional), range: operand.range.lowerBound..<end,
                    depth: 1 + max(operand.depth, index.depth))
            } else {
                return operand
            }
        }
    }

    private mutating func field(of operand: Syntax) throws(SyntaxError) -> Syntax {
        let isOptional = try take(.question)
        let nameToken = token
        let name: String
        switch token.kind {
        case .name(let text), .quotedName(let text): name = text
        default: throw expected("the name of a field after the dot")
        }
        if case .name = token.kind, Words.fixed.contains(name) {
            throw SyntaxError(
                message: "'\(name)' has a meaning of its own; read the field as [\"\(name)\"]", range: token.range)
        }
        try advance()
        if !isOptional, case .name = nameToken.kind, token.kind == .symbol(.openParenthesis) {
            return try call(name, nameToken.range, receiver: operand)
        }
        let field = Syntax.Field(name: name, range: nameToken.range, isOptional: isOptional)
        return try make(
            .select(operand, field), range: operand.range.lowerBound..<nameToken.range.upperBound,
            depth: operand.depth + 1)
    }

    private mutating func call(_ name: String, _ nameRange: Range<Int>, receiver: Syntax?) throws(SyntaxError)
        -> Syntax
    {
        let open = token.range
        try advance()
        let arguments = try items(until: .closeParenthesis) { parser throws(SyntaxError) in try parser.expression() }
        let end = token.range.upperBound
        guard try take(.closeParenthesis) else { throw unclosed("(", at: open) }
        let call = Syntax.Call(name: name, nameRange: nameRange, receiver: receiver, arguments: arguments)
        let depth = 1 + max(receiver?.depth ?? 0, arguments.map(\.depth).max() ?? 0)
        let start = receiver?.range.lowerBound ?? nameRange.lowerBound
        return try make(.call(call), range: start..<end, depth: depth)
    }

    // MARK: Values

    private mutating func primary() throws(SyntaxError) -> Syntax {
        let first = token
        switch first.kind {
        case .whole(let magnitude):
            guard let number = Int64(exactly: magnitude) else { throw tooLarge(first.range) }
            return try literal(.int(number))
        case .unsigned(let number): return try literal(.uint(number))
        case .double(let number): return try literal(.double(number))
        case .string(let text): return try literal(.string(text))
        case .bytes(let bytes): return try literal(.bytes(bytes))
        case .name("true"): return try literal(.bool(true))
        case .name("false"): return try literal(.bool(false))
        case .name("null"): return try literal(.null)
        case .name, .symbol(.dot): return try name()
        case .symbol(.openParenthesis):
            try advance()
            let inner = try expression()
            let end = token.range.upperBound
            guard try take(.closeParenthesis) else { throw unclosed("(", at: first.range) }
            return try make(inner.kind, range: first.range.lowerBound..<end, depth: inner.depth)
        case .symbol(.openBracket): return try list()
        case .symbol(.openBrace): return try map()
        default: throw expected("a value")
        }
    }

    private mutating func literal(_ value: Value) throws(SyntaxError) -> Syntax {
        let range = token.range
        try advance()
        return try make(.literal(value), range: range, depth: 1)
    }

    private mutating func name() throws(SyntaxError) -> Syntax {
        let start = token.range.lowerBound
        let isRooted = try take(.dot)
        guard case .name(let name) = token.kind else { throw expected("a name after the dot") }
        let range = start..<token.range.upperBound
        if Words.reserved.contains(name) || Words.fixed.contains(name) {
            throw SyntaxError(message: "'\(name)' is a reserved word and cannot be a name", range: token.range)
        }
        try advance()
        if token.kind == .symbol(.openParenthesis) { return try call(name, range, receiver: nil) }
        return try make(.name(name, isRooted: isRooted), range: range, depth: 1)
    }

    private mutating func list() throws(SyntaxError) -> Syntax {
        let open = token.range
        try advance()
        let elements = try items(until: .closeBracket) { parser throws(SyntaxError) in
            let isOptional = try parser.take(.question)
            return Syntax.Element(value: try parser.expression(), isOptional: isOptional)
        }
        let end = token.range.upperBound
        guard try take(.closeBracket) else { throw unclosed("[", at: open) }
        let depth = 1 + (elements.map(\.value.depth).max() ?? 0)
        return try make(.list(elements), range: open.lowerBound..<end, depth: depth)
    }

    private mutating func map() throws(SyntaxError) -> Syntax {
        let open = token.range
        try advance()
        if token.kind == .symbol(.openBrace) {
            throw SyntaxError(
                message: "an expression stands here without `{{` and `}}`",
                range: open.lowerBound..<token.range.upperBound)
        }
        let entries = try items(until: .closeBrace) { parser throws(SyntaxError) in
            let isOptional = try parser.take(.question)
            let key = try parser.expression()
            guard try parser.take(.colon) else { throw parser.expected("the `:` between a key and its value") }
            return Syntax.Entry(key: key, value: try parser.expression(), isOptional: isOptional)
        }
        let end = token.range.upperBound
        guard try take(.closeBrace) else { throw unclosed("{", at: open) }
        let depth = 1 + (entries.map { max($0.key.depth, $0.value.depth) }.max() ?? 0)
        return try make(.map(entries), range: open.lowerBound..<end, depth: depth)
    }

    /// Items between commas; one comma may stand behind the last.
    private mutating func items<Item>(
        until close: Symbol, _ item: (inout Parser) throws(SyntaxError) -> Item
    ) throws(SyntaxError) -> [Item] {
        var items: [Item] = []
        while token.kind != .symbol(close), token.kind != .end {
            items.append(try item(&self))
            guard try take(.comma) else { break }
        }
        return items
    }

    // MARK: Tokens

    func text(of range: Range<Int>) -> String { String(decoding: lexer.bytes[range], as: UTF8.self) }

    private mutating func advance() throws(SyntaxError) { token = try lexer.next() }

    private mutating func take(_ symbol: Symbol) throws(SyntaxError) -> Bool {
        guard token.kind == .symbol(symbol) else { return false }
        try advance()
        return true
    }

    private func make(_ kind: Syntax.Kind, _ parts: Syntax...) throws(SyntaxError) -> Syntax {
        let range = parts[0].range.lowerBound..<parts[parts.count - 1].range.upperBound
        return try make(kind, range: range, depth: 1 + (parts.map(\.depth).max() ?? 0))
    }

    private func make(_ kind: Syntax.Kind, range: Range<Int>, depth: Int) throws(SyntaxError) -> Syntax {
        if depth > Self.depthBound { throw tooDeep(range) }
        return Syntax(kind: kind, range: range, depth: depth)
    }
}
