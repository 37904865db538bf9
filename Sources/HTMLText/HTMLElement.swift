/// What an element does to the text in it. One that is not named here does nothing.
enum HTMLElement: Hashable {
    case inline, hidden, html, meta, title
    /// A paragraph of its own.
    case block
    /// A line of its own.
    case line
    case lineBreak, preformatted
    case heading(Int)
    case list(isNumbered: Bool)
    case item, table, row, cell

    static let named: [String: HTMLElement] = {
        var named: [String: HTMLElement] = [
            "html": .html, "meta": .meta, "title": .title, "br": .lineBreak, "pre": .preformatted,
            "listing": .preformatted, "xmp": .preformatted, "plaintext": .preformatted, "ul": .list(isNumbered: false),
            "menu": .list(isNumbered: false), "dir": .list(isNumbered: false), "ol": .list(isNumbered: true),
            "li": .item, "table": .table, "tr": .row, "td": .cell, "th": .cell, "dt": .line, "dd": .line,
            "legend": .line, "summary": .line,
        ]
        for level in 1...6 { named["h\(level)"] = .heading(level) }
        for name in [
            "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
            "dl", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "main", "nav", "p",
            "search", "section",
        ] where named[name] == nil {
            named[name] = .block
        }
        for name in [
            "script", "style", "template", "noscript", "svg", "canvas", "iframe", "object", "applet", "audio", "video",
            "map", "datalist", "select", "noframes", "noembed", "frameset",
        ] {
            named[name] = .hidden
        }
        return named
    }()
}
