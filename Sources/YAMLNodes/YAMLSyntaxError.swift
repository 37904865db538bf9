package import Diagnostics

/// Why a text is not YAML.
package struct YAMLSyntaxError: Error, Sendable {
    /// In words for the recipe's author, at the place nearest the cause.
    package var diagnostic: Diagnostic
    /// libyaml's own words and where it gave up; nil for what was found before libyaml.
    package var scanner: Scanner?

    package struct Scanner: Sendable {
        /// Such as `could not find expected ':'`.
        package var problem: String
        package var problemOffset: Int
        /// Such as `while scanning a simple key`.
        package var context: String?
        package var contextOffset: Int
    }

    init(_ message: String, at span: SourceSpan) {
        diagnostic = .error(message, at: span)
    }

    init(problem: String, at problemOffset: Int, context: String?, contextAt contextOffset: Int, in source: SourceText)
    {
        let scanner = Scanner(
            problem: problem, problemOffset: problemOffset, context: context, contextOffset: contextOffset)
        self.scanner = scanner
        diagnostic = Explanation(scanner, in: source).diagnostic
    }
}

/// libyaml's words made helpful.
private struct Explanation {
    let scanner: YAMLSyntaxError.Scanner
    let source: SourceText

    init(_ scanner: YAMLSyntaxError.Scanner, in source: SourceText) {
        self.scanner = scanner
        self.source = source
    }

    var diagnostic: Diagnostic {
        let context = scanner.context ?? ""
        switch scanner.problem {
        case "found unexpected end of stream", "found unexpected document indicator":
            return atContext(
                "the text that starts with this quote never ends; close it with \(character(context: true))")
        case "could not find expected ':'":
            return missingColon
        case "found character that cannot start any token":
            return strayCharacter
        case "mapping values are not allowed in this context":
            return atProblem(
                "a second ': ' cannot stand here; quote the text that holds it, or mend the indentation of this line")
        case "block sequence entries are not allowed in this context":
            return atProblem("a list starts on a line of its own: put '- ' on the next line, indented")
        case "did not find expected key":
            return unexpected(wanted: "the next key", of: "map", close: "}")
        case "did not find expected '-' indicator":
            return unexpected(wanted: "'- ' and the next item", of: "list", close: "]")
        case "did not find expected ',' or ']'":
            return unclosed("list", close: "]")
        case "did not find expected ',' or '}'":
            return unclosed("map", close: "}")
        case "did not find expected alphabetic or numeric character":
            let mark = character(context: true)
            let meaning = mark == "'*'" ? "an alias" : "an anchor"
            return atContext(
                "\(mark) starts \(meaning) of YAML, and no name follows; quote the text that starts with it")
        case "found undefined tag handle", "did not find expected '!'", "did not find expected tag URI",
            "did not find the expected '>'":
            return atContext("'!' starts a tag of YAML; quote the text that starts with it")
        case "did not find expected comment or line break" where context == "while scanning a block scalar":
            return atContext(
                "after \(character(context: true)) the text starts on the next line, indented; quote a text that starts with it"
            )
        case "did not find expected whitespace or line break" where context == "while scanning a tag":
            return atContext("'!' starts a tag of YAML; quote the text that starts with it")
        case "found unknown escape character":
            return atProblem(
                "'\(source.string(escape))' is no escape in double quotes; write '\\' twice, or use single quotes, in which it is plain",
                length: escape.count)
        case "did not find expected hexdecimal number", "found invalid Unicode character escape code":
            return atProblem("this escape names no character")
        case "found a tab character that violates indentation",
            "found a tab character where an indentation space is expected":
            return atProblem("a tab cannot indent in YAML; use spaces")
        case "did not find expected node content":
            return atProblem("a value is missing before this, or the text that starts with it must be quoted")
        case "did not find expected <document start>":
            return atProblem("nothing may follow the end of the document; mend the indentation of this line")
        case "found incompatible YAML document":
            return atProblem("only %YAML 1.1 and 1.2 can be read")
        default:
            let words = context.isEmpty ? scanner.problem : "\(context), \(scanner.problem)"
            return context.isEmpty || scanner.contextOffset == 0 ? atProblem(words) : atContext(words)
        }
    }

    private func atContext(_ message: String, length: Int = 1) -> Diagnostic {
        .error(message, at: span(scanner.contextOffset, length: length))
    }

    private func atProblem(_ message: String, length: Int = 1) -> Diagnostic {
        .error(message, at: span(scanner.problemOffset, length: length))
    }

    private func span(_ offset: Int, length: Int) -> SourceSpan {
        let start = source.position(at: offset)
        return SourceSpan(
            file: source.file, start: start, end: SourcePosition(line: start.line, column: start.column + length))
    }

    private func character(context: Bool) -> String {
        let offset = context ? scanner.contextOffset : scanner.problemOffset
        guard offset < source.bytes.count else { return "the end of the file" }
        var end = offset + 1
        while end < source.bytes.count, source.bytes[end] & 0xC0 == 0x80 { end += 1 }
        let text = source.string(offset..<end)
        return text == "'" ? "\"'\"" : "'\(text)'"
    }

    private var escape: Range<Int> {
        var end = min(scanner.problemOffset + 2, source.bytes.count)
        while end < source.bytes.count, source.bytes[end] & 0xC0 == 0x80 { end += 1 }
        return scanner.problemOffset..<end
    }

    /// The rest of the line from an offset on, without blanks at its end.
    private func restOfLine(from offset: Int) -> String {
        let line = source.lineRange(source.position(at: offset).line)
        var end = line.upperBound
        while end > offset, source.bytes[end - 1].isBlank { end -= 1 }
        return source.string(min(offset, end)..<end)
    }

    private var missingColon: Diagnostic {
        let rest = restOfLine(from: scanner.contextOffset)
        if let colon = rest.firstIndex(of: ":"), !rest.hasPrefix("\"") && !rest.hasPrefix("'") {
            let key = rest[..<colon]
            return atContext(
                "a key ends with ': '; put a space after the colon of '\(key):'", length: rest.unicodeScalars.count)
        }
        return atContext(
            "there is neither a key with ': ' nor the rest of a value here; mend the indentation, or quote the value",
            length: rest.unicodeScalars.count)
    }

    private var strayCharacter: Diagnostic {
        guard scanner.problemOffset < source.bytes.count, source.bytes[scanner.problemOffset] != .tab else {
            return atProblem("a tab cannot indent in YAML; use spaces")
        }
        return atProblem("a text cannot start with \(character(context: false)) in YAML; quote it")
    }

    private func unexpected(wanted: String, of collection: String, close: String) -> Diagnostic {
        let line = source.position(at: scanner.contextOffset).line
        return atProblem("\(wanted) was expected here; mend the indentation, or quote the value that ends before this")
            .noting("the \(collection) starts on line \(line)", at: span(scanner.contextOffset, length: 1))
    }

    private func unclosed(_ collection: String, close: String) -> Diagnostic {
        guard scanner.problemOffset < source.bytes.count else {
            return atContext("the \(collection) that starts here never ends; close it with '\(close)'")
        }
        return atProblem("',' or '\(close)' was expected here; close the \(collection), or quote the text before this")
            .noting("the \(collection) starts here", at: span(scanner.contextOffset, length: 1))
    }
}
