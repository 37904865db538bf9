internal import Digests
internal import Pages
internal import Reviewing

/// What a rule is true of, before anything is approved by it.
struct RulePage {
    var frame: PageFrame
    var matches: BulkMatches?
    var rule: String
    var problem: String?

    init(frame: PageFrame, matches: BulkMatches, problem: String? = nil) {
        self.frame = frame
        self.matches = matches
        self.problem = problem
        rule = matches.rule
    }

    init(frame: PageFrame, rule: String, problem: String) {
        self.frame = frame
        self.problem = problem
        self.rule = rule
    }

    var page: Page {
        frame.page("Approve by a rule") {
            tag("h1") { "Approve by a rule" }
            if let problem {
                block("div", .class("notice wrong"), Attribute("role", "alert")) {
                    tag("p", .class("wrap")) { HTML(text: problem) }
                }
            }
            frame.form("/rule", [.class("rule")]) {
                tag("label") {
                    "Rule in CEL "
                    HTML(
                        void: "input",
                        [
                            Attribute("name", "rule"), Attribute("value", rule), Attribute("required", ""),
                            Attribute("spellcheck", "false"),
                        ])
                }
                tag("button", Attribute("type", "submit")) { "Show what it is true of" }
            }
            if let matches { found(matches) }
            tag("p") { tag("a", Attribute("href", "/")) { "Back to the queue" } }
        }
    }

    private func found(_ matches: BulkMatches) -> HTML {
        HTML([
            tag("p", .class("lead")) {
                HTML(
                    text: "True of \(Figures.count(matches.items.count, "record")), false of \(matches.others)"
                        + (matches.unjudged.isEmpty ? "." : ", and \(matches.unjudged.count) cannot be judged:"))
            },
            block("ul") {
                for unjudged in matches.unjudged.prefix(20) {
                    tag("li", .class("small wrap")) {
                        foreign(unjudged.record)
                        ": "
                        foreign(unjudged.message)
                    }
                }
            },
            block("ol", .class("queue")) {
                for item in matches.items {
                    tag("li") {
                        tag("a", Attribute("href", "/record/\(item.number)"), .class("record")) { foreign(item.record) }
                        tag("span", .class("headline wrap")) { foreign(item.headline) }
                    }
                }
            },
            matches.items.isEmpty
                ? HTML()
                : frame.form("/rule/approve", [.class("actions")]) {
                    HTML(
                        void: "input",
                        [Attribute("type", "hidden"), Attribute("name", "rule"), Attribute("value", rule)])
                    HTML(
                        void: "input",
                        [Attribute("type", "hidden"), Attribute("name", "seen"), Attribute("value", matches.seen.hex)])
                    tag("button", Attribute("type", "submit"), .class("main")) {
                        "Approve \(matches.items.count == 1 ? "this record" : "these \(matches.items.count) records")"
                    }
                },
        ])
    }
}
