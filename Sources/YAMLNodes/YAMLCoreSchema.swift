internal import Diagnostics

/// What a scalar means by the core schema of YAML 1.2: `no` and `on` are texts, `012` is twelve, `0o14` too.
package enum YAMLScalarValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case int(Int64)
    /// Also a whole number too large for 64 bits.
    case float(Double)
    case text(String)
}

extension YAMLNode {
    /// The meaning of a scalar; nil for a list, a map, or a tag that is not of the core schema.
    package var resolved: YAMLScalarValue? {
        guard case .scalar(let located, let style) = content else { return nil }
        let text = located.text
        switch tag {
        case nil: return style == .plain ? resolvePlain(text) : .text(text)
        case "!", "tag:yaml.org,2002:str": return .text(text)
        case "tag:yaml.org,2002:null": return .null
        case "tag:yaml.org,2002:float":
            if case .int(let number)? = Optional(resolvePlain(text)) { return .float(Double(number)) }
            return resolvePlain(text)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:bool": return resolvePlain(text)
        default: return nil
        }
    }
}

private func resolvePlain(_ text: String) -> YAMLScalarValue {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .float(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
    default: return resolveNumber(text) ?? .text(text)
    }
}

private func resolveNumber(_ text: String) -> YAMLScalarValue? {
    let bytes = Array(text.utf8)
    for (prefix, radix) in [("0o", 8), ("0x", 16)] where text.hasPrefix(prefix) {
        let digits = text.dropFirst(2)
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        if let number = Int64(digits, radix: radix) { return .int(number) }
        return UInt64(digits, radix: radix).map { .float(Double($0)) }
    }
    guard let shape = NumberShape(bytes) else { return nil }
    if shape == .whole, let number = Int64(text) { return .int(number) }
    return Double(text).map(YAMLScalarValue.float)
}

/// `[-+]?[0-9]+`, or `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
private enum NumberShape {
    case whole, broken

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func digits() -> Int {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        func skip(_ any: String) -> Bool {
            guard let first = rest.first, any.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = skip("+-")
        let before = digits()
        var isWhole = true
        if skip(".") {
            isWhole = false
            guard digits() + before > 0 else { return nil }
        } else {
            guard before > 0 else { return nil }
        }
        if skip("eE") {
            isWhole = false
            _ = skip("+-")
            guard digits() > 0 else { return nil }
        }
        guard rest.isEmpty else { return nil }
        self = isWhole ? .whole : .broken
    }
}
