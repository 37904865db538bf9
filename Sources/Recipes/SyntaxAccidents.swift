internal import Diagnostics
internal import YAMLNodes

/// Reads a recipe's text into nodes, also where YAML's notation got in the way of an expression.
///
/// `rule: "a" in input.tags` is no YAML, and libyaml stops there. Here such a value is reported, harmless characters are
/// put in its place, as many, so that every other place stays right, and the text is read again: the rest of the recipe
/// is checked in the same pass.
struct SyntaxAccidents {
    private(set) var source: SourceText
    private(set) var masked: Set<SourcePosition> = []
    private(set) var problems = Problems()

    init(_ source: SourceText) {
        self.source = source
    }

    /// The first document, and where another starts; nil when the text is no YAML, which has been reported.
    mutating func readNode() -> (root: YAMLNode?, second: SourceSpan?)? {
        while true {
            do throws(YAMLSyntaxError) {
                var reader = YAMLNodeReader(source)
                let root = try reader.nextDocument()
                let second = try reader.nextDocument()
                for problem in reader.problems.all { problems.add(problem) }
                return (root, second?.span)
            } catch {
                guard masked.count < Self.most, let scanner = error.scanner, let cause = cause(of: scanner),
                    let mended = masking(cause.value.range)
                else {
                    problems.add(error.diagnostic)
                    hideSecretLines()
                    return nil
                }
                problems.add(cause.problem)
                masked.insert(cause.value.span.start)
                source = mended
            }
        }
    }

    /// What cannot be read is judged by its lines: none is shown on which a secret may stand.
    private mutating func hideSecretLines() {
        var careful = Problems()
        for problem in problems.all {
            careful.add(problem.hidingLines(where: isUnsafe))
        }
        problems = careful
    }

    private func isUnsafe(_ span: SourceSpan) -> Bool { SecretWords.mayStand(onLine: span.start.line, of: source) }

    /// How many values are mended before the rest is left unread: the text is read anew for each.
    private static let most = 50

    /// The value whose notation libyaml stumbled over, and what to say of it.
    private func cause(of scanner: YAMLSyntaxError.Scanner) -> (value: WrittenValue, problem: Diagnostic)? {
        var finder = ValueFinder(source)
        let values = finder.all().filter { !masked.contains($0.span.start) }
        var places = [scanner.problemOffset]
        // Where a collection starts says nothing of what went wrong in it.
        if scanner.context?.hasPrefix("while scanning") == true { places.insert(scanner.contextOffset, at: 0) }
        for place in places {
            for value in values.reversed() where value.range.lowerBound <= place && place <= value.range.upperBound {
                if let accident = value.accident { return (value, value.problem(accident)) }
                if value.comment != nil, value.withComment.accident == .comment {
                    return (value.withComment, value.withComment.problem(.comment))
                }
            }
        }
        // A value that a comment cut off is missed on the next line, one that opened a quote or a list much later.
        let line = source.position(at: places[0]).line
        let isBefore = { (value: WrittenValue) in value.range.lowerBound < scanner.problemOffset }
        if let value = values.last(where: isBefore), value.comment != nil || value.accident == .comment,
            value.span.start.line + 1 == line
        {
            let whole = value.withComment
            let problem = Diagnostic.error(
                "\(YAMLAccident.comment.words); put the whole value in quotes", at: whole.span)
            return (whole, problem.hidingLines(where: isUnsafe))
        }
        for value in values where isBefore(value) {
            if let accident = value.accident, accident.isCertain { return (value, value.problem(accident)) }
        }
        return nil
    }

    /// The source with every character of a stretch made an `x`.
    private func masking(_ range: Range<Int>) -> SourceText? {
        let width = source.bytes[range].count { $0 & 0xC0 != 0x80 }
        let mask = [UInt8](repeating: UInt8(ascii: "x"), count: width)
        let bytes = source.bytes[..<range.lowerBound] + mask + source.bytes[range.upperBound...]
        do throws(YAMLSyntaxError) {
            return try SourceText(Array(bytes), file: source.file)
        } catch {
            return nil
        }
    }
}

/// Finds where values start in a text that may be no YAML, line by line: behind `key: ` and `- `, and inside `{ }`
/// and `[ ]`.
private struct ValueFinder {
    private let source: SourceText
    private var found: [WrittenValue] = []
    /// How many brackets are open where a line starts.
    private var flowDepth = 0
    /// The quote of a text that goes on over lines.
    private var openQuote: UInt8?
    /// The indentation of the key of a block text (`|`, `>`) that goes on while lines are indented more.
    private var blockText: Int?

    init(_ source: SourceText) {
        self.source = source
    }

    mutating func all() -> [WrittenValue] {
        for number in 1...source.lineCount {
            let line = source.lineRange(number)
            var at = line.lowerBound
            skipBlanks(&at, line.upperBound)
            let indent = at - line.lowerBound
            guard at < line.upperBound else { continue }
            if let quote = openQuote {
                if CELScan.yamlQuoteEnd([quote] + source.bytes[line]) != nil { openQuote = nil }
                continue
            }
            guard source.bytes[at] != UInt8(ascii: "#") else { continue }
            if let key = blockText {
                if indent > key { continue }
                blockText = nil
            }
            if flowDepth > 0 {
                flow(&at, line.upperBound)
            } else {
                block(&at, line.upperBound, indent: indent)
            }
        }
        return found
    }

    private func skipBlanks(_ at: inout Int, _ end: Int) {
        while at < end, source.bytes[at].isWhite { at += 1 }
    }

    private mutating func block(_ at: inout Int, _ end: Int, indent: Int) {
        var indent = indent
        let start = at
        while at < end {
            if source.bytes[at] == UInt8(ascii: "-"), at + 1 < end, source.bytes[at + 1].isWhite {
                at += 1
                let dash = at
                skipBlanks(&at, end)
                indent += at - dash + 1
            } else if let behind = key(at, end) {
                at = behind
                skipBlanks(&at, end)
                break
            } else {
                break
            }
        }
        guard at < end, at > start else { return }
        let value = WrittenValue(from: at, inFlow: false, in: source)
        found.append(value)
        let first = source.bytes[at]
        if first.isOne(of: "|>") { blockText = indent }
        if first.isOne(of: "'\""), CELScan.yamlQuoteEnd(Array(source.bytes[at..<end])) == nil { openQuote = first }
        if first.isOne(of: "[{"), value.accident == nil { flow(&at, end) }
    }

    /// Where a key with its colon ends that starts here; nil when none does.
    private func key(_ start: Int, _ end: Int) -> Int? {
        var at = start
        if source.bytes[at].isOne(of: "'\"") {
            guard let length = CELScan.yamlQuoteEnd(Array(source.bytes[at..<end])) else { return nil }
            at += length
        } else {
            while at < end, isKeyByte(source.bytes[at]) { at += 1 }
        }
        guard at > start, at < end, source.bytes[at] == UInt8(ascii: ":") else { return nil }
        return at + 1 == end || source.bytes[at + 1].isWhite ? at + 1 : nil
    }

    private func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        default: byte.isOne(of: "_-. /")
        }
    }

    private mutating func flow(_ at: inout Int, _ end: Int) {
        while at < end {
            let byte = source.bytes[at]
            if byte.isWhite || byte == UInt8(ascii: ",") {
                at += 1
            } else if byte == UInt8(ascii: "#") {
                return
            } else if byte.isOne(of: "[{") {
                flowDepth += 1
                at += 1
            } else if byte.isOne(of: "]}") {
                flowDepth = max(0, flowDepth - 1)
                at += 1
                if flowDepth == 0 { return }
            } else {
                if let behind = key(at, end) { at = behind }
                skipBlanks(&at, end)
                guard at < end else { return }
                let value = WrittenValue(from: at, inFlow: true, in: source)
                if source.bytes[at].isOne(of: "[{"), value.accident == nil { continue }
                found.append(value)
                at = max(at + 1, value.range.upperBound)
            }
        }
    }
}
