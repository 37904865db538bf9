package import Diagnostics

/// How large a file may be, so that no file can take the machine down.
package struct YAMLBounds: Sendable {
    package var depth: Int
    /// With every alias written out.
    package var nodes: Int

    package init(depth: Int = 64, nodes: Int = 100_000) {
        self.depth = depth
        self.nodes = nodes
    }
}

/// Builds nodes from events, one document at a time.
///
/// What leaves the tree whole (a doubled key, an alias of nothing) is added to ``problems``, and reading goes on; what
/// does not is thrown.
package struct YAMLNodeReader: ~Copyable {
    package let source: SourceText
    package private(set) var problems = Problems()
    private let events: YAMLEventReader
    private let bounds: YAMLBounds
    private var named: [String: YAMLNode] = [:]
    private var used: Set<String> = []
    /// The anchors whose node is not complete yet.
    private var open: [String] = []
    private var weight = 0

    package init(_ source: SourceText, bounds: YAMLBounds = YAMLBounds()) {
        self.source = source
        self.bounds = bounds
        events = YAMLEventReader(source)
    }

    /// The next document's node; nil after the last. The node of an empty document is an empty plain scalar.
    package mutating func nextDocument() throws(YAMLSyntaxError) -> YAMLNode? {
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd: return nil
            case .documentStart:
                (named, used, open, weight) = ([:], [], [], 0)
                let root = try node(from: try events.next(), depth: 0)
                // The end of the document.
                _ = try events.next()
                return used.isEmpty ? root : root.marking(used)
            default: continue
            }
        }
    }

    private mutating func node(from event: YAMLEvent, depth: Int) throws(YAMLSyntaxError) -> YAMLNode {
        let place = source.span(event.range)
        guard depth < bounds.depth else {
            throw YAMLSyntaxError("more than \(bounds.depth) lists and maps stand inside each other here", at: place)
        }
        var node: YAMLNode
        switch event.kind {
        case .alias(let name):
            node = resolve(alias: name, at: place)
        case .scalar(let text, let style, let properties):
            let range = contentRange(of: event.range, after: properties)
            let located = source.locate(text, style: style, in: range)
            node = YAMLNode(.scalar(located, style), properties, span: located.span, start: place.start)
            refuseTightComment(after: event.range.upperBound, style: style)
        case .sequenceStart(let flow, let properties):
            node = try sequence(from: event, flow: flow, properties, depth: depth)
        case .mappingStart(let flow, let properties):
            node = try mapping(from: event, flow: flow, properties, depth: depth)
        default:
            throw YAMLSyntaxError("a value was expected here", at: place)
        }
        weight += node.alias == nil ? 1 : node.weight
        guard weight <= bounds.nodes else {
            let message =
                node.alias == nil
                ? "the file has more than \(bounds.nodes) values"
                : "with this alias written out the file has more than \(bounds.nodes) values"
            throw YAMLSyntaxError(message, at: place)
        }
        if node.alias == nil, let name = node.anchor?.name { named[name] = node }
        return node
    }

    private mutating func sequence(
        from event: YAMLEvent, flow: Bool, _ properties: YAMLEvent.Properties, depth: Int
    ) throws(YAMLSyntaxError) -> YAMLNode {
        if let name = properties.anchor { open.append(name) }
        defer { if properties.anchor != nil { open.removeLast() } }
        var items: [YAMLNode] = []
        var last = try events.next()
        while case let kind = last.kind, !kind.endsSequence {
            items.append(try node(from: last, depth: depth + 1))
            last = try events.next()
        }
        let span = collectionSpan(from: event, flow: flow, properties, last: last, end: items.last?.end)
        var node = YAMLNode(
            .sequence(items), properties, span: span, start: source.position(at: event.range.lowerBound))
        node.isFlow = flow
        node.weight += items.reduce(0) { $0 + $1.weight }
        return node
    }

    private mutating func mapping(
        from event: YAMLEvent, flow: Bool, _ properties: YAMLEvent.Properties, depth: Int
    ) throws(YAMLSyntaxError) -> YAMLNode {
        if let name = properties.anchor { open.append(name) }
        defer { if properties.anchor != nil { open.removeLast() } }
        var pairs: [YAMLNode.Pair] = []
        var places: [[UInt8]: SourceSpan] = [:]
        var last = try events.next()
        while case let kind = last.kind, !kind.endsMapping {
            let key = try node(from: last, depth: depth + 1)
            let value = try node(from: try events.next(), depth: depth + 1)
            if let first = places.updateValue(key.place, forKey: key.identity) {
                places[key.identity] = first
                let name = key.scalar.map { "'\($0.text)' " } ?? ""
                problems.add(.error("the key \(name)stands here twice", at: key.place).noting("first here", at: first))
            } else {
                pairs.append(YAMLNode.Pair(key: key, value: value))
            }
            last = try events.next()
        }
        let end = pairs.last.map { max($0.key.end, $0.value.end) }
        let span = collectionSpan(from: event, flow: flow, properties, last: last, end: end)
        var node = YAMLNode(.mapping(pairs), properties, span: span, start: source.position(at: event.range.lowerBound))
        node.isFlow = flow
        node.weight += pairs.reduce(0) { $0 + $1.key.weight + $1.value.weight }
        return node
    }

    private mutating func resolve(alias name: String, at place: SourceSpan) -> YAMLNode {
        guard !open.contains(name), var node = named[name] else {
            if open.contains(name) {
                problems.error("'*\(name)' stands inside what it names, so it would never end", at: place)
            } else {
                problems.error(
                    "'*\(name)' is an alias in YAML, and nothing before it has the anchor '&\(name)'; "
                        + "if it is meant as text, write '*\(name)' in quotes", at: place)
            }
            var node = YAMLNode(.broken, .init(), span: place, start: place.start)
            node.alias = place
            return node
        }
        used.insert(name)
        node.alias = place
        return node
    }

    /// Where the content of a node starts once its tag, its anchor and what stands between are passed.
    private func contentRange(of range: Range<Int>, after properties: YAMLEvent.Properties) -> Range<Int> {
        var left = (properties.anchor == nil ? 0 : 1) + (properties.tag == nil ? 0 : 1)
        let bytes = source.bytes
        var at = range.lowerBound
        while left > 0, at < range.upperBound {
            while at < range.upperBound, !bytes[at].isBlank, !bytes[at].isBreak { at += 1 }
            left -= 1
            while at < range.upperBound {
                if bytes[at].isBlank || bytes[at].isBreak {
                    at += 1
                } else if bytes[at] == UInt8(ascii: "#") {
                    while at < range.upperBound, !bytes[at].isBreak { at += 1 }
                } else {
                    break
                }
            }
        }
        return min(at, range.upperBound)..<range.upperBound
    }

    /// A block's end mark is where the next thing starts; its last child tells where it ends.
    private mutating func collectionSpan(
        from event: YAMLEvent, flow: Bool, _ properties: YAMLEvent.Properties, last: YAMLEvent, end: SourcePosition?
    ) -> SourceSpan {
        let start: Int
        if properties.anchor == nil, properties.tag == nil {
            start = event.range.lowerBound
        } else {
            start = contentRange(of: event.range.lowerBound..<source.bytes.count, after: properties).lowerBound
        }
        if flow {
            refuseTightComment(after: last.range.upperBound, style: nil)
            return source.span(start..<max(start, last.range.upperBound))
        }
        let from = source.position(at: start)
        return SourceSpan(file: source.file, start: from, end: max(from, end ?? from))
    }

    /// libyaml takes `"text"#no comment`, where YAML wants a space before the comment.
    private mutating func refuseTightComment(after offset: Int, style: YAMLNode.Style?) {
        guard style == nil || style == .singleQuoted || style == .doubleQuoted else { return }
        guard offset < source.bytes.count, source.bytes[offset] == UInt8(ascii: "#") else { return }
        problems.error("a comment needs a space before its '#'", at: source.span(offset..<offset + 1))
    }
}

extension YAMLEvent.Kind {
    fileprivate var endsSequence: Bool {
        if case .sequenceEnd = self { true } else { false }
    }

    fileprivate var endsMapping: Bool {
        if case .mappingEnd = self { true } else { false }
    }
}

extension YAMLNode {
    fileprivate init(_ content: Content, _ properties: YAMLEvent.Properties, span: SourceSpan, start: SourcePosition) {
        self.init(
            content: content, tag: properties.tag,
            anchor: properties.anchor.map { Anchor(name: $0, isUsed: false) }, isFlow: false, span: span, start: start,
            alias: nil, weight: 1)
    }

    /// Where it stands in the text that is read now: the alias, for what an alias brought.
    package var place: SourceSpan { alias ?? span }

    fileprivate var end: SourcePosition { place.end }

    /// Says which anchors an alias names, which is known only at the end.
    fileprivate func marking(_ used: Set<String>) -> YAMLNode {
        var node = self
        if let name = anchor?.name { node.anchor?.isUsed = used.contains(name) }
        switch content {
        case .sequence(let items): node.content = .sequence(items.map { $0.marking(used) })
        case .mapping(let pairs):
            node.content = .mapping(pairs.map { Pair(key: $0.key.marking(used), value: $0.value.marking(used)) })
        case .scalar, .broken: break
        }
        return node
    }

    /// Alike for keys that are one key.
    fileprivate var identity: [UInt8] {
        switch content {
        case .scalar(let text, _):
            let meaning: String =
                switch resolved {
                case nil: "\(tag ?? "") \(text.text)"
                case .text(let text)?: "text \(text)"
                case let value?: "\(value)"
                }
            return Array("(\(meaning.utf8.count) \(meaning))".utf8)
        case .sequence(let items):
            return Array("[".utf8) + items.flatMap(\.identity) + Array("]".utf8)
        case .mapping(let pairs):
            return Array("{".utf8) + pairs.flatMap { $0.key.identity + $0.value.identity } + Array("}".utf8)
        case .broken:
            return Array("?\(span.start.line):\(span.start.column)".utf8)
        }
    }
}
