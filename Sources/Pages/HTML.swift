/// A piece of markup, HTML or SVG, in which everything that came from outside is escaped.
///
/// There are three ways to make one: text, which is escaped; markup that stands literally in the program's source; and
/// elements around other pieces. A `String` never becomes markup, so no record can.
package struct HTML: Hashable, Sendable {
    package private(set) var markup: String

    /// Nothing.
    package init() { markup = "" }

    /// Text as a reader should see it, whatever it holds.
    package init(text: String) { markup = Self.escaped(text) }

    /// Markup that the program's source spells out.
    package init(verbatim markup: StaticString) { self.markup = markup.description }

    /// An element with its end tag.
    package init(element name: StaticString, _ attributes: [Attribute], content: HTML) {
        markup = "<\(name)\(Self.written(attributes))>\(content.markup)</\(name)>"
    }

    /// An element that never has an end tag, such as `meta`.
    package init(void name: StaticString, _ attributes: [Attribute]) {
        markup = "<\(name)\(Self.written(attributes))>"
    }

    /// A style sheet, which no browser unescapes.
    init(style: StyleSheet) { markup = "<style>\(style.text)</style>" }

    /// Pieces one after another.
    package init(_ pieces: [HTML]) {
        markup = pieces.reduce(into: "") { $0 += $1.markup }
    }

    /// A piece on a line of its own, so that the source of a page can be read and compared.
    package var onOwnLine: HTML {
        var copy = self
        copy.markup += "\n"
        return copy
    }

    private static func written(_ attributes: [Attribute]) -> String {
        attributes.reduce(into: "") { $0 += " \($1.name)=\"\(escaped($1.value))\"" }
    }

    /// The characters of markup as entities, line ends as `\n`, and control characters as pictures of themselves,
    /// because HTML has no way to write them.
    private static func escaped(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        var afterReturn = false
        for scalar in text.unicodeScalars {
            defer { afterReturn = scalar == "\r" }
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            case "\n" where afterReturn: break
            case "\r": escaped.append("\n")
            default: escaped.append(ControlPicture.of(scalar) ?? scalar)
            }
        }
        return String(escaped)
    }
}

/// The visible stand-ins of characters that have no look of their own.
package enum ControlPicture {
    /// A picture of a control character; nil for anything that is text, line feeds and tabs included.
    package static func of(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x09, 0x0A: nil
        case 0x00...0x1F: Unicode.Scalar(0x2400 + scalar.value)
        case 0x7F: "\u{2421}"
        case 0x80...0x9F: "\u{FFFD}"
        default: nil
        }
    }
}
