internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

/// The queue: what waits, filtered and in order, a page at a time.
struct QueuePageView {
    var frame: PageFrame
    var queue: QueuePage
    var view: QueueView
    var notice: LastAnswer?

    var page: Page {
        frame.page("Review") {
            frame.notice(notice, query: view.query)
            tag("h1") { "What waits for you" }
            liveCounts(queue.counts)
            filter
            if queue.items.isEmpty { nothing } else { list }
            pages
            byRule
        }
    }

    private var nothing: HTML {
        block("p", .class("lead")) {
            queue.counts.open == 0 ? "Nothing waits." : "Nothing that waits is like that; change what is shown."
        }
    }

    private var list: HTML {
        block("ol", .class("queue")) {
            for item in queue.items { HTML(element: "li", [], content: line(item)).onOwnLine }
        }
    }

    private func line(_ item: QueueItem) -> HTML {
        HTML([
            tag(
                "a", Attribute("href", "/record/\(item.number)?v=1\(view.query)"), .class("record"),
                content: { foreign(item.record) }),
            tag(
                "span",
                .class("kind is-\(item.kind == .review ? "waiting" : item.kind == .doubt ? "failed" : "flagged")")
            ) {
                HTML(text: "\(item.step) · \(item.kind.words)")
            },
            tag("span", .class("headline wrap")) { foreign(item.headline) },
            tag("span", .class("soft small times")) {
                HTML(
                    text: "since \(item.since.clock)" + (item.deadline.map { " · to be answered by \($0.clock)" } ?? "")
                )
            },
            item.said.map { said in
                tag("span", .class("small")) {
                    "\(said.decision.word.past) by "
                    foreign(said.decision.by)
                }
            } ?? HTML(),
        ])
    }

    // MARK: What is shown

    private var filter: HTML {
        HTML(
            element: "form", [Attribute("method", "get"), Attribute("action", "/"), .class("filter")],
            content: HTML([
                select("order", "Order", QueueOrder.allCases.map { ($0.rawValue, $0.rawValue) }, view.order.rawValue),
                select(
                    "kind", "Kind", [("", "all kinds")] + Wait.Kind.allCases.map { ($0.rawValue, $0.words) },
                    view.kind?.rawValue ?? ""),
                select(
                    "step", "Step",
                    [("", "all steps")] + queue.counts.steps.map { ($0.name, "\($0.name) (\($0.count))") },
                    view.step ?? ""),
                select(
                    "state", "State", [("open", "not answered"), ("answered", "answered"), ("all", "all")],
                    view.state.rawValue),
                tag("label") {
                    "Record "
                    HTML(
                        void: "input",
                        [
                            Attribute("type", "search"), Attribute("name", "find"), Attribute("value", view.text),
                            .id("find"),
                        ])
                },
                tag("button", Attribute("type", "submit")) { "Show" },
            ])
        ).onOwnLine
    }

    private func select(
        _ name: String, _ label: String, _ choices: [(value: String, words: String)], _ chosen: String
    ) -> HTML {
        tag("label") {
            HTML(text: label + " ")
            HTML(
                element: "select", [Attribute("name", name)],
                content: HTML(
                    choices.map { choice in
                        HTML(
                            element: "option",
                            [Attribute("value", choice.value)]
                                + (choice.value == chosen ? [Attribute("selected", "")] : []),
                            content: HTML(text: choice.words))
                    }))
        }
    }

    private var pages: HTML {
        guard queue.pages > 1 else { return HTML() }
        return block("nav", Attribute("aria-label", "Pages"), .class("pages")) {
            if queue.page > 0 {
                tag("a", Attribute("href", "/?page=\(queue.page)\(view.query)"), Attribute("rel", "prev")) { "Earlier" }
            }
            tag("span", .class("soft")) {
                "page \(queue.page + 1) of \(queue.pages), \(Figures.count(queue.matching, "record"))"
            }
            if queue.page + 1 < queue.pages {
                tag("a", Attribute("href", "/?page=\(queue.page + 2)\(view.query)"), Attribute("rel", "next")) {
                    "Later"
                }
            }
        }
    }

    private var byRule: HTML {
        guard queue.counts.kinds[.review, default: 0] > 1 else { return HTML() }
        return block("section") {
            tag("h2") { "Approve many by a rule" }
            frame.form("/rule", [.class("rule")]) {
                tag("label") {
                    "Rule in CEL, of what a review shows "
                    HTML(
                        void: "input",
                        [
                            Attribute("name", "rule"), Attribute("required", ""), Attribute("spellcheck", "false"),
                            Attribute("placeholder", "topic.label == \"billing\" && size(draft.body) < 400"),
                        ])
                }
                tag("button", Attribute("type", "submit")) { "Show what it is true of" }
            }
        }
    }
}

/// Kept up to date by the script.
func liveCounts(_ counts: QueueCounts) -> HTML {
    block("p", .class("counts"), Attribute("role", "status"), Attribute("aria-live", "polite")) {
        tag("strong", .id("open")) { "\(counts.open)" }
        " waiting, "
        tag("span", .id("answered")) { "\(counts.answered)" }
        " answered and not yet used"
    }
}
