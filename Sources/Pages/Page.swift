/// A whole page in one file, with one style sheet that it carries itself. A page of a report has no script and makes no
/// request to anywhere; one that a server sends may have a script, a file of that server, and speaks with nobody else.
package struct Page: Sendable {
    package var title: String
    package var style: StyleSheet
    package var content: HTML
    /// For a page that a server sends: the path of its script there. Such a page may send forms to its server, too.
    package var script: String?

    package init(title: String, style: StyleSheet, script: String? = nil, content: HTML) {
        self.title = title
        self.style = style
        self.script = script
        self.content = content
    }

    /// What a browser may do with the page. A server that sends pages sends this as a header too.
    package var contentSecurityPolicy: String {
        let own = "default-src 'none'; style-src '\(style.allowance)'; base-uri 'none'; "
        return own
            + (script == nil ? "form-action 'none'" : "form-action 'self'; script-src 'self'; connect-src 'self'")
    }

    /// Without a referrer a browser names no origin with a form, and its server could not tell its own forms.
    private var referrer: String { script == nil ? "no-referrer" : "same-origin" }

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
            HTML(void: "meta", [Attribute("name", "referrer"), Attribute("content", referrer)]).onOwnLine,
            block("title") { title },
            HTML(style: style).onOwnLine,
            script.map { block("script", Attribute("src", $0), Attribute("defer", "")) } ?? HTML(),
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
