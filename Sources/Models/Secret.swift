/// A key. It goes into a request header and nowhere else: describing, printing or reflecting it shows dots.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// For the header of a request. The only way out.
    var revealed: String { text }

    package var description: String { "•••" }
    package var debugDescription: String { "•••" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// A text from elsewhere without this key, or a beginning of it, as some providers echo it in their errors.
    func scrubbed(from message: String) -> String {
        let key = Array(text.utf8)
        let bytes = Array(message.utf8)
        guard key.count >= Self.leastShown else {
            return key.isEmpty
                ? message
                : message.split(separator: text, omittingEmptySubsequences: false)
                    .joined(separator: "•••")
        }
        var clean: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let shared = zip(bytes[at...], key).prefix { $0 == $1 }.count
            if shared >= Self.leastShown {
                clean += "•••".utf8
                at += shared
            } else {
                clean.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: clean, as: UTF8.self)
    }

    /// As many bytes of a key's beginning may stand in a message: `sk-` and the like name the kind of key.
    private static let leastShown = 8
}
