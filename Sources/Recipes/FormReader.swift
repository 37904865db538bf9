internal import Diagnostics
internal import Schemas
internal import Values
internal import YAMLNodes

/// Reads nodes by the form that is wanted where they stand, and reports what does not fit.
///
/// A node that does not fit becomes ``Setting/broken(_:)``, so that one mistake is reported once.
struct FormReader {
    let source: SourceText
    /// Where values stood that YAML could not read; they were reported, and something harmless stands there now.
    let masked: Set<SourcePosition>
    var problems: Problems
    /// Stretches of the source that belong to a value that YAML cut in pieces, and that has been reported.
    var lost: [Range<Int>] = []

    init(source: SourceText, masked: Set<SourcePosition>, problems: Problems) {
        self.source = source
        self.masked = masked
        self.problems = problems
    }

    /// What a node is called in a message, and what stands around it.
    struct Place {
        /// Such as `'attempts'`, or `an item of 'match'`.
        var label: String
        /// Where a missing key is reported: the key that holds the map.
        var owner: SourceSpan?
        var isInFlow: Bool
        /// For the body of a step's kind: the keys that stand beside it, so that one too deep can be told.
        var beside: (kind: String, keys: [String])?

        func item(in node: YAMLNode) -> Place {
            Place(
                label: label.hasPrefix("'") ? "an item of \(label)" : label, owner: nil,
                isInFlow: isInFlow || node.isFlow)
        }

        func key(_ key: Located<String>, in node: YAMLNode) -> Place {
            Place(label: "'\(key.value)'", owner: key.span, isInFlow: isInFlow || node.isFlow)
        }
    }

    mutating func read(_ node: YAMLNode, as form: Form, at place: Place) -> Setting {
        if case .broken = node.content { return .broken(node.span) }
        if masked.contains(node.start) || isLost(node) { return .broken(node.span) }
        if let accident = accident(of: node, as: form, at: place) {
            problems.add(accident)
            return .broken(node.span)
        }
        if let tag = node.tag {
            problems.error("tags such as '\(tag)' mean nothing in a recipe", at: node.span)
            return .broken(node.span)
        }
        if node.isEmpty, !form.takesNull {
            problems.error("\(place.label) has no value; it must be \(form.wanted)", at: place.owner ?? node.place)
            return .broken(node.span)
        }
        switch form {
        case .list(let item):
            guard let items = node.items else { return mismatch(node, form, place) }
            return .list(items.map { read($0, as: item, at: place.item(in: node)) }, node.span)
        case .oneOrList(let item):
            guard let items = node.items else { return .list([read(node, as: item, at: place)], node.span) }
            return .list(items.map { read($0, as: item, at: place.item(in: node)) }, node.span)
        case .map(let item):
            guard let pairs = keyed(node) else { return mismatch(node, form, place) }
            var entries: [Setting.Entry] = []
            for (key, value) in pairs where !isLost(key.span.start) {
                let setting = read(value, as: item, at: place.key(key, in: node))
                entries.append(Setting.Entry(key: key, setting: setting))
            }
            return .map(entries, node.span)
        case .keys(let keys):
            guard let pairs = keyed(node) else { return mismatch(node, form, place) }
            return .fields(fields(pairs, keys, in: node, at: place))
        case .kinds(let kinds):
            guard let pairs = keyed(node) else { return mismatch(node, form, place) }
            return .kind(kind(pairs, kinds, in: node, at: place))
        case .anyOf(let forms):
            guard let fitting = forms.first(where: { $0.fits(node) }) else { return mismatch(node, form, place) }
            return read(node, as: fitting, at: place)
        case .answer:
            return answer(node, at: place).map(Setting.answer) ?? .broken(node.span)
        case .value:
            return value(node, at: place).map { .value(Located($0, at: node.span)) } ?? .broken(node.span)
        case .later:
            problems.error(
                "\(place.label) is part of the language, but this version cannot run it yet",
                at: place.owner ?? node.span)
            return .broken(node.span)
        default:
            guard let text = node.scalar else { return mismatch(node, form, place) }
            return scalar(text, node, as: form, at: place)
        }
    }

    mutating func mismatch(_ node: YAMLNode, _ form: Form, _ place: Place) -> Setting {
        if problems.withholds(node.span) {
            problems.error(
                "\(place.label) must be \(form.wanted): it says where the secret is kept, and the secret itself never "
                    + "stands in a recipe", at: node.place)
            return .broken(node.span)
        }
        problems.error("\(place.label) must be \(form.wanted), not \(node.shape)", at: node.place)
        return .broken(node.span)
    }

    func isLost(_ node: YAMLNode) -> Bool {
        node.alias == nil && isLost(node.start)
    }

    func isLost(_ place: SourcePosition) -> Bool {
        guard !lost.isEmpty else { return false }
        let offset = source.offset(of: place)
        return lost.contains { $0.contains(offset) }
    }

    /// The pairs of a map with text keys, those aside that a reported mistake made; nil when it is no map.
    mutating func keyed(_ node: YAMLNode) -> [(key: Located<String>, value: YAMLNode)]? {
        guard let pairs = node.pairs else { return nil }
        var seen: Set<ByteText> = []
        var keyed: [(key: Located<String>, value: YAMLNode)] = []
        for pair in pairs {
            if case .broken = pair.key.content { continue }
            if masked.contains(pair.key.start) || isLost(pair.key) { continue }
            guard let key = pair.key.scalar, pair.key.tag == nil else {
                let isTemplate = source.string(from: pair.key.span.start).hasPrefix("{")
                problems.error(
                    isTemplate ? "a text with '{{' must be quoted" : "a key must be text", at: pair.key.place)
                continue
            }
            if key.text == "<<", pair.key.style == .plain {
                problems.error(
                    "YAML 1.2 has no merge key '<<'; write the keys out, or use an alias for the whole value",
                    at: pair.key.place)
                continue
            }
            guard seen.insert(ByteText(key.text)).inserted else {
                problems.error("the key '\(key.text)' stands here twice", at: pair.key.place)
                continue
            }
            keyed.append((Located(key.text, at: pair.key.place), pair.value))
        }
        return keyed
    }

    // MARK: What has no form of its own in a recipe

    private mutating func answer(_ node: YAMLNode, at place: Place) -> AnswerNotation? {
        if case .broken = node.content { return nil }
        if masked.contains(node.start) || isLost(node) { return nil }
        if let accident = accident(of: node, as: .answer, at: place) {
            problems.add(accident)
            return nil
        }
        if let tag = node.tag {
            problems.error("tags such as '\(tag)' mean nothing in a recipe", at: node.span)
            return nil
        }
        switch node.content {
        case .broken: return nil
        case .scalar(let text, _):
            // The one place where null itself is meant: `or: null`.
            guard !node.isEmpty || (place.label == "'or'" && !text.text.isEmpty) else {
                problems.error("\(place.label) has no type", at: place.owner ?? node.place)
                return nil
            }
            return .word(text)
        case .sequence(let items):
            let read = items.map { answer($0, at: place.item(in: node)) }
            let whole = read.compactMap(\.self)
            return whole.count == read.count ? .list(whole, at: node.span) : nil
        case .mapping:
            let pairs = keyed(node) ?? []
            let read = pairs.map { ($0.key, answer($0.value, at: place.key($0.key, in: node))) }
            guard pairs.count == node.pairs?.count, read.allSatisfy({ $0.1 != nil }) else { return nil }
            return .map(read.compactMap { key, value in value.map { (key: key, value: $0) } }, at: node.span)
        }
    }

    private mutating func value(_ node: YAMLNode, at place: Place) -> Value? {
        if masked.contains(node.start) || isLost(node) { return nil }
        switch node.content {
        case .broken: return nil
        case .scalar(let text, _):
            switch node.resolved {
            case .null?: return .null
            case .bool(let truth)?: return .bool(truth)
            case .int(let number)?: return .int(number)
            case .float(let number)?: return .double(number)
            case .text(let text)?: return .string(text)
            case nil:
                problems.error("tags such as '\(node.tag ?? text.text)' mean nothing in a recipe", at: node.span)
                return nil
            }
        case .sequence(let items):
            let read = items.map { value($0, at: place.item(in: node)) }
            let whole = read.compactMap(\.self)
            return whole.count == read.count ? .list(whole) : nil
        case .mapping:
            let pairs = keyed(node) ?? []
            let read = pairs.map { ($0.key.value, value($0.value, at: place.key($0.key, in: node))) }
            guard pairs.count == node.pairs?.count else { return nil }
            let whole = read.compactMap { key, value in value.map { (key, $0) } }
            return whole.count == read.count ? .map(ValueMap(whole)) : nil
        }
    }
}

extension SourceText {
    func string(from place: SourcePosition) -> String {
        let line = lineRange(place.line)
        return string(min(offset(of: place), line.upperBound)..<line.upperBound)
    }
}

extension YAMLNode {
    /// Whether nothing stands there, or a plain `~` or `null`.
    var isEmpty: Bool {
        guard tag == nil, style == .plain else { return false }
        return resolved == .null
    }

    /// What stands there, in a word, for a message.
    var shape: String {
        switch content {
        case .scalar(let text, _):
            text.text.count <= 40 && !text.text.contains("\n") ? "'\(text.text)'" : "a text"
        case .sequence: "a list"
        case .mapping: "a map"
        case .broken: "this"
        }
    }
}
