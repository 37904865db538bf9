import Diagnostics
import Recipes
import YAMLNodes

/// Which keys of the language stand in recipes, under the names that ``LanguageKeys`` has for them.
struct UsedKeys {
    private(set) var ids: Set<String> = []

    mutating func add(_ recipe: YAMLNode, of grammar: Grammar) throws {
        add(recipe, .keys(grammar.recipe), LanguageKeys.whole, [])
    }

    private mutating func add(_ node: YAMLNode, _ form: Form, _ heading: String, _ path: [String]) {
        switch form {
        case .list(let item), .oneOrList(let item):
            for one in node.items ?? [node] { add(one, item, heading, path) }
        case .map(let item): for (_, value) in node.named { add(value, item, heading, path) }
        case .keys(let keys): for key in keys { add(key, of: node, heading, path) }
        case .anyOf(let forms): for form in forms { add(node, form, heading, path) }
        case .kinds(let kinds): add(node, kinds, heading)
        default: break
        }
    }

    private mutating func add(_ key: Key, of node: YAMLNode, _ heading: String, _ path: [String]) {
        guard let value = node.named.first(where: { $0.0 == key.name })?.1 else { return }
        ids.insert("\(heading): \((path + [key.name]).joined(separator: "."))")
        let isWhole = heading == LanguageKeys.whole
        add(
            value, key.form, isWhole ? LanguageKeys.headings[key.name] ?? heading : heading,
            isWhole ? [] : path + [key.name])
    }

    private mutating func add(_ node: YAMLNode, _ kinds: Kinds, _ heading: String) {
        let isStep = kinds.noun.hasSuffix("step")
        let word = kinds.discriminator.map { name in node.named.first { $0.0 == name }?.1.scalar?.text }
        let kind = kinds.kinds.first { kind in
            kinds.discriminator == nil ? node.named.contains { $0.0 == kind.name } : kind.name == word
        }
        guard let kind else { return }
        if let name = kinds.discriminator { ids.insert("\(heading): \(name)") }
        for key in kinds.common {
            add(key, of: node, key.name == "group_by" || !isStep ? heading : "Steps", [])
        }
        for key in kind.siblings { add(key, of: node, isStep ? kind.name : heading, []) }
        guard let body = node.named.first(where: { $0.0 == kind.name })?.1 else { return }
        add(body, kind.form, isStep ? kind.name : heading, isStep ? [] : [kind.name])
    }
}

extension YAMLNode {
    /// The pairs of a map; none of what is no map.
    fileprivate var named: [(String, YAMLNode)] { (pairs ?? []).map { ($0.key.scalar?.text ?? "", $0.value) } }
}
