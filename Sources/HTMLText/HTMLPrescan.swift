/// Finds the encoding that a document names in its first bytes, as browsers do before they read it: by looking at its
/// `meta` elements and passing over comments and other elements.
struct HTMLPrescan {
    private static let length = 1_024

    private let bytes: ArraySlice<UInt8>
    private var at: Int

    static func charset(of document: [UInt8]) -> Charset? {
        var scan = HTMLPrescan(document.prefix(length))
        return scan.charset()
    }

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        at = bytes.startIndex
    }

    private mutating func charset() -> Charset? {
        while let element = bytes[at...].firstIndex(of: UInt8(ascii: "<")) {
            at = element + 1
            if bytes[at...].starts(with: "!--".utf8) {
                guard skipComment() else { return nil }
            } else if startsMeta {
                at += 4
                if let charset = metaCharset() { return charset }
            } else if at < bytes.endIndex, bytes[at] == UInt8(ascii: "!") || bytes[at] == UInt8(ascii: "?") {
                at = bytes[at...].firstIndex(of: UInt8(ascii: ">")) ?? bytes.endIndex
            } else if at < bytes.endIndex, bytes[at].isLetter || bytes[at] == UInt8(ascii: "/") {
                at = bytes[at...].firstIndex { $0.isSpace || $0 == UInt8(ascii: ">") } ?? bytes.endIndex
                while attribute() != nil {}
            }
        }
        return nil
    }

    private var startsMeta: Bool {
        let name = bytes[at...].prefix(5)
        return name.count == 5 && name.prefix(4).map { $0 | 0x20 }.elementsEqual("meta".utf8)
            && (name.last.map { $0.isSpace || $0 == UInt8(ascii: "/") } ?? false)
    }

    private mutating func skipComment() -> Bool {
        var place = at + 1
        while place + 2 < bytes.endIndex {
            if bytes[place...].starts(with: "-->".utf8) {
                at = place + 3
                return true
            }
            place += 1
        }
        return false
    }

    private mutating func metaCharset() -> Charset? {
        var label: String?
        var content: String?
        var isContentType = false
        while let (name, value) = attribute() {
            switch name {
            case "charset": label = label ?? value
            case "content": content = content ?? value
            case "http-equiv": isContentType = value.lowercased() == "content-type"
            default: break
            }
        }
        if label == nil, isContentType { label = content.flatMap(MediaType.charset) }
        guard let label, let charset = Charset(label: label) else { return nil }
        // Who could read these letters byte by byte has no document in UTF-16 before him.
        return charset.name.hasPrefix("UTF-16") ? .utf8 : charset
    }

    /// The next attribute of the element, its name in small letters; nil at the element's end.
    private mutating func attribute() -> (name: String, value: String)? {
        skip { $0.isSpace || $0 == UInt8(ascii: "/") }
        guard at < bytes.endIndex, bytes[at] != UInt8(ascii: ">") else { return nil }
        let name = take { !$0.isSpace && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ">") && $0 != UInt8(ascii: "=") }
        skip(\.isSpace)
        guard at < bytes.endIndex, bytes[at] == UInt8(ascii: "=") else {
            // An equals sign where a name should be is passed over, or nothing would go on.
            return (name.lowercased(), "")
        }
        at += 1
        skip(\.isSpace)
        guard at < bytes.endIndex else { return nil }
        let quote = bytes[at]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
            return (name.lowercased(), take { !$0.isSpace && $0 != UInt8(ascii: ">") })
        }
        at += 1
        let value = take { $0 != quote }
        guard at < bytes.endIndex else { return nil }
        at += 1
        return (name.lowercased(), value)
    }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while at < bytes.endIndex, isSkipped(bytes[at]) { at += 1 }
    }

    private mutating func take(_ isTaken: (UInt8) -> Bool) -> String {
        let start = at
        skip(isTaken)
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }
}

/// What a `Content-Type` says: `text/html; charset=utf-8`.
package enum MediaType {
    /// `text/html`, in small letters; empty where there is none.
    package static func essence(of text: String) -> String {
        let type = text.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }.filter { !$0.isSpace }
        return String(decoding: type, as: UTF8.self).lowercased()
    }

    /// The label of its `charset`, unquoted.
    package static func charset(of text: String) -> String? {
        for parameter in text.utf8.split(separator: UInt8(ascii: ";")).dropFirst() {
            let halves = parameter.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard halves.count == 2 else { continue }
            let words = halves.map { half in
                String(decoding: half.filter { !$0.isSpace && $0 != 0x22 && $0 != 0x27 }, as: UTF8.self)
            }
            if words[0].lowercased() == "charset" { return words[1] }
        }
        return nil
    }
}

extension UInt8 {
    fileprivate var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }
    fileprivate var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }
}
