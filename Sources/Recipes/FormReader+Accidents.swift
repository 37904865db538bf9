internal import Diagnostics
internal import YAMLNodes

extension FormReader {
    /// What YAML did to a text without a word; nil where a node is what its author meant.
    ///
    /// Some accidents are no YAML at all; ``SyntaxAccidents`` finds those.
    mutating func accident(of node: YAMLNode, as form: Form, at place: Place) -> Diagnostic? {
        guard node.alias == nil, let form = form.written else { return nil }
        let start = source.offset(of: node.start)
        let value = WrittenValue(from: start, inFlow: place.isInFlow, in: source)
        if node.tag != nil { return value.problem(.tag) }
        if let anchor = node.anchor, !anchor.isUsed, node.style == .plain, value.text.contains(" ") {
            return value.problem(.anchor)
        }
        switch node.content {
        case .mapping(let pairs):
            if value.text.hasPrefix("{{") { return value.problem(.template) }
            let isOneLine = node.span.start.line == node.span.end.line
            if node.isFlow, source.bytes[start] == UInt8(ascii: "{") { return isOneLine ? value.problem(.map) : nil }
            let isItem = node.isFlow || follows(start, UInt8(ascii: "-"))
            guard pairs.count == 1, isOneLine, isItem, pairs[0].key.style == .plain else { return nil }
            let colon = value.accident
            return colon == .ternary || colon == .colon ? value.problem(colon ?? .colon) : nil
        case .sequence:
            guard node.isFlow, node.span.start.line == node.span.end.line else { return nil }
            return value.problem(.list)
        case .scalar(let text, .plain):
            return cutText(text, value, as: form)
        case .scalar, .broken:
            return nil
        }
    }

    /// A plain text of which YAML took the end for something else.
    private mutating func cutText(_ text: LocatedText, _ value: WrittenValue, as form: Form) -> Diagnostic? {
        let isCode: Bool
        switch form {
        case .expression: isCode = true
        case .computed: isCode = text.text.offset(of: "{{") == nil
        default: isCode = false
        }
        let end = source.offset(of: text.span.end)
        if let sign = commentSign(after: end) {
            let isTight = sign + 1 < source.bytes.count && !source.bytes[sign + 1].isOne(of: " \t\n\r#!")
            let isCut = isCode ? !CELScan.isBalanced(text.text) || text.text.endsWithOperator : isTight
            if isCut || !text.text.hasBalancedBraces {
                let whole = value.withComment
                guard text.span.start.line == text.span.end.line else {
                    return .error(
                        "\(YAMLAccident.comment.words); put the whole value in quotes",
                        at: source.span(sign..<sign + 1))
                }
                var problem = whole.problem(.comment)
                if !isCode, isTight { problem.message += ", or put a space after '#' if a comment is meant" }
                return problem
            }
        }
        let isCut = isCode ? !CELScan.isBalanced(text.text) : !text.text.hasBalancedBraces
        guard value.isInFlow, isCut, value.range.upperBound > end, case .flowSign? = value.accident else { return nil }
        lost.append(end..<value.range.upperBound)
        return value.problem(.flowSign(Unicode.Scalar(source.bytes[end])))
    }

    /// The offset of the `#` of a comment that follows on the same line.
    private func commentSign(after end: Int) -> Int? {
        var at = end
        while at < source.bytes.count, source.bytes[at].isWhite { at += 1 }
        return at > end && at < source.bytes.count && source.bytes[at] == UInt8(ascii: "#") ? at : nil
    }

    /// Whether a sign stands before an offset on its line, blanks aside.
    private func follows(_ offset: Int, _ sign: UInt8) -> Bool {
        var at = offset - 1
        while at >= 0, source.bytes[at].isWhite { at -= 1 }
        return at >= 0 && source.bytes[at] == sign
    }

    /// `{because: names, dates and places}` is two keys to YAML, the second without a value.
    func restOfText(_ index: Int, of pairs: Pairs, in node: YAMLNode) -> Diagnostic? {
        guard node.isFlow, index > 0, pairs[index].value.scalar?.text.isEmpty == true,
            pairs[index].value.style == .plain, let before = pairs[index - 1].value.scalar,
            pairs[index - 1].value.style == .plain,
            !source.string(from: pairs[index].key.span.end).hasPrefix(":")
        else { return nil }
        let whole = "\(before.text), \(pairs[index].key.value)"
        return .error(
            "\(YAMLAccident.flowSign(",").words), so the text ends before '\(pairs[index].key.value)'; quote it: '\(whole)'",
            at: pairs[index].key.span)
    }
}

extension Form {
    /// The form of a text that stands here itself, without a list or map around it.
    fileprivate var written: Form? {
        switch self {
        case .text, .expression, .template, .computed: self
        default: nil
        }
    }
}

extension String {
    /// Whether an expression must go on behind this.
    fileprivate var endsWithOperator: Bool {
        utf8.last?.isOne(of: "=&|<>+-*/%?:,(.![{") ?? false
    }

    /// Whether every `{{` of a template has its `}}`.
    fileprivate var hasBalancedBraces: Bool {
        var open = 0
        var before: UInt8 = 0
        for byte in utf8 {
            if byte == UInt8(ascii: "{"), before == byte {
                open += 1
                before = 0
            } else if byte == UInt8(ascii: "}"), before == byte {
                open -= 1
                before = 0
            } else {
                before = byte
            }
        }
        return open <= 0
    }
}
