import Recipes

/// One key of the language: where the reference tells of it, and how a recipe holds it.
struct LanguageKey {
    /// Lines of YAML to those around them.
    typealias Frame = ([String]) -> [String]

    /// The heading above its table.
    var heading: String
    /// Its name in the table, behind those of the keys whose maps it stands in.
    var path: [String]
    var key: Key
    /// The kinds that it stands beside, for inputs and outputs.
    var kinds: [String]
    /// A whole recipe with these lines in the place of the key.
    var recipe: Frame

    var name: String { path.joined(separator: ".") }
    var id: String { "\(heading): \(name)" }
}

/// Every key that recipes are read by, each once, with what a recipe needs around it.
struct LanguageKeys {
    typealias Frame = LanguageKey.Frame

    private(set) var all: [LanguageKey] = []

    init(_ grammar: Grammar) { add(grammar.recipe, Self.whole, []) { $0 } }

    static let whole = "The whole recipe"

    /// The headings of what stands at a recipe's own keys.
    static let headings = [
        "models": "Models", "settings": "Settings and secrets", "secrets": "Settings and secrets", "input": "Input",
        "steps": "Steps", "collect": "Collect", "output": "Output", "limits": "Limits",
    ]

    private mutating func add(_ new: LanguageKey) {
        guard let place = all.firstIndex(where: { $0.id == new.id }) else { return all.append(new) }
        all[place].kinds += new.kinds
    }

    private mutating func add(
        _ keys: [Key], _ heading: String, _ path: [String], kinds: [String] = [], _ frame: @escaping Frame
    ) {
        for key in keys {
            let others = required(keys, but: key.name)
            let outer: Frame = { frame(others + $0) }
            add(LanguageKey(heading: heading, path: path + [key.name], key: key, kinds: kinds, recipe: outer))
            let isWhole = heading == Self.whole
            // Inner steps have what steps have, but for those that cannot stand inside.
            if case .list(of: .kinds) = key.form, !isWhole { continue }
            add(key.form, isWhole ? Self.headings[key.name] ?? heading : heading, isWhole ? [] : path + [key.name]) {
                outer(["\(key.name):"] + $0.indented)
            }
        }
    }

    private mutating func add(_ form: Form, _ heading: String, _ path: [String], _ frame: @escaping Frame) {
        switch form {
        case .list(let item), .oneOrList(let item): add(item, heading, path) { frame($0.asItem) }
        case .map(let item): add(item, heading, path) { frame(["one:"] + $0.indented) }
        case .keys(let keys): add(keys, heading, path, frame)
        case .anyOf(let forms): for form in forms { add(form, heading, path, frame) }
        case .kinds(let kinds): add(kinds, heading, frame)
        default: break
        }
    }

    private mutating func add(_ kinds: Kinds, _ heading: String, _ frame: @escaping Frame) {
        let isStep = kinds.noun.hasSuffix("step")
        if let name = kinds.discriminator {
            let names = kinds.kinds.map(\.name)
            let key = Key(name, .choice(names), required: true, about: "", example: names.first)
            add(LanguageKey(heading: heading, path: [name], key: key, kinds: [], recipe: frame))
        }
        for kind in kinds.kinds {
            let own =
                kinds.discriminator.map { ["\($0): \(kind.name)"] } ?? ["\(kind.name):"] + body(kind.form).indented
            let (common, siblings) = (required(kinds.common, but: nil), required(kind.siblings, but: nil))
            for key in kinds.common {
                // A collect step has what other steps have, and one key more.
                let isOwn = key.name == "group_by" || !isStep
                let others = required(kinds.common, but: key.name)
                add([key], isOwn ? heading : "Steps", [], kinds: [kind.name]) { frame(others + own + siblings + $0) }
            }
            add(kind.siblings, isStep ? kind.name : heading, [], kinds: [kind.name]) { frame(common + own + $0) }
            add(kind.form, isStep ? kind.name : heading, isStep ? [] : [kind.name]) {
                frame(common + siblings + ["\(kind.name):"] + $0.indented)
            }
        }
    }

    /// The lines of the keys that must be there.
    private func required(_ keys: [Key], but name: String?) -> [String] {
        keys.filter { $0.required && $0.name != name }.map { "\($0.name): \($0.example ?? "")" }
    }

    /// The least that can stand at a kind's own key.
    private func body(_ form: Form) -> [String] {
        switch form {
        case .keys(let keys):
            let lines = required(keys, but: nil)
            return lines.isEmpty ? keys.prefix(1).map { "\($0.name): \($0.example ?? "")" } : lines
        case .list(.keys(let keys)): return required(keys, but: nil).asItem
        case .map: return ["one: 1"]
        default: return ["a-text"]
        }
    }
}

extension [String] {
    fileprivate var indented: [String] { map { "  \($0)" } }

    /// As an item of a list.
    fileprivate var asItem: [String] { enumerated().map { ($0 == 0 ? "- " : "  ") + $1 } }
}
