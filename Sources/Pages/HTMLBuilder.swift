/// Puts pieces one after another. A `String` among them is text.
@resultBuilder
package enum HTMLBuilder {
    package static func buildExpression(_ piece: HTML) -> HTML { piece }
    package static func buildExpression(_ text: String) -> HTML { HTML(text: text) }
    package static func buildExpression(_ pieces: [HTML]) -> HTML { HTML(pieces) }
    package static func buildBlock(_ pieces: HTML...) -> HTML { HTML(pieces) }
    package static func buildArray(_ pieces: [HTML]) -> HTML { HTML(pieces) }
    package static func buildOptional(_ piece: HTML?) -> HTML { piece ?? HTML() }
    package static func buildEither(first piece: HTML) -> HTML { piece }
    package static func buildEither(second piece: HTML) -> HTML { piece }
}

/// An element around what the closure builds: `tag("p", .class("lead")) { "Read "; count }`.
package func tag(
    _ name: StaticString, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML = { HTML() }
) -> HTML {
    HTML(element: name, attributes, content: content())
}

/// An element that begins a line of the page's source.
package func block(
    _ name: StaticString, _ attributes: Attribute..., @HTMLBuilder content: () -> HTML = { HTML() }
) -> HTML {
    HTML(element: name, attributes, content: content()).onOwnLine
}

/// A short text that came from a record, a model or a file: it cannot turn the text around it, whichever way it runs.
package func foreign(_ text: String) -> HTML {
    HTML(element: "bdi", [], content: HTML(text: text))
}

/// A long text that came from a record, a model or a file, with its own lines and each of them in its own direction.
package func foreignBlock(_ text: String) -> HTML {
    HTML(element: "pre", [Attribute("dir", "auto"), Attribute("tabindex", "0")], content: HTML(text: "\n" + text))
        .onOwnLine
}

/// A command that a reader may copy; where it needs several lines, they break between words.
package func command(_ text: String) -> HTML {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word in
        HTML(element: "span", [], content: HTML(text: String(word)))
    }
    let apart = words.enumerated().map { $0 == 0 ? $1 : HTML([HTML(text: " "), $1]) }
    return HTML(element: "code", [.class("command")], content: HTML(apart))
}
