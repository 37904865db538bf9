internal import Diagnostics
internal import YAMLNodes

/// Finds what may be a secret in a recipe, so that no problem shows it: what stands where only the place of a secret is
/// named, a header that carries one, a password in an address.
///
/// It goes by keys alone: the first problems are told before anything of a recipe has been checked.
struct SecretFinder {
    private(set) var found: [(text: String, span: SourceSpan)] = []
    /// Where values stood that YAML could not read; something harmless stands there now.
    private let masked: Set<SourcePosition>

    init(_ root: YAMLNode, masked: Set<SourcePosition>) {
        self.masked = masked
        for pair in root.pairs ?? [] {
            switch pair.key.scalar?.text {
            case "models":
                for model in pair.value.pairs ?? [] { take(model: model.value) }
            case "secrets":
                guard let secrets = pair.value.pairs else {
                    take(pair.value, naming: [])
                    continue
                }
                for secret in secrets { take(secret.value, naming: ["env", "file"]) }
            default: break
            }
        }
        takeAnywhere(root)
    }

    private mutating func take(model: YAMLNode) {
        for pair in model.pairs ?? [] {
            guard let name = pair.key.scalar?.text else { continue }
            if nearestName(to: name, among: SecretWords.keys) != nil { take(pair.value, naming: ["env"]) }
            if name == "url", let url = pair.value.scalar?.text, url.contains("?") || url.contains("@") {
                take(pair.value, naming: [])
            }
        }
    }

    private mutating func takeAnywhere(_ node: YAMLNode) {
        switch node.content {
        case .scalar(let text, _):
            if SecretWords.password(inAddress: text.text) != nil { take(node, naming: []) }
        case .sequence(let items):
            for item in items { takeAnywhere(item) }
        case .mapping(let pairs):
            for pair in pairs {
                let name = pair.key.scalar?.text
                if name == "headers" { take(headers: pair.value) }
                if name == "postgres" { take(address: pair.value) }
                takeAnywhere(pair.value)
            }
        case .broken: break
        }
    }

    private mutating func take(headers: YAMLNode) {
        for header in headers.pairs ?? [] {
            guard let name = header.key.scalar?.text, SecretWords.isSecret(header: name),
                let value = header.value.scalar?.text, value.offset(of: "{{") == nil
            else { continue }
            take(header.value, naming: [])
        }
    }

    private mutating func take(address: YAMLNode) {
        guard let text = address.scalar?.text else { return take(address, naming: ["env", "file"]) }
        if text.lowercased().contains("password") { take(address, naming: []) }
    }

    /// Everything in a node but the names of places.
    ///
    /// - Parameter places: the keys of a map that name one.
    private mutating func take(_ node: YAMLNode, naming places: [String]) {
        switch node.content {
        case .scalar(let text, _):
            guard !masked.contains(node.start), !node.isEmpty else { return }
            found.append((text.text, node.span))
            if let password = SecretWords.password(inAddress: text.text) { found.append((password, node.span)) }
            if let alias = node.alias { found.append((text.text, alias)) }
        case .sequence(let items):
            for item in items { take(item, naming: []) }
        case .mapping(let pairs):
            for pair in pairs {
                if let name = pair.key.scalar?.text, let place = nearestName(to: name, among: places),
                    let value = pair.value.scalar?.text, place != "env" || value.isEmpty || value.isVariableName
                {
                    continue
                }
                // `{hunter2}` is a map to YAML.
                if pair.value.isEmpty { take(pair.key, naming: []) }
                take(pair.value, naming: [])
            }
        case .broken: break
        }
    }
}

/// The words by which a secret is known.
package enum SecretWords {
    /// What people call the key of a model.
    static let keys = ["key", "api_key", "token", "secret", "password", "authorization", "bearer", "auth"]

    private static let headers: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "apikey", "x-auth-token",
        "x-auth-key",
        "x-access-token", "x-token", "private-token", "x-secret", "x-functions-key", "ocp-apim-subscription-key",
        "x-goog-api-key", "x-csrf-token", "x-amz-security-token",
    ]

    /// Whether a header of this name carries a secret.
    package static func isSecret(header name: String) -> Bool { headers.contains(name.lowercased()) }

    /// Of a text with an address such as `https://user:password@host`: the password.
    static func password(inAddress text: String) -> String? {
        guard let authority = authority(of: text), let at = authority.lastIndex(of: "@"),
            let colon = authority[..<at].firstIndex(of: ":")
        else { return nil }
        let password = authority[authority.index(after: colon)..<at]
        return password.isEmpty ? nil : String(password)
    }

    /// Whether a user stands before the host of an address, outside all `{{ }}`.
    package static func hasUser(inAddress text: String) -> Bool {
        var literal = ""
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            literal += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else { return false }
            literal += "x"
            rest = rest[close.upperBound...]
        }
        return authority(of: literal + rest)?.contains("@") ?? false
    }

    /// What stands between `://` and the path.
    private static func authority(of text: String) -> Substring? {
        text.firstRange(of: "://").map { start in
            text[start.upperBound...].prefix { !"/?# \n\t\"'".contains($0) }
        }
    }

    /// Whether a secret may stand on a line of a text that YAML cannot read, or takes otherwise than it was meant.
    static func mayStand(onLine number: Int, of source: SourceText) -> Bool {
        guard number >= 1, number <= source.lineCount else { return false }
        let line = source.string(source.lineRange(number)).lowercased()
        let block = block(ofLine: number, in: source)
        if block == "secrets" || password(inAddress: line) != nil { return true }
        return line.words(before: ":").contains { part in
            let word = String(part)
            return headers.contains(word) || ["password", "passwd", "api_key", "secret", "token"].contains(word)
                || (word == "key" && (block == "models" || line.contains("models")))
        }
    }

    /// The key at the left margin under which a line stands.
    private static func block(ofLine number: Int, in source: SourceText) -> String? {
        for line in stride(from: number, through: 1, by: -1) {
            let text = source.string(source.lineRange(line))
            guard let first = text.utf8.first, first.isNameByte else { continue }
            return String(text.prefix { $0 != ":" && $0 != " " })
        }
        return nil
    }
}

extension String {
    /// Whether an environment variable can have this name.
    package var isVariableName: Bool {
        guard let first = utf8.first, !(0x30...0x39).contains(first) else { return false }
        return utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }
    }

    /// The words that stand before a sign, quotes and blanks aside.
    fileprivate func words(before sign: Character) -> [Substring] {
        split(separator: sign).map { part in
            var part = part
            while let last = part.last, " \"'".contains(last) { part = part.dropLast() }
            return part.suffix(while: { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        }
    }
}

extension Substring {
    fileprivate func suffix(while isTaken: (Character) -> Bool) -> Substring {
        var start = endIndex
        while start > startIndex, isTaken(self[index(before: start)]) { start = index(before: start) }
        return self[start...]
    }
}
