/// A key or a password. It goes out to whom it is meant for and nowhere else: describing, printing or reflecting it shows dots.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// For the header of a request, a connection, or the environment of a program. The only way out.
    package var revealed: String { text }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// A text from elsewhere without this key, also as it stands in a URL, or a part of it, as some providers echo it in
    /// their errors.
    package func scrubbed(from message: String) -> String {
        let key = Array(text.utf8)
        guard key.count >= Self.leastShown else {
            return key.isEmpty
                ? message
                : message.split(separator: text, omittingEmptySubsequences: false)
                    .joined(separator: "•••")
        }
        var clean = Array(message.utf8)
        clean = Self.without(key, in: clean)
        let encoded = Self.percentEncoded(key)
        if encoded != key { clean = Self.without(encoded, in: clean) }
        return String(decoding: clean, as: UTF8.self)
    }

    /// A text in which dots stand for every stretch that it shares with a key.
    private static func without(_ key: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        var clean: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let shared = longestShared(key, bytes, at)
            if shared >= leastShown {
                clean += "•••".utf8
                at += shared
            } else {
                clean.append(bytes[at])
                at += 1
            }
        }
        return clean
    }

    /// How many bytes of a text, from a place on, stand somewhere in a key.
    private static func longestShared(_ key: [UInt8], _ bytes: [UInt8], _ at: Int) -> Int {
        var longest = 0
        for start in key.indices where key[start] == bytes[at] {
            var length = 1
            while start + length < key.count, at + length < bytes.count, key[start + length] == bytes[at + length] {
                length += 1
            }
            longest = max(longest, length)
        }
        return longest
    }

    private static func percentEncoded(_ key: [UInt8]) -> [UInt8] {
        key.flatMap { byte -> [UInt8] in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                [byte]
            default: Array("%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8)
            }
        }
    }

    /// From this many bytes in a row on, a part of a key is taken out: fewer (`sk-`, `…f9a1`) help a person to tell which
    /// key is meant and nobody to use it.
    private static let leastShown = 8
}
