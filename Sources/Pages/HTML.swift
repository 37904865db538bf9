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

    /// The characters of markup as entities, line ends as `\n`, and signs for control characters, most of
    /// which HTML has no way to write.
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
            default:
                if let sign = VisibleSign.of(scalar) {
                    escaped.append(contentsOf: Self.escaped(sign).unicodeScalars)
                } else {
                    escaped.append(scalar)
                }
            }
        }
        return String(escaped)
    }
}

/// Signs for the characters that have no look of their own but an effect on the text around them.
package enum VisibleSign {
    /// The sign of a control character (`␛`), or of one that overrides the direction of text (`<U+202E>`) and so makes
    /// `gnp.exe` of `exe.png`; nil for anything that is text, line feeds and tabs included.
    package static func of(_ scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x09, 0x0A: nil
        case 0x00...0x1F: Unicode.Scalar(0x2400 + scalar.value).map { String($0) }
        case 0x7F: "\u{2421}"
        case 0x80...0x9F: "\u{FFFD}"
        case 0x202A...0x202E, 0x2066...0x2069: "<U+\(String(scalar.value, radix: 16, uppercase: true))>"
        default: nil
        }
    }
}
