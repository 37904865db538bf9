/// The address of a page: where to connect, and what to ask for.
package struct WebURL: Hashable, Sendable, CustomStringConvertible {
    package var isSecure: Bool
    /// In small letters, without a dot at its end; an address of version 6 without its brackets.
    package var host: String
    package var port: Int
    /// Path and query, ready to be sent.
    package var target: String

    /// Why a text is none, in words that go on behind it: `has no host`.
    package struct Mistake: Error, Hashable, Sendable {
        package var words: String

        init(_ words: String) { self.words = words }
    }

    package init(_ text: String) throws(Mistake) {
        try self.init(text.utf8[...])
    }

    private init(_ text: Substring.UTF8View) throws(Mistake) {
        let bytes = Array(text)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            throw Mistake("does not begin with http:// or https://")
        }
        switch String(decoding: bytes[..<colon], as: UTF8.self).lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: throw Mistake("does not begin with http:// or https://")
        }
        let rest = bytes[(colon + 3)...]
        let end = rest.firstIndex { "/?#\\".utf8.contains($0) } ?? rest.endIndex
        (host, port) = try Self.place(rest[..<end], isSecure: isSecure)
        target = Self.target(rest[end...])
    }

    /// Host and port of `example.com:8080`, `[::1]`.
    private static func place(_ authority: ArraySlice<UInt8>, isSecure: Bool) throws(Mistake) -> (String, Int) {
        guard !authority.contains(UInt8(ascii: "@")) else { throw Mistake("holds a user name, which is not sent") }
        var host = authority
        var port: ArraySlice<UInt8>?
        if authority.first == UInt8(ascii: "[") {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")) else {
                throw Mistake("has a '[' that stays open")
            }
            host = authority[(authority.startIndex + 1)..<close]
            let rest = authority[(close + 1)...]
            guard rest.isEmpty || rest.first == UInt8(ascii: ":") else { throw Mistake("has no host") }
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard IPAddress(String(decoding: host, as: UTF8.self))?.bytes.count == 16 else {
                throw Mistake("has something in '[ ]' that is no address")
            }
        } else if let colon = authority.firstIndex(of: UInt8(ascii: ":")) {
            host = authority[..<colon]
            port = authority[(colon + 1)...]
        }
        if host.last == UInt8(ascii: ".") { host = host.dropLast() }
        guard !host.isEmpty, host.count <= 253 else { throw Mistake("has no host") }
        guard host.allSatisfy({ $0 < 0x80 }) else {
            throw Mistake("has a host with other letters than a to z; write it in its xn-- form")
        }
        guard host.allSatisfy({ $0.isHostByte }) else { throw Mistake("has a host with signs that no host has") }
        let name = String(decoding: host, as: UTF8.self).lowercased()
        guard let port, !port.isEmpty else { return (name, isSecure ? 443 : 80) }
        let digits = String(decoding: port, as: UTF8.self)
        guard port.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits), (1...65_535).contains(number)
        else { throw Mistake("has a port that is none") }
        return (name, number)
    }

    /// What is no sign of a URL is written as its bytes; the part behind `#` is never sent.
    private static func target(_ rest: ArraySlice<UInt8>) -> String {
        var target: [UInt8] = rest.first == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        for byte in rest.prefix(while: { $0 != UInt8(ascii: "#") }) {
            if byte == UInt8(ascii: "\\") {
                target.append(UInt8(ascii: "/"))
            } else if byte > 0x20, byte < 0x7F, !"\"<>^`{|}".utf8.contains(byte) {
                target.append(byte)
            } else {
                let digits = Array("0123456789ABCDEF".utf8)
                target += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: target, as: UTF8.self)
    }

    /// Where a `Location` leads from here.
    package func following(_ location: String) throws(Mistake) -> WebURL {
        let bytes = Array(location.utf8)
        if bytes.starts(with: "//".utf8) { return try WebURL("\(scheme):\(location)") }
        let scheme = bytes.prefix { $0.isHostByte && $0 != UInt8(ascii: ":") || $0 == UInt8(ascii: "+") }
        if scheme.count < bytes.count, !scheme.isEmpty, bytes[scheme.count] == UInt8(ascii: ":") {
            return try WebURL(location)
        }
        var url = self
        let path = target.utf8.prefix { $0 != UInt8(ascii: "?") }
        switch bytes.first {
        case nil, UInt8(ascii: "#"): break
        case UInt8(ascii: "/"), UInt8(ascii: "\\"): url.target = Self.target(bytes[...])
        case UInt8(ascii: "?"): url.target = Self.target(Array(path) + bytes[...])
        default:
            let folder = path[..<(path.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex)]
            url.target = Self.target(Array(folder) + [UInt8(ascii: "/")] + bytes[...])
        }
        url.target = url.target.withoutDotSegments
        return url
    }

    private var scheme: String { isSecure ? "https" : "http" }

    /// As the `Host` header has it: the port only where it is not the scheme's own.
    package var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    package var description: String { "\(scheme)://\(authority)\(target)" }

    /// Whether both are one site: a key for one is none for the other.
    package func isSameSite(as other: WebURL) -> Bool {
        isSecure == other.isSecure && host == other.host && port == other.port
    }
}

extension UInt8 {
    fileprivate var isHostByte: Bool {
        (0x30...0x39).contains(self) || (0x61...0x7A).contains(self | 0x20) || self == 0x2D || self == 0x2E
            || self == 0x5F || self == 0x3A
    }
}

extension String {
    /// A path without `.` and `..` in it; what follows a `?` stays.
    fileprivate var withoutDotSegments: String {
        let path = utf8.prefix { $0 != UInt8(ascii: "?") }
        var kept: [Substring.UTF8View] = []
        let parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
        for (number, part) in parts.enumerated() {
            let isLast = number == parts.count - 1
            if part.elementsEqual("..".utf8) {
                _ = kept.popLast()
                if isLast { kept.append(Substring("").utf8) }
            } else if part.elementsEqual(".".utf8) {
                if isLast { kept.append(Substring("").utf8) }
            } else {
                kept.append(part)
            }
        }
        return kept.map { "/\(Substring($0))" }.joined() + String(Substring(utf8.dropFirst(path.count)))
    }
}
