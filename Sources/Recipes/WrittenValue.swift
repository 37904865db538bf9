internal import Diagnostics
internal import YAMLNodes

/// A value as it stands on its line, read as the author meant it rather than as YAML takes it.
///
/// CEL's quotes and brackets hold it together: in `{rule: a.join(", "), because: x}` the first value is `a.join(", ")`.
struct WrittenValue {
    let source: SourceText
    /// From the value's first character up to, not including, what ends it.
    let range: Range<Int>
    let isInFlow: Bool
    /// Where a comment starts behind it, if there is one.
    private(set) var comment: Int?

    init(from start: Int, inFlow: Bool, in source: SourceText) {
        self.source = source
        isInFlow = inFlow
        let line = source.lineRange(source.position(at: start).line)
        var scan = CELScan()
        var end = start
        var at = start
        while at < line.upperBound {
            let byte = source.bytes[at]
            if byte == UInt8(ascii: "#"), at > start, source.bytes[at - 1].isWhite, !scan.isInText {
                comment = at
                break
            }
            if inFlow, scan.isFree, byte.isOne(of: ",}]") { break }
            scan.take(byte)
            at += 1
            if !byte.isWhite { end = at }
        }
        range = start..<end
    }

    /// The same with what YAML took for a comment.
    private init(_ value: WrittenValue, through end: Int) {
        (source, isInFlow, range) = (value.source, value.isInFlow, value.range.lowerBound..<end)
    }

    var withComment: WrittenValue {
        var end = source.lineRange(source.position(at: range.lowerBound).line).upperBound
        while end > range.upperBound, source.bytes[end - 1].isWhite { end -= 1 }
        return WrittenValue(self, through: end)
    }

    var text: String { source.string(range) }
    var span: SourceSpan { source.span(range) }

    /// How it must be written so that YAML takes it as one text.
    var quoted: String {
        if !text.contains("'") { return "'\(text)'" }
        if !text.contains("\""), !text.contains("\\") { return "\"\(text)\"" }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }

    /// What YAML does to it; nil where it reads it as meant.
    var accident: YAMLAccident? {
        let bytes = Array(source.bytes[range])
        guard let first = bytes.first else { return nil }
        switch first {
        case UInt8(ascii: "!"): return .tag
        case UInt8(ascii: "*"): return .alias
        case UInt8(ascii: "&"): return .anchor
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"): return .stray(text.unicodeScalars.first ?? " ")
        case UInt8(ascii: "{") where bytes.count > 1 && bytes[1] == UInt8(ascii: "{"): return .template
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard CELScan.bracketEnd(bytes) < bytes.count else { return nil }
            return first == UInt8(ascii: "{") ? .map : .list
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            guard let end = CELScan.yamlQuoteEnd(bytes), end < bytes.count else { return nil }
            return .quote
        case UInt8(ascii: "|"), UInt8(ascii: ">"): return nil
        default: break
        }
        if let colon = text.offset(of: ": ") ?? (bytes.last == UInt8(ascii: ":") ? bytes.count - 1 : nil) {
            let before = String(decoding: bytes[..<colon], as: UTF8.self)
            return before.offset(of: " ? ") == nil ? .colon : .ternary
        }
        if text.offset(of: " #") != nil { return .comment }
        if isInFlow, let sign = bytes.first(where: { $0.isOne(of: ",[]{}") }) {
            return .flowSign(Unicode.Scalar(sign))
        }
        return nil
    }

    /// The problem that an accident is, with the quoted form as its mend.
    func problem(_ accident: YAMLAccident) -> Diagnostic {
        guard mayBeSecret else { return .error("\(accident.words); quote it: \(quoted)", at: span) }
        return Diagnostic.error("\(accident.words); quote it", at: span).hidingLine()
    }

    /// Whether it is better not shown. What starts with `{{` only names what it reads.
    private var mayBeSecret: Bool {
        !text.hasPrefix("{{") && SecretWords.mayStand(onLine: span.start.line, of: source)
    }
}

/// What YAML makes of a text that is not quoted.
enum YAMLAccident: Equatable {
    case tag, alias, anchor, map, list, template, quote, colon, ternary, comment
    case flowSign(Unicode.Scalar)
    case stray(Unicode.Scalar)

    /// Whether YAML never takes such a text as it was meant, wherever it stands: a lone `*name` may be an alias.
    var isCertain: Bool {
        switch self {
        case .tag, .alias, .anchor, .comment: false
        default: true
        }
    }

    var words: String {
        switch self {
        case .tag: "YAML takes '!' at the start of a value for a tag"
        case .alias: "YAML takes '*' at the start of a value for an alias"
        case .anchor: "YAML takes '&' at the start of a value for an anchor"
        case .map: "YAML takes '{' at the start of a value for a map"
        case .list: "YAML takes '[' at the start of a value for a list"
        case .template: "YAML takes '{{' at the start of a value for a map"
        case .quote: "YAML ends a value that starts with a quote at the next one"
        case .colon: "YAML takes ': ' in a value for a key and its value"
        case .ternary: "YAML takes the ': ' of '? :' for a key and its value"
        case .comment: "YAML takes ' #' in a value for the start of a comment"
        case .flowSign(let sign): "YAML takes '\(sign)' in a value inside { } or [ ] for its own"
        case .stray(let sign): "YAML lets no value start with '\(sign)'"
        }
    }
}

/// Follows CEL's quotes and brackets through a text, byte by byte.
struct CELScan {
    private var quote: UInt8?
    private var isEscaped = false
    /// The last two bytes, to tell the apostrophe of `it's` from a quote, and `r'…'` from both.
    private var before: (UInt8, UInt8) = (0, 0)
    private(set) var depth = 0
    /// Whether a bracket closed that none opened.
    private(set) var isBroken = false

    var isInText: Bool { quote != nil }
    /// Outside all quotes and brackets.
    var isFree: Bool { quote == nil && depth == 0 }

    mutating func take(_ byte: UInt8) {
        defer { before = (before.1, byte) }
        if let open = quote {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == open {
                quote = nil
            }
        } else if byte.isOne(of: "'\"") {
            let isPrefixed = before.1.isOne(of: "rRbB") && !before.0.isNameByte
            if isPrefixed || !before.1.isNameByte { quote = byte }
        } else if byte.isOne(of: "([{") {
            depth += 1
        } else if byte.isOne(of: ")]}") {
            depth -= 1
            if depth < 0 { isBroken = true }
        }
    }

    /// Whether every quote and bracket of a text is closed.
    static func isBalanced(_ text: String) -> Bool {
        var scan = CELScan()
        for byte in text.utf8 { scan.take(byte) }
        return scan.isFree && !scan.isBroken
    }

    /// The offset behind the bracket that closes the first one; the end where none does.
    static func bracketEnd(_ bytes: [UInt8]) -> Int {
        var scan = CELScan()
        for (offset, byte) in bytes.enumerated() {
            scan.take(byte)
            if scan.isFree { return offset + 1 }
        }
        return bytes.count
    }

    /// The offset behind the quote that ends, in YAML, the quoted text at the start; nil where none does.
    static func yamlQuoteEnd(_ bytes: [UInt8]) -> Int? {
        guard let quote = bytes.first else { return nil }
        var at = 1
        while at < bytes.count {
            if quote == UInt8(ascii: "\""), bytes[at] == UInt8(ascii: "\\") {
                at += 2
            } else if bytes[at] != quote {
                at += 1
            } else if quote == UInt8(ascii: "'"), at + 1 < bytes.count, bytes[at + 1] == quote {
                at += 2
            } else {
                return at + 1
            }
        }
        return nil
    }
}

extension UInt8 {
    var isWhite: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    func isOne(of signs: StaticString) -> Bool {
        signs.withUTF8Buffer { $0.contains(self) }
    }
}
