internal import Digests
internal import Journaling
internal import Pages
internal import Runs
internal import Values

extension RunReport {
    /// `report.html`: one file that needs nothing else, for a screen of any size and for paper.
    package var page: String {
        Page(title: "\(headline) · \(outline.recipe)", style: .shared + .report, content: main).text
    }

    private var main: HTML {
        block("main") {
            HTML(verbatim: "\n")
            masthead
            tiles
            flow
            collectSection
            incidentSection(.failed, title: "Failed")
            incidentSection(.rejected, title: "Rejected")
            incidentSection(.flagged, title: "Flagged")
            failureFiles
            outputSection
            spendingSection
        }
    }

    // MARK: The top

    private var masthead: HTML {
        block("header") {
            block("p", .class("eyebrow")) { foreign(outline.recipe) }
            block("h1") {
                for (index, part) in headlineParts.enumerated() {
                    if index > 0 { "; " }
                    tag("span", .class(index > 0 ? "nobreak" : "part")) { part }
                }
            }
            if let about = outline.about { block("p", .class("about")) { foreign(about) } }
            if let executedBy {
                block("div", .class("notice")) { tag("p") { "Executed by \(executedBy) right now." } }
            } else if outcome == .stopped {
                stopped
            }
            block("dl", .class("facts")) {
                fact("Input") { foreign(outline.input) }
                fact("Started") { Figures.moment(started) }
                if let microseconds { fact("Took") { Figures.duration(microseconds: microseconds) } }
                if !spending.models.isEmpty {
                    fact("Spent") { spending.hasSum ? "\(spending.money), and what has no price" : "no price is known" }
                } else if spending.cost > 0 {
                    fact("Spent") { spending.money }
                }
                fact("Run") { foreign(run) }
            }
        }
    }

    private func fact(_ name: StaticString, @HTMLBuilder _ value: () -> HTML) -> HTML {
        block("div") {
            tag("dt") { HTML(verbatim: name) }
            tag("dd", content: value)
        }
    }

    private var stopped: HTML {
        block("div", .class("notice")) {
            if let reason { tag("p") { foreign(Excerpt(reason, limit: 1000).line) } }
            tag("p") {
                "Run it again with "
                command(continueCommand)
            }
        }
    }

    // MARK: The counts

    /// What was read, and the six ways a record can stand, as a sum.
    private var tiles: HTML {
        block("section", .class("standing")) {
            HTML(verbatim: "<h2 class=\"unseen\">Records</h2>\n")
            shares
            block("ul", .class("tiles")) {
                tile(counts.read, "read", sign: "")
                for (outcome, count) in standing {
                    tile(
                        count, outcome.words, sign: outcome == .done ? "=" : "+",
                        style: count > 0 ? outcome.style : "none",
                        note: outcome == .done && counts.flagged > 0 ? "\(Figures.count(counts.flagged)) flagged" : nil)
                }
            }
            if !problems.isEmpty {
                block("div", .class("notice wrong")) {
                    tag("p") { "Numbers of this run do not agree, which is a fault of Linecook:" }
                    for problem in problems { tag("p") { problem } }
                }
            }
        }
    }

    private func tile(
        _ count: Int, _ words: String, sign: String, style: String = "read", note: String? = nil
    ) -> HTML {
        block("li", .class("tile \(style)")) {
            if !sign.isEmpty { tag("span", .class("sign")) { sign + " " } }
            tag("strong") { Figures.count(count) }
            tag("span") { " " + words }
            if let note { tag("span", .class("note is-flagged")) { " " + note } }
        }
    }

    /// One bar for all that was read, divided by where the records are.
    private var shares: HTML {
        var parts = standing.map { ($0.outcome.style, $0.count) }
        parts[0].1 = max(0, counts.done - counts.flagged)
        parts.insert(("flagged", counts.flagged), at: 1)
        let bar = Bands(parts.map { ($0.0, $0.1) }, of: counts.read, width: 1000, least: 4)
        return drawing(width: 1000, height: 10, .class("shares")) {
            for band in bar.bands {
                rectangle(x: band.from, y: 0, width: max(0, band.width - 1.5), height: 10, class: band.style)
            }
        }.onOwnLine
    }

    // MARK: What came of it

    /// Steps over all done records: their counts are of groups.
    private var collectSection: HTML {
        guard !collect.isEmpty else { return HTML() }
        return block("section") {
            block("h2") { "Collected" }
            for step in collect {
                block("div", .class("card")) {
                    block("h3", .class("wrap")) { foreign(step.outline.name) }
                    block("p", .class("marks")) {
                        tag("strong") { Figures.count(step.done) }
                        step.done == 1 ? " group done" : " groups done"
                        if step.flagged > 0 { ", \(Figures.count(step.flagged)) of them flagged" }
                        if step.failed > 0 { ", \(Figures.count(step.failed)) failed" }
                    }
                    for group in step.incidents {
                        block("p", .class("message")) {
                            foreign(Excerpt(group.example.record.shownID, limit: 300).line)
                            ": "
                            foreign(Excerpt(group.example.failure.message, limit: 2000).text)
                        }
                    }
                }
            }
        }
    }

    private var outputSection: HTML {
        guard !outputs.isEmpty else { return HTML() }
        return block("section") {
            block("h2") { "Outputs" }
            block("ul", .class("outputs")) {
                for output in outputs {
                    block("li") {
                        tag("div", .class("wrap")) { outputName(output) }
                        tag("div", .class("number")) { Figures.count(output.records, "record") }
                        tag("div", .class("number soft")) { Figures.bytes(output.bytes) }
                        tag("div", .class("mono soft hash")) { "sha256 " + output.sha256.hex }
                    }
                }
            }
        }
    }

    private func outputName(_ output: WrittenOutput) -> HTML {
        guard outline.outputFolder != nil else { return foreign(output.path) }
        return tag("a", .href(file: outputPath(output))) { foreign(output.path) }
    }

    private var spendingSection: HTML {
        guard attempts > 0 else { return HTML() }
        let total = usage
        let spending = spending
        return block("section") {
            block("h2") { "Spending" }
            block("p", .class("sum")) {
                if spending.hasSum {
                    tag("strong") { spending.money }
                    " for "
                }
                "\(Figures.count(total.tokensIn)) tokens in and \(Figures.count(total.tokensOut)) out, in "
                Figures.count(attempts, "attempt")
                " that took \(Figures.duration(microseconds: total.microseconds)) together."
            }
            if !spending.models.isEmpty {
                block("p") {
                    "No price is known for "
                    for (index, name) in spending.models.enumerated() {
                        if index > 0 { ", " }
                        foreign(name)
                    }
                    spending.unpricedShare
                }
            }
            block("ul", .class("models soft small")) {
                for (name, model) in outline.models.sorted(by: { $0.key.precedesByBytes($1.key) }) {
                    block("li") {
                        foreign(name)
                        " is "
                        foreign(model)
                    }
                }
            }
        }
    }
}

extension Outcome {
    /// The class that colours it.
    var style: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .rejected: "rejected"
        case .waiting: "waiting"
        case .skipped, .notReached: "aside"
        }
    }
}
