internal import Diagnostics
internal import Runs
internal import YAMLNodes

/// The YAML between two lines `---` at the start of a Markdown file or a text.
enum FrontMatter {
    private static let longest = 1 << 18

    /// - Returns: empty where there is none.
    static func read(_ text: String, name: String) throws(Failure) -> [Property.Entry] {
        guard let yaml = stretch(of: text) else { return [] }
        let node: YAMLNode?
        let problems: [Diagnostic]
        do throws(YAMLSyntaxError) {
            let source = try SourceText(Array(yaml.utf8), file: name)
            var reader = YAMLNodeReader(source, bounds: YAMLBounds(depth: 32, nodes: 20_000))
            node = try reader.nextDocument()
            problems = reader.problems.all
        } catch {
            throw failure(error.diagnostic, name)
        }
        if let problem = problems.first(where: { $0.severity == .error }) { throw failure(problem, name) }
        guard let pairs = node?.pairs else {
            guard let node, Property(node) != .nothing else { return [] }
            throw failure(.error("it has no keys, such as `title: …`", at: node.span), name)
        }
        return pairs.compactMap { pair in pair.key.scalar.map { Property.Entry($0.text, Property(pair.value)) } }
    }

    private static func failure(_ problem: Diagnostic, _ name: String) -> Failure {
        // One line further down: the mark that opens it is not part of it.
        let line = problem.span.map { " on line \($0.start.line + 1)" } ?? ""
        return Failure(.malformed, "the front matter of '\(name)' cannot be read\(line): \(problem.message)")
    }

    /// What stands between the marks; nil where there are none.
    private static func stretch(of text: String) -> Substring? {
        let bytes = text.utf8
        guard let open = lineEnd(after: bytes.startIndex, in: bytes), isMark(bytes[..<open.end], "---") else {
            return nil
        }
        var start = open.next
        while start < bytes.endIndex, bytes.distance(from: open.next, to: start) < longest {
            let line = lineEnd(after: start, in: bytes) ?? (bytes.endIndex, bytes.endIndex)
            if isMark(bytes[start..<line.end], "---") || isMark(bytes[start..<line.end], "...") {
                return text[open.next..<start]
            }
            start = line.next
        }
        return nil
    }

    private typealias LineEnd = (end: String.Index, next: String.Index)

    private static func lineEnd(after start: String.Index, in bytes: String.UTF8View) -> LineEnd? {
        guard let end = bytes[start...].firstIndex(where: { $0 == newLine || $0 == carriageReturn }) else { return nil }
        let next = bytes.index(after: end)
        let isPair = bytes[end] == carriageReturn && next < bytes.endIndex && bytes[next] == newLine
        return (end, isPair ? bytes.index(after: next) : next)
    }

    private static func isMark(_ line: Substring.UTF8View, _ mark: StaticString) -> Bool {
        let blank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let end = line.lastIndex { !blank($0) }.map { line.index(after: $0) } ?? line.startIndex
        return mark.withUTF8Buffer { line[..<end].elementsEqual($0) }
    }
}

extension Property {
    fileprivate init(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let text, let style):
            let isNothing = style == .plain && ["", "~", "null", "Null", "NULL"].contains(text.text)
            self = isNothing ? .nothing : .text(text.text)
        case .sequence(let items): self = .list(items.map { Property($0) })
        case .mapping(let pairs):
            self = .map(
                pairs.compactMap { pair in pair.key.scalar.map { Property.Entry($0.text, Property(pair.value)) } })
        case .broken: self = .nothing
        }
    }
}
