import Diagnostics
import Recipes
import Values
import YAMLNodes

// The tables of keys of the language, as tests go through them.

extension Key {
    /// Its name and those of all keys and kinds below it, but for what a later version brings.
    var allNames: Set<String> {
        if case .later = form { return [] }
        return form.allNames.union([name])
    }

    /// It and all keys below it, but for what a later version brings.
    var allKeys: [Key] {
        if case .later = form { return [] }
        return [self] + form.allKeys
    }
}

extension Form {
    var allNames: Set<String> {
        switch self {
        case .list(let item), .oneOrList(let item), .map(let item): return item.allNames
        case .keys(let keys): return Set(keys.flatMap(\.allNames))
        case .choice(let choices): return Set(choices)
        case .anyOf(let forms): return Set(forms.flatMap(\.allNames))
        case .kinds(let kinds):
            let keys = kinds.common + kinds.kinds.flatMap(\.siblings)
            return Set(kinds.kinds.map(\.name))
                .union(kinds.kinds.flatMap(\.form.allNames))
                .union(keys.flatMap(\.allNames))
                .union(kinds.discriminator.map { [$0] } ?? [])
        default: return []
        }
    }
}

extension Form {
    var allKeys: [Key] {
        switch self {
        case .list(let item), .oneOrList(let item), .map(let item): item.allKeys
        case .keys(let keys): keys.flatMap(\.allKeys)
        case .anyOf(let forms): forms.flatMap(\.allKeys)
        case .kinds(let kinds):
            kinds.common.flatMap(\.allKeys)
                + kinds.kinds.flatMap {
                    [Key($0.name, $0.form, about: $0.about)] + $0.form.allKeys + $0.siblings.flatMap(\.allKeys)
                }
        default: []
        }
    }
}

extension YAMLNode {
    /// The node as plain values.
    var plain: Value {
        switch content {
        case .mapping(let pairs): .map(ValueMap(pairs.map { ($0.key.scalar?.text ?? "", $0.value.plain) }))
        case .sequence(let items): .list(items.map(\.plain))
        case .scalar, .broken:
            switch resolved {
            case .bool(let truth)?: .bool(truth)
            case .int(let number)?: .int(number)
            case .float(let number)?: .double(number)
            case .text(let text)?: .string(text)
            case .null?, nil: .null
            }
        }
    }
}
