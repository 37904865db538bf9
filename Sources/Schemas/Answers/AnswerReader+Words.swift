internal import Diagnostics

extension AnswerReader {
    /// Reads `string <= 700 or null` and its like.
    mutating func readWord(_ text: LocatedText) -> AnswerType? {
        var words = Words(text)
        guard let first = words.next() else {
            problems.error("a type is missing; \(Self.known)", at: text.span)
            return nil
        }
        var type: AnswerType?
        if first.text == "quote", words.peek?.text == "(" {
            guard let field = readQuoted(&words, in: text) else { return nil }
            type = .quote(of: field, maxLength: nil)
        } else if let plain = Self.types[first.text] {
            type = plain
        } else {
            refuse(first.text, at: text.span(of: first.range), whole: text)
            return nil
        }
        if let sign = words.peek, ["<=", "<", ">", ">=", "=", "=="].contains(sign.text) {
            _ = words.next()
            guard let length = readLength(after: sign, of: first, &words, in: text) else { return nil }
            if case .quote(let field, _)? = type {
                type = .quote(of: field, maxLength: length)
            } else {
                type = .string(maxLength: length)
            }
        }
        guard let or = words.next() else { return type }
        if or.text == "or", let null = words.next(), null.text == "null" {
            guard let extra = words.next() else { return type.map { .nullable($0) } }
            problems.error("nothing can follow 'null' here", at: text.span(of: extra.range))
        } else if ["|", "?", "or", "null"].contains(or.text) {
            problems.error(
                "for what may be null write '\(first.text) or null'",
                at: text.span(of: or.range.lowerBound..<text.text.utf8.count))
        } else {
            problems.error(
                "'\(or.text)' cannot follow '\(first.text)'; write '\(first.text)' or '\(first.text) or null'",
                at: text.span(of: or.range))
        }
        return nil
    }

    /// The field between the brackets of `quote(input.text)`.
    private mutating func readQuoted(_ words: inout Words, in text: LocatedText) -> String? {
        guard context.quotes else {
            problems.error(
                "only an 'ask' can quote: its answer is compared with what the model was shown", at: text.span)
            return nil
        }
        guard let inside = words.bracketed() else {
            problems.error("'quote' names the field that the passage stands in: quote(input.text)", at: text.span)
            return nil
        }
        let field = text.slice(inside).text
        return field.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    private mutating func readLength(
        after sign: Words.Word, of type: Words.Word, _ words: inout Words, in text: LocatedText
    ) -> Int? {
        let bound = words.next()
        let place = text.span(of: sign.range.lowerBound..<(bound?.range ?? sign.range).upperBound)
        guard type.text == "string" || type.text == "quote" else {
            problems.error(
                "only a string is bounded here; write '\(type.text)', and a rule under `expect` for the rest",
                at: place)
            return nil
        }
        guard sign.text == "<=" else {
            problems.error("a string is bounded with '<=', such as 'string <= 700'", at: place)
            return nil
        }
        guard let bound, let length = Int(bound.text), length > 0 else {
            problems.error("a length is a whole number from 1 on, such as 'string <= 700'", at: place)
            return nil
        }
        return length
    }

    private static let types: [String: AnswerType] = [
        "string": .string(maxLength: nil), "integer": .integer, "number": .number, "boolean": .boolean, "date": .date,
        "timestamp": .timestamp,
    ]

    private static let names = ["string", "integer", "number", "boolean", "date", "timestamp"]
    private static let known = "known are \(names.joined(separator: ", ")), [type], {one of: […]} and nested fields"

    /// What other notations call the types, and what is written here instead.
    private static let elsewhere = [
        "int": "integer", "long": "integer", "whole": "integer", "float": "number", "double": "number",
        "decimal": "number", "num": "number", "real": "number", "str": "string", "text": "string", "char": "string",
        "bool": "boolean", "flag": "boolean", "datetime": "timestamp", "time": "timestamp", "day": "date",
        "enum": "{one of: […]}", "choice": "{one of: […]}", "one": "{one of: […]}", "list": "[string]",
        "array": "[string]", "object": "nested fields such as {name: string}",
        "map": "nested fields such as {name: string}",
        "null": "string or null", "nullable": "string or null",
    ]

    private mutating func refuse(_ name: String, at span: SourceSpan, whole: LocatedText) {
        if let other = Self.elsewhere[name.lowercased()] {
            problems.error("no type is called '\(name)'; write \(other)", at: span)
        } else if let near = nearestName(to: name, among: Self.names + ["quote"]) {
            problems.error("no type is called '\(name)'; did you mean '\(near)'?", at: span)
        } else {
            problems.error("no type is called '\(name)'; \(Self.known)", at: span)
        }
    }
}

/// The words and signs of a scalar, each with its place in UTF-8 bytes.
private struct Words {
    struct Word {
        var text: String
        var range: Range<Int>
    }

    private let bytes: [UInt8]
    private var offset = 0

    init(_ text: LocatedText) {
        bytes = Array(text.text.utf8)
    }

    var peek: Word? {
        var copy = self
        return copy.next()
    }

    mutating func next() -> Word? {
        while offset < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[offset]) { offset += 1 }
        guard offset < bytes.count else { return nil }
        let start = offset
        if isWordByte(bytes[offset]) {
            while offset < bytes.count, isWordByte(bytes[offset]) { offset += 1 }
        } else {
            offset += 1
            if offset < bytes.count, bytes[offset] == UInt8(ascii: "="), "<>=!".utf8.contains(bytes[start]) {
                offset += 1
            }
        }
        return Word(text: String(decoding: bytes[start..<offset], as: UTF8.self), range: start..<offset)
    }

    /// Goes behind a bracket that opens here.
    ///
    /// - Returns: what stands in it; nil where it is empty or never closed.
    mutating func bracketed() -> Range<Int>? {
        guard let open = next(), open.text == "(" else { return nil }
        var depth = 1
        var at = offset
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "(") { depth += 1 }
            if bytes[at] == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0 {
                defer { offset = at + 1 }
                let inside = open.range.upperBound..<at
                return bytes[inside].contains { $0 > 0x20 } ? inside : nil
            }
            at += 1
        }
        return nil
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80
    }
}
