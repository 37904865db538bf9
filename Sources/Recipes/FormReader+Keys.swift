internal import Diagnostics
internal import YAMLNodes

extension FormReader {
    typealias Pairs = [(key: Located<String>, value: YAMLNode)]

    /// Reads a map whose keys are a fixed set.
    mutating func fields(_ pairs: Pairs, _ keys: [Key], in node: YAMLNode, at place: Place) -> Fields {
        var fields: [Fields.Field] = []
        for (index, pair) in pairs.enumerated() {
            guard !isLost(pair.value) else { continue }
            guard let key = keys.first(where: { $0.name == pair.key.value }) else {
                if let rest = restOfText(index, of: pairs, in: node) {
                    problems.add(rest)
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

    private mutating func requireKeys(_ keys: [Key], given: Pairs, in node: YAMLNode, at place: Place) {
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
    private func isDamaged(_ node: YAMLNode) -> Bool {
        node.pairs?.contains { pair in
            if case .broken = pair.key.content { return true }
            return pair.key.scalar == nil || masked.contains(pair.key.start) || isLost(pair.key)
        } ?? true
    }

    /// Reads a map of one of some kinds.
    mutating func kind(_ pairs: Pairs, _ kinds: Kinds, in node: YAMLNode, at place: Place) -> KindSetting {
        let found =
            kinds.discriminator.map { named(by: $0, pairs, kinds, in: node, at: place) }
            ?? ownKey(pairs, kinds, in: node, at: place)
        guard let (kind, grammar) = found else {
            var fields: [Fields.Field] = []
            for pair in pairs {
                if let key = kinds.common.first(where: { $0.name == pair.key.value }) {
                    let setting = read(pair.value, as: key.form, at: place.key(pair.key, in: node))
                    fields.append(Fields.Field(key: pair.key, setting: setting))
                }
            }
            requireKeys(kinds.common, given: pairs, in: node, at: place)
            return KindSetting(
                kind: Located("", at: node.start(of: 1)), body: .broken(node.span),
                fields: Fields(fields, span: node.span), span: node.span)
        }
        let own = Key(kind.value, kinds.discriminator == nil ? grammar.form : .later, about: "")
        var keys = kinds.common + grammar.siblings
        if let discriminator = kinds.discriminator {
            keys.append(Key(discriminator, .choice(kinds.kinds.map(\.name)), about: ""))
        } else {
            keys.append(own)
        }
        var fields: [Fields.Field] = []
        for (index, pair) in pairs.enumerated() {
            guard !isLost(pair.value) else { continue }
            if let key = keys.first(where: { $0.name == pair.key.value }) {
                let setting = read(pair.value, as: key.form, at: place.key(pair.key, in: node))
                fields.append(Fields.Field(key: pair.key, setting: setting))
            } else if let rest = restOfText(index, of: pairs, in: node) {
                problems.add(rest)
            } else {
                problems.add(
                    misplaced(pair.key, kind: kind.value, grammar, kinds)
                        ?? .unknownKey(pair.key, of: "'\(kind.value)'", among: keys.map(\.name)))
            }
        }
        requireKeys(
            keys, given: pairs, in: node,
            at: Place(
                label: kinds.common.isEmpty ? "'\(kind.value)'" : kinds.noun,
                owner: kinds.common.isEmpty ? kind.span : nil, isInFlow: place.isInFlow))
        let all = Fields(fields, span: node.span)
        return KindSetting(
            kind: kind, body: all[kinds.discriminator ?? kind.value] ?? .broken(node.span), fields: all, span: node.span
        )
    }

    /// The kind of a map that a key such as `provider` names.
    private mutating func named(
        by discriminator: String, _ pairs: Pairs, _ kinds: Kinds, in node: YAMLNode, at place: Place
    ) -> (Located<String>, KindGrammar)? {
        let names = kinds.kinds.map(\.name)
        guard let pair = pairs.first(where: { $0.key.value == discriminator }) else {
            let isMisspelt = pairs.contains { nearestName(to: $0.key.value, among: [discriminator]) != nil }
            if let key = pairs.first(where: { nearestName(to: $0.key.value, among: [discriminator]) != nil })?.key,
                isMisspelt
            {
                problems.add(.unknownKey(key, of: place.label, among: [discriminator]))
            } else if !isDamaged(node) {
                problems.error(
                    "\(place.label) needs '\(discriminator)': \(names.map { "'\($0)'" }.joined(or: "or"))",
                    at: place.owner ?? node.start(of: 1))
            }
            return nil
        }
        if let text = pair.value.scalar, kinds.later.contains(text.text), pair.value.tag == nil {
            problems.error(
                "'\(text.text)' is part of the language, but this version cannot run it yet", at: pair.value.place)
            return nil
        }
        let setting = read(pair.value, as: .choice(names), at: place.key(pair.key, in: node))
        guard case .choice(let name) = setting, let grammar = kinds[name.value] else { return nil }
        return (name, grammar)
    }

    /// The kind of a map that has the kind's own name as a key.
    private mutating func ownKey(
        _ pairs: Pairs, _ kinds: Kinds, in node: YAMLNode, at place: Place
    ) -> (Located<String>, KindGrammar)? {
        let present = pairs.map(\.key).filter { kinds[$0.value] != nil || kinds.later.contains($0.value) }
        if present.count > 1 {
            problems.add(
                .error(
                    "\(kinds.noun) has one kind, and '\(present[0].value)' and '\(present[1].value)' both stand here",
                    at: present[1].span
                ).noting("'\(present[0].value)' stands here", at: present[0].span))
            return nil
        }
        if let kind = present.first {
            if let grammar = kinds[kind.value] { return (kind, grammar) }
            problems.error("'\(kind.value)' is part of the language, but this version cannot run it yet", at: kind.span)
            return nil
        }
        let known = kinds.kinds.map(\.name) + kinds.later + kinds.common.map(\.name)
        let siblings = kinds.kinds.flatMap(\.siblings).map(\.name)
        let strangers = pairs.map(\.key).filter { !known.contains($0.value) && !siblings.contains($0.value) }
        for stranger in strangers {
            problems.add(.unknownKey(stranger, of: place.label, among: known + siblings))
        }
        if strangers.isEmpty, !isDamaged(node) {
            problems.error(
                "\(kinds.noun) needs a kind: \(kinds.kinds.map { "'\($0.name)'" }.joined(or: "or"))",
                at: node.start(of: 1))
        }
        return nil
    }

    /// A key that the language has, but not here.
    private func misplaced(_ key: Located<String>, kind: String, _ grammar: KindGrammar, _ kinds: Kinds) -> Diagnostic?
    {
        if case .keys(let inner) = grammar.form, inner.contains(where: { $0.name == key.value }) {
            return .error("'\(key.value)' belongs inside '\(kind)'; indent it there", at: key.span)
        }
        let others = kinds.kinds.filter { other in other.siblings.contains { $0.name == key.value } }
        guard let other = others.first else { return nil }
        return .error("'\(key.value)' goes with '\(other.name)', not with '\(kind)'", at: key.span)
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
        return .error(
            "\(owner) has no key '\(key.value)'; it has \(names.map { "'\($0)'" }.joined(or: "and"))", at: key.span)
    }
}
