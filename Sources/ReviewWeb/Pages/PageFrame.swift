internal import Pages
internal import Reviewing

/// What every page of the site has around its content.
struct PageFrame: Sendable {
    var recipe: String
    var run: String
    var name: String
    var formToken: String

    func page(_ title: String, counts: QueueCounts? = nil, record: Int64? = nil, @HTMLBuilder content: () -> HTML)
        -> Page
    {
        let watched = record.map { String($0) } ?? ""
        let body = HTML([
            block("header", .class("top")) {
                tag("a", Attribute("href", "/"), .class("home")) { foreign(recipe) }
                " "
                tag("span", .class("soft")) { foreign(run) }
                tag("span", .class("who")) {
                    "as "
                    foreign(name)
                }
            },
            HTML(
                element: "main", [Attribute("id", "main"), Attribute("data-record", watched)],
                content: HTML([HTML(verbatim: "\n"), content()])
            ).onOwnLine,
            keys,
        ])
        return Page(title: "\(title) – \(recipe)", style: .shared + .review, script: "/review.js", content: body)
    }

    func form(_ action: String, _ attributes: [Attribute] = [], @HTMLBuilder content: () -> HTML) -> HTML {
        let token = HTML(
            void: "input",
            [Attribute("type", "hidden"), Attribute("name", "token"), Attribute("value", formToken)])
        return HTML(
            element: "form",
            [Attribute("method", "post"), Attribute("action", action), Attribute("autocomplete", "off")] + attributes,
            content: HTML([token, content()])
        ).onOwnLine
    }

    /// Told at the end of every page, and shown by `?`.
    private var keys: HTML {
        let keys = [
            ("a", "approve, accept, or say that it happened"), ("e", "edit"),
            ("r", "write the reason, then reject with Ctrl+Enter"),
            ("s", "skip to the next"), ("u", "undo the last answer"), ("j, k", "next and previous in the queue"),
            ("q", "back to the queue"), ("?", "show or hide this"),
        ]
        return block("footer") {
            HTML(
                element: "details", [.id("help")],
                content: HTML([
                    tag("summary") { "Keys" },
                    tag("dl", .class("keys")) {
                        for (key, what) in keys {
                            HTML(
                                element: "div", [],
                                content: HTML([tag("dt") { tag("kbd") { key } }, tag("dd") { what }]))
                        }
                    },
                ]))
        }
    }

    func notice(_ last: LastAnswer?, query: String) -> HTML {
        guard let last else { return HTML() }
        return block("div", .class("notice said"), Attribute("role", "status")) {
            tag("p") { HTML(text: last.words) }
            if last.canUndo {
                form("/record/\(last.number)/undo", [.id("undo")]) {
                    tag("button", Attribute("type", "submit")) { "Undo" }
                }
            }
        }
    }
}

/// A page that says one thing.
struct NoticePage {
    var title: String
    var message: String
    var link: String?

    var page: Page {
        Page(
            title: title, style: .shared + .review,
            content: block("main") {
                tag("h1") { title }
                tag("p", .class("lead wrap")) { HTML(text: message) }
                if let link { tag("p") { tag("a", Attribute("href", "/")) { link } } }
            })
    }
}
