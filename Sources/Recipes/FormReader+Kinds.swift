internal import Diagnostics
internal import YAMLNodes

extension FormReader {
    /// Reads a map of one of some kinds: a step, an input, an output, a model.
    mutating func kind(_ pairs: Pairs, _ kinds: Kinds, in node: YAMLNode, at place: Place) -> KindSetting {
        var whole = place
        whole.label = kinds.discriminator == nil ? kinds.noun : place.label
        let found =
            if let discriminator = kinds.discriminator {
                named(by: discriminator, pairs, kinds, in: node, at: whole)
            } else {
                ownKey(pairs, kinds, in: node, at: whole)
            }
        guard let (kind, grammar) = found else { return withoutKind(pairs, kinds, in: node, at: whole) }
        let own =
            kinds.discriminator.map { Key($0, .choice(kinds.kinds.map(\.name)), about: "") }
            ?? Key(kind.value, grammar.form, about: "")
        let keys = [own] + grammar.siblings + kinds.common
        var fields: [Fields.Field] = []
        for (index, pair) in pairs.enumerated() {
            guard !isLost(pair.key.span.start) else { continue }
            if let key = keys.first(where: { $0.name == pair.key.value }) {
                var inner = place.key(pair.key, in: node)
                if key.name == own.name { inner.beside = (kind.value, (kinds.common + grammar.siblings).map(\.name)) }
                fields.append(Fields.Field(key: pair.key, setting: read(pair.value, as: key.form, at: inner)))
            } else if let rest = restOfText(index, of: pairs, in: node) {
                problems.add(rest)
            } else {
                let owner = kinds.common.isEmpty ? "'\(kind.value)'" : kinds.noun
                problems.add(
                    misplaced(pair.key, kind: kind.value, grammar, kinds)
                        ?? .unknownKey(pair.key, of: owner, among: keys.map(\.name)))
            }
        }
        requireKeys(kinds.common, given: pairs, in: node, at: whole)
        requireKeys(
            grammar.siblings, given: pairs, in: node,
            at: Place(label: "'\(kind.value)'", owner: kind.span, isInFlow: place.isInFlow))
        let all = Fields(fields, span: node.span)
        return KindSetting(kind: kind, body: all[own.name] ?? .broken(node.span), fields: all, span: node.span)
    }

    /// Reads what a map has whatever its kind; why it has none has been reported.
    private mutating func withoutKind(
        _ pairs: Pairs, _ kinds: Kinds, in node: YAMLNode, at place: Place
    ) -> KindSetting {
        var fields: [Fields.Field] = []
        for pair in pairs {
            guard let key = kinds.common.first(where: { $0.name == pair.key.value }) else { continue }
            let setting = read(pair.value, as: key.form, at: place.key(pair.key, in: node))
            fields.append(Fields.Field(key: pair.key, setting: setting))
        }
        requireKeys(kinds.common, given: pairs, in: node, at: place)
        return KindSetting(
            kind: Located("", at: node.start(of: 1)), body: .broken(node.span),
            fields: Fields(fields, span: node.span), span: node.span)
    }

    /// The kind of a map that a key such as `provider` names.
    private mutating func named(
        by discriminator: String, _ pairs: Pairs, _ kinds: Kinds, in node: YAMLNode, at place: Place
    ) -> (Located<String>, KindGrammar)? {
        let names = kinds.kinds.map(\.name)
        guard let pair = pairs.first(where: { $0.key.value == discriminator }) else {
            if let key = pairs.map(\.key).first(where: { nearestName(to: $0.value, among: [discriminator]) != nil }) {
                problems.add(.unknownKey(key, of: place.label, among: [discriminator]))
            } else if !isDamaged(node) {
                let choices = names.map { "'\($0)'" }.joined(or: "or")
                problems.error(
                    "\(place.label) needs '\(discriminator)': \(choices)", at: place.owner ?? node.start(of: 1))
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
        let names = kinds.kinds.map(\.name)
        let known = names + kinds.later + kinds.common.map(\.name)
        let siblings = kinds.kinds.flatMap(\.siblings).map(\.name)
        let strangers = pairs.map(\.key).filter { !known.contains($0.value) && !siblings.contains($0.value) }
        for stranger in strangers {
            problems.add(.unknownKey(stranger, of: place.label, among: known + siblings))
        }
        if strangers.isEmpty, !isDamaged(node) {
            problems.error(
                "\(kinds.noun) needs a kind: \(names.map { "'\($0)'" }.joined(or: "or"))", at: node.start(of: 1))
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
