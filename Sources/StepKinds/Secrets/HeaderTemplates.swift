internal import Calls
internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// The headers that a recipe gives a request.
struct HeaderTemplates: Sendable {
    private var all: [(name: String, value: SecretTemplate)] = []

    /// Headers that say how a request is sent, which is not the recipe's business.
    private static let own: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "keep-alive",
        "proxy-connection", "accept-encoding",
    ]

    init() {}

    /// Nil if one of them is broken, which has been reported.
    init?(_ fields: Fields, key: String, _ planning: inout StepPlanning, from store: SecretStore) {
        guard let templates = planning.secretTemplates(fields.map(key), from: store) else { return nil }
        var isWhole = !fields.isBroken(key)
        for (name, value) in templates {
            if !name.value.isHeaderName {
                planning.problems.error("'\(name.value)' is no name that a header can have", at: name.span)
                isWhole = false
            } else if Self.own.contains(name.value.lowercased()) {
                planning.problems.error(
                    "the header '\(name.value)' is set by the request itself; take it out", at: name.span)
                isWhole = false
            } else if SecretWords.isSecret(header: name.value), value.isLiteral, !value.text.isEmpty {
                planning.problems.add(Self.openSecret(name.value, value))
                isWhole = false
            }
            all.append((name.value, value))
        }
        guard isWhole else { return nil }
    }

    /// A secret that stands in the recipe itself.
    private static func openSecret(_ name: String, _ value: SecretTemplate) -> Diagnostic {
        let first = value.text.prefix { $0 != " " }
        let scheme = ["bearer", "basic", "token"].contains(first.lowercased()) ? "\(first) " : ""
        return .error(
            "the header '\(name)' carries a secret, and a secret never stands in a recipe; say where it is kept, "
                + "`secrets: {NAME: {env: VARIABLE}}`, and write `\(name): \"\(scheme){{ secrets.NAME }}\"`",
            at: value.span
        ).hidingLine()
    }

    var reads: [ReadPath] { all.flatMap(\.value.reads) }
    var secrets: [String] { all.flatMap(\.value.names) }
    /// As the recipe has them.
    var text: String { all.map { "\($0.name): \($0.value.text)" }.joined(separator: "\n") }

    func names(_ name: String) -> Bool { all.contains { $0.name.lowercased() == name } }

    struct Rendered: Sendable {
        /// A line each, secrets as dots.
        var shown: String
        var fields: HTTPFields
    }

    func render(_ row: borrowing Slots) throws(Failure) -> Rendered {
        var rendered = Rendered(shown: "", fields: HTTPFields())
        for (name, value) in all {
            let text = try value.render(row)
            guard text.revealed.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" }) else {
                throw Failure(
                    .field, "the header '\(name)' would hold a line end or another control character")
            }
            rendered.shown += "\(name): \(text.shown)\n"
            rendered.fields.add(name, text.revealed)
        }
        return rendered
    }
}

extension String {
    /// A token of RFC 9110.
    fileprivate var isHeaderName: Bool {
        !utf8.isEmpty
            && utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                    || "!#$%&'*+-.^_`|~".utf8.contains(byte)
            }
    }
}
