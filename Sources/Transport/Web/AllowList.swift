/// Which hosts may be asked: rules only.
///
/// A host must be named, by itself or by a pattern. A pattern with `*` never leads to an address that is not public,
/// whatever the name says that leads there; a host that is named by itself may be anywhere.
package struct AllowList: Hashable, Sendable {
    package struct Entry: Hashable, Sendable, CustomStringConvertible {
        fileprivate enum Name: Hashable { case any, below(String), exactly(String) }

        fileprivate var name: Name
        /// Nil for every port.
        fileprivate var port: Int?
        package var description: String

        /// `*`, `*.example.com`, `example.com`, `10.0.0.7:8080`, `[::1]`.
        package init(_ text: String) throws(WebURL.Mistake) {
            description = text
            guard !text.utf8.contains(UInt8(ascii: "/")) else {
                throw WebURL.Mistake("is no host; write the host alone, such as example.com")
            }
            if text == "*" {
                name = .any
                return
            }
            let isPattern = text.hasPrefix("*.")
            let rest = isPattern ? String(text.dropFirst(2)) : text
            guard !rest.utf8.contains(UInt8(ascii: "*")) else {
                throw WebURL.Mistake("has a '*' that does not stand for whole names; write * or *.example.com")
            }
            // An address of version 6 is often written without its brackets.
            let url = try WebURL("http://" + (IPAddress(rest)?.bytes.count == 16 ? "[\(rest)]" : rest))
            name = isPattern ? .below("." + url.host) : .exactly(url.host)
            port = text.utf8.last.map { (0x30...0x39).contains($0) } ?? false && Self.namesPort(rest) ? url.port : nil
        }

        private static func namesPort(_ text: String) -> Bool {
            IPAddress(text)?.bytes.count != 16 && text.utf8.last != UInt8(ascii: "]")
                && text.utf8.contains(UInt8(ascii: ":"))
        }

        fileprivate func matches(_ url: WebURL) -> Bool {
            guard port == nil || port == url.port else { return false }
            return switch name {
            case .any: true
            case .below(let suffix): url.host.hasSuffix(suffix)
            case .exactly(let host): url.host == host
            }
        }

        fileprivate var namesItself: Bool { if case .exactly = name { true } else { false } }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry]) { self.entries = entries }

    /// Whether a page may be asked for, as far as its address says.
    package func allows(_ url: WebURL) -> Bool { entries.contains { $0.matches(url) } }

    /// Whether a page that may be asked for may be asked for at the address that its host has.
    package func allows(_ url: WebURL, at address: IPAddress) -> Bool {
        if address.isPublic { return allows(url) }
        return entries.contains { entry in
            guard entry.namesItself else { return false }
            if entry.matches(url) { return true }
            var literal = url
            literal.host = "\(address)"
            return allows(url) && entry.matches(literal)
        }
    }
}
