internal import Diagnostics
internal import YAMLNodes

extension FormReader {
    typealias Pairs = [(key: Located<String>, value: YAMLNode)]

    /// Reads a map whose keys are a fixed set.
    mutating func fields(_ pairs: Pairs, _ keys: [Key], in node: YAMLNode, at place: Place) -> Fields {
        var fields: [Fields.Field] = []
        for (index, pair) in pairs.enumerated() {
            guard !isLost(pair.key.span.start) else { continue }
            guard let key = keys.first(where: { $0.name == pair.key.value }) else {
                if let rest = restOfText(index, of: pairs, in: node) {
                    problems.add(rest)
                } else if let beside = place.beside, beside.keys.contains(pair.key.value) {
                    problems.error(
                        "'\(pair.key.value)' belongs beside '\(beside.kind)', not inside it", at: pair.key.span)
                } else {
                    problems.add(.unknownKey(pair.key, of: place.label, among: keys.map(\.name)))
                }
                continue
            }
            let setting = read(pair.value, as: key.form, at: place.key(pair.key, in: node))
            fields.append(Fields.Field(key: pair.key, setting: setting))
        }
        requireKeys(keys, given: pairs, in: node, at: place)
        return Fields(fields, span: node.span)
    }

    mutating func requireKeys(_ keys: [Key], given: Pairs, in node: YAMLNode, at place: Place) {
        for key in keys where key.required && !given.contains(where: { $0.key.value == key.name }) {
            // A misspelt key has been reported; it is not missing besides.
            let names = keys.map(\.name)
            let isMisspelt = given.contains { pair in
                !names.contains(pair.key.value) && nearestName(to: pair.key.value, among: names) == key.name
            }
            guard !isMisspelt, !isDamaged(node) else { continue }
            problems.error("\(place.label) needs '\(key.name)'", at: place.owner ?? node.start(of: 1))
        }
    }

    /// Whether some part of a map could not be read, so that what is missing from it may have been meant.
    func isDamaged(_ node: YAMLNode) -> Bool {
        node.pairs?.contains { pair in
            if case .broken = pair.key.content { return true }
            return pair.key.scalar == nil || masked.contains(pair.key.start) || isLost(pair.key)
        } ?? true
    }
}

extension YAMLNode {
    /// The first characters of it, for a problem of the whole.
    func start(of length: Int) -> SourceSpan {
        SourceSpan(
            file: span.file, start: span.start,
            end: SourcePosition(line: span.start.line, column: span.start.column + length))
    }
}

extension Diagnostic {
    /// A key that nothing reads.
    static func unknownKey(_ key: Located<String>, of owner: String, among names: [String]) -> Diagnostic {
        if let nearest = nearestName(to: key.value, among: names) {
            return .error("\(owner) has no key '\(key.value)'; did you mean '\(nearest)'?", at: key.span)
        }
        // A longer list is no help.
        let known = names.count > 12 ? "" : "; it has \(names.map { "'\($0)'" }.joined(or: "and"))"
        return .error("\(owner) has no key '\(key.value)'\(known)", at: key.span)
    }
}
