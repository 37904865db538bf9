import Diagnostics
import Recipes
import Steps
import YAMLNodes

/// Keys by where they stand: `step.ask.prompt`, `output.columns`, `input.match`. The keys of a step are the same wherever
/// it stands.
enum KeyPaths {
    /// Those of the whole language.
    static func all(of keys: [Key], in path: String = "") -> Set<String> {
        keys.reduce(into: []) { paths, key in
            if case .later = key.form { return }
            let own = name(key, in: path)
            paths.insert(own)
            paths.formUnion(all(of: key.form, in: own))
        }
    }

    /// Those that a recipe has.
    static func used(by node: YAMLNode, _ keys: [Key], in path: String = "") -> Set<String> {
        guard case .mapping(let pairs) = node.content else { return [] }
        return pairs.reduce(into: []) { paths, pair in
            guard let key = keys.first(where: { $0.name == pair.key.scalar?.text }) else { return }
            let own = name(key, in: path)
            paths.insert(own)
            paths.formUnion(used(by: pair.value, key.form, in: own))
        }
    }

    private static func name(_ key: Key, in path: String) -> String {
        if ["steps", "collect"].contains(key.name) { return "step" }
        return path.isEmpty ? key.name : "\(path).\(key.name)"
    }

    private static func all(of form: Form, in path: String) -> Set<String> {
        switch form {
        case .list(let item), .oneOrList(let item), .map(let item): all(of: item, in: path)
        case .keys(let keys): all(of: keys, in: path)
        case .anyOf(let forms): forms.reduce(into: []) { $0.formUnion(all(of: $1, in: path)) }
        case .kinds(let kinds): kinds.kinds.reduce(into: []) { $0.formUnion(all(of: keys(of: $1, kinds), in: path)) }
        default: []
        }
    }

    private static func used(by node: YAMLNode, _ form: Form, in path: String) -> Set<String> {
        switch form {
        case .list(let item), .oneOrList(let item):
            guard case .sequence(let items) = node.content else { return used(by: node, item, in: path) }
            return items.reduce(into: []) { $0.formUnion(used(by: $1, item, in: path)) }
        case .map(let item):
            guard case .mapping(let pairs) = node.content else { return [] }
            return pairs.reduce(into: []) { $0.formUnion(used(by: $1.value, item, in: path)) }
        case .keys(let keys): return used(by: node, keys, in: path)
        case .anyOf(let forms): return forms.reduce(into: []) { $0.formUnion(used(by: node, $1, in: path)) }
        case .kinds(let kinds):
            guard case .mapping(let pairs) = node.content else { return [] }
            let names =
                if let discriminator = kinds.discriminator {
                    pairs.filter { $0.key.scalar?.text == discriminator }.map(\.value.scalar?.text)
                } else {
                    pairs.map(\.key.scalar?.text)
                }
            guard let kind = kinds.kinds.first(where: { names.contains($0.name) }) else { return [] }
            return used(by: node, keys(of: kind, kinds), in: path)
        default: return []
        }
    }

    private static func keys(of kind: KindGrammar, _ kinds: Kinds) -> [Key] {
        let own =
            kinds.discriminator.map { Key($0, .choice([kind.name]), about: kind.about) }
            ?? Key(kind.name, kind.form, about: kind.about)
        return [own] + kind.siblings + kinds.common
    }
}
