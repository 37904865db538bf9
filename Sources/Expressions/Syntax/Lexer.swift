/// Cuts the text of an expression into tokens, one call at a time.
struct Lexer {
    let bytes: [UInt8]
    /// Where the next token is looked for.
    private(set) var offset: Int

    init(_ bytes: [UInt8], from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    mutating func next() throws(SyntaxError) -> Token {
        skipSpace()
        guard let first = byte(0) else { return Token(kind: .end, range: offset..<offset) }
        switch first {
        case "'", "\"": return try string(prefix: 0)
        case "r", "R", "b", "B":
            if let prefix = stringPrefix() { return try string(prefix: prefix) }
            return name()
        case "a"..."z", "A"..."Z", "_": return name()
        case "0"..."9": return try number()
        case ".":
            if let digit = byte(1), digit.isDigit { return try number() }
            return symbol(.dot)
        case "`": return try quotedName()
        default: return try operation(first)
        }
    }

    private func byte(_ ahead: Int) -> UInt8? {
        offset + ahead < bytes.count ? bytes[offset + ahead] : nil
    }

    private mutating func skipSpace() {
        while let first = byte(0) {
            switch first {
            case " ", "\t", "\n", "\r", 0x0C: offset += 1
            case "/" where byte(1) == "/":
                while let inside = byte(0), inside != "\n" { offset += 1 }
            default: return
            }
        }
    }

    private mutating func symbol(_ symbol: Symbol) -> Token {
        take(symbol.rawValue.utf8.count, .symbol(symbol))
    }

    private mutating func take(_ count: Int, _ kind: Token.Kind) -> Token {
        let range = offset..<offset + count
        offset += count
        return Token(kind: kind, range: range)
    }

    private mutating func operation(_ first: UInt8) throws(SyntaxError) -> Token {
        if let second = byte(1), second < 0x80,
            let double = Symbol(rawValue: String(decoding: [first, second], as: UTF8.self))
        {
            return symbol(double)
        }
        if first < 0x80, let single = Symbol(rawValue: String(decoding: [first], as: UTF8.self)) {
            return symbol(single)
        }
        throw unknown(first)
    }

    private func unknown(_ first: UInt8) -> SyntaxError {
        let scalar = String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.first ?? " "
        let range = offset..<offset + String(scalar).utf8.count
        let message =
            switch scalar {
            case "=": "a single '=' compares nothing; write `==`"
            case "&": "a single '&' joins nothing; write `&&`"
            case "|": "a single '|' joins nothing; write `||`"
            case ";": "an expression has no ';' and is one value alone"
            case "$": "'$' has no meaning in an expression; write the name alone"
            case "“", "”", "„", "‘", "’", "‚", "«", "»":
                "texts stand between straight quotes, ' or \", not '\(scalar)'"
            case _ where scalar.properties.isAlphabetic:
                "names hold the letters a to z, digits and '_'; other fields are read as `input[\"\(scalar)…\"]`"
            default: "'\(scalar)' has no meaning in an expression"
            }
        return SyntaxError(message: message, range: range)
    }

    // MARK: Names

    private mutating func name() -> Token {
        var count = 0
        while let inside = byte(count), inside.isNamePart { count += 1 }
        let text = String(decoding: bytes[offset..<offset + count], as: UTF8.self)
        return take(count, .name(text))
    }

    private mutating func quotedName() throws(SyntaxError) -> Token {
        var count = 1
        while let inside = byte(count), inside != "`" {
            guard inside.isNamePart || inside == "-" || inside == "." || inside == "/" || inside == " " else {
                throw SyntaxError(
                    message: "a name between backticks holds letters a to z, digits, '_', '-', '.', '/' and spaces",
                    range: offset + count..<offset + count + 1)
            }
            count += 1
        }
        guard byte(count) == "`", count > 1 else {
            throw SyntaxError(message: "this name between backticks has no end", range: offset..<offset + 1)
        }
        let text = String(decoding: bytes[offset + 1..<offset + count], as: UTF8.self)
        return take(count + 1, .quotedName(text))
    }

    // MARK: Numbers

    private mutating func number() throws(SyntaxError) -> Token {
        if byte(0) == "0", byte(1) == "x" || byte(1) == "X" {
            return try whole(digits: 2, radix: 16)
        }
        var count = 0
        func digits() { while let digit = byte(count), digit.isDigit { count += 1 } }
        digits()
        var isDouble = false
        if byte(count) == ".", let digit = byte(count + 1), digit.isDigit {
            isDouble = true
            count += 1
            digits()
        }
        if byte(count) == "e" || byte(count) == "E" {
            let sign = byte(count + 1) == "+" || byte(count + 1) == "-" ? 1 : 0
            if let digit = byte(count + 1 + sign), digit.isDigit {
                isDouble = true
                count += 1 + sign
                digits()
            }
        }
        guard isDouble else { return try whole(digits: 0, radix: 10) }
        try checkEnd(of: count)
        guard let value = Double(String(decoding: bytes[offset..<offset + count], as: UTF8.self)) else {
            throw SyntaxError(message: "this is no number", range: offset..<offset + count)
        }
        return take(count, .double(value))
    }

    private mutating func whole(digits start: Int, radix: Int) throws(SyntaxError) -> Token {
        var count = start
        while let digit = byte(count), radix == 16 ? digit.isHexDigit : digit.isDigit { count += 1 }
        guard count > start else {
            throw SyntaxError(message: "'0x' is followed by the digits 0-9 and a-f", range: offset..<offset + count)
        }
        let text = String(decoding: bytes[offset + start..<offset + count], as: UTF8.self)
        guard let value = UInt64(text, radix: radix) else {
            throw SyntaxError(
                message: "\(text) is too large for an integer; write \(text).0 for a number",
                range: offset..<offset + count)
        }
        if byte(count) == "u" || byte(count) == "U" {
            try checkEnd(of: count + 1)
            return take(count + 1, .unsigned(value))
        }
        try checkEnd(of: count)
        return take(count, .whole(value))
    }

    /// A number that runs into a word is neither.
    private func checkEnd(of count: Int) throws(SyntaxError) {
        guard let next = byte(count), next.isNamePart else { return }
        var end = count
        while let inside = byte(end), inside.isNamePart { end += 1 }
        let text = String(decoding: bytes[offset..<offset + end], as: UTF8.self)
        throw SyntaxError(
            message: "'\(text)' is neither a number nor a name; a text needs quotes", range: offset..<offset + end)
    }

    // MARK: Texts

    /// How long the letters before a quote are, or nil where no text begins: `r`, `b`, `br` in either case.
    private func stringPrefix() -> Int? {
        var count = 0
        if byte(count)?.lowercased == "b" { count += 1 }
        if byte(count)?.lowercased == "r" { count += 1 }
        return byte(count) == "'" || byte(count) == "\"" ? count : nil
    }

    private mutating func string(prefix: Int) throws(SyntaxError) -> Token {
        let letters = bytes[offset..<offset + prefix].map(\.lowercased)
        var literal = StringLiteral(
            bytes: bytes, start: offset, quote: offset + prefix, isRaw: letters.contains { $0 == "r" },
            isBytes: letters.contains { $0 == "b" })
        let content = try literal.read()
        let kind: Token.Kind = literal.isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
        return take(literal.offset - offset, kind)
    }
}
