/// A whole page in one file: no script, no request to anywhere, and one style sheet that it carries itself.
package struct Page: Sendable {
    package var title: String
    package var style: StyleSheet
    package var content: HTML

    package init(title: String, style: StyleSheet, content: HTML) {
        self.title = title
        self.style = style
        self.content = content
    }

    /// What a browser may do with the page. A server that sends pages sends this as a header too.
    package var contentSecurityPolicy: String {
        "default-src 'none'; style-src '\(style.allowance)'; base-uri 'none'; form-action 'none'"
    }

    /// The file, in UTF-8.
    package var text: String {
        let head = HTML([
            HTML(void: "meta", [Attribute("charset", "utf-8")]).onOwnLine,
            HTML(
                void: "meta",
                [Attribute("http-equiv", "Content-Security-Policy"), Attribute("content", contentSecurityPolicy)]
            ).onOwnLine,
            HTML(
                void: "meta",
                [Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1")]
            ).onOwnLine,
            HTML(void: "meta", [Attribute("name", "color-scheme"), Attribute("content", "light dark")]).onOwnLine,
            HTML(void: "meta", [Attribute("name", "referrer"), Attribute("content", "no-referrer")]).onOwnLine,
            block("title") { title },
            HTML(style: style).onOwnLine,
        ])
        let html = HTML(
            element: "html", [Attribute("lang", "en")],
            content: HTML([
                HTML(verbatim: "\n"),
                block("head") {
                    HTML(verbatim: "\n"); head
                },
                block("body") {
                    HTML(verbatim: "\n"); content
                },
            ]))
        return "<!doctype html>\n" + html.onOwnLine.markup
    }
}
