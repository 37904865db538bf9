/// An attribute of an element: its name stands in the source, its value is escaped when it is written.
package struct Attribute: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: StaticString, _ value: String) {
        self.name = name.description
        self.value = value
    }

    /// A length or place in a drawing, with at most two digits behind the point.
    package init(_ name: StaticString, _ number: Double) {
        self.init(name, Figures.plain(number))
    }

    package static func `class`(_ names: String) -> Attribute { Attribute("class", names) }
    package static func id(_ name: String) -> Attribute { Attribute("id", name) }
}

extension Attribute {
    /// A link within the page.
    package static func href(fragment: String) -> Attribute {
        Attribute("href", "#" + percentEncoded(fragment))
    }

    /// A link to a file by its path, relative to the page or absolute; no path can become another kind of link.
    package static func href(file path: String) -> Attribute {
        let encoded = percentEncoded(path)
        // A scheme would stand before the first slash, and two slashes at the start would name a host.
        let start =
            encoded.hasPrefix("/") ? (encoded.hasPrefix("//") ? "/." : "") : (encoded.hasPrefix(".") ? "" : "./")
        return Attribute("href", start + encoded)
    }

    private static func percentEncoded(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
