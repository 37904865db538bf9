internal import Pages
internal import Runs

extension RunReport {
    /// The steps as a stream of records that runs down the page: as wide as the records that come to a step, with a
    /// branch to the side for those that leave there.
    var flow: HTML {
        let flow = RecordFlow(self)
        let streams = [flow.input] + flow.stages
        return block("section") {
            block("h2") { "Steps" }
            block("ol", .class("flow")) {
                source(flow)
                for (index, step) in outerSteps.enumerated() {
                    let next = index + 2 < streams.count ? streams[index + 2].coming : flow.done
                    card(step, stage: flow.stages[index], next: next)
                }
                mouth(flow)
            }
            if steps.contains(where: { $0.attempts > 0 }) {
                block("p", .class("soft small")) {
                    "Time is the sum over all attempts, also of those that ran side by side."
                }
            }
        }
    }

    // MARK: From the source to the mouth

    private func source(_ flow: RecordFlow) -> HTML {
        block("li") {
            block("div", .class("stage end")) {
                stream([("stream", flow.input.coming)])
                block("p") {
                    tag("strong") { Figures.count(flow.input.coming) }
                    " read"
                }
            }
            branches(
                flow.input, staying: [("stream", flow.input.done)], next: flow.stages.first?.coming ?? flow.done,
                step: nil)
        }
    }

    private func mouth(_ flow: RecordFlow) -> HTML {
        block("li") {
            block("div", .class("stage end")) {
                arrowhead(width: bands([("stream", flow.done)]).width)
                block("p") {
                    tag("strong") { Figures.count(flow.done) }
                    " done"
                    if counts.flagged > 0 { ", \(Figures.count(counts.flagged)) of them flagged" }
                }
            }
        }
    }

    private func card(_ step: Step, stage: RecordFlow.Stage, next: Int) -> HTML {
        let staying = [("stream", stage.done), ("flagged", stage.flagged), ("aside", stage.leftOut)]
        let leaving = RecordFlow.Exit.allCases.map { ($0.style, stage.leaving($0)) }
        return block("li") {
            block("div", .class("stage")) {
                stream(staying + leaving)
                block("div", .class("card")) {
                    block("h3", .class("wrap")) {
                        foreign(step.outline.name)
                        tag("span", .class("soft kind")) {
                            " \(step.outline.kind)"
                            if let model = step.outline.model {
                                " · "
                                foreign(model)
                            }
                        }
                    }
                    block("p", .class("marks")) { marks(stage) }
                    block("p", .class("took soft")) { took(step) }
                    passage(of: step)
                    inner(of: step)
                }
            }
            branches(stage, staying: staying, next: next, step: step.outline.name)
        }
    }

    /// The inner steps of an `each`, whose counts are of items.
    private func inner(of step: Step) -> HTML {
        let inner = innerSteps(of: step)
        guard !inner.isEmpty else { return HTML() }
        return block("ul", .class("inner")) {
            for step in inner {
                block("li") {
                    block("p", .class("wrap")) {
                        tag("strong") { foreign(step.outline.name) }
                        tag("span", .class("soft kind")) {
                            " \(step.outline.kind)"
                            if let model = step.outline.model {
                                " · "
                                foreign(model)
                            }
                        }
                    }
                    block("p", .class("marks")) { itemMarks(step.counts) }
                    block("p", .class("took soft")) { took(step) }
                    passage(of: step)
                }
            }
        }
    }

    private func itemMarks(_ counts: StepCounts) -> HTML {
        let parts: [(StepMark, String, String)] = [
            (.flagged, "flagged", "nobreak is-flagged"), (.failed, "failed", "nobreak is-failed"),
            (.rejected, "rejected", "nobreak is-rejected"), (.waiting, "waiting", "nobreak is-waiting"),
            (.skipped, "left out", "nobreak soft"), (.notReached, "not reached", "nobreak soft"),
        ]
        let done = HTML([
            tag("strong") { Figures.count(counts[.done]) },
            HTML(text: counts[.done] == 1 ? " item done" : " items done"),
        ])
        let others = parts.filter { counts[$0.0] > 0 }.map { mark, words, names in
            HTML([
                HTML(text: " "),
                tag("span", .class(names)) {
                    tag("strong") { Figures.count(counts[mark]) }
                    " " + words
                },
            ])
        }
        return HTML([tag("span", .class("nobreak")) { done }] + others)
    }

    @HTMLBuilder
    private func marks(_ stage: RecordFlow.Stage) -> HTML {
        tag("span", .class("nobreak")) {
            tag("strong") { Figures.count(stage.done) }
            " done"
        }
        if stage.flagged > 0 {
            " "
            tag("a", .class("nobreak is-flagged"), .href(fragment: "flagged")) {
                tag("strong") { Figures.count(stage.flagged) }
                " flagged"
            }
        }
        if stage.leftOut > 0 {
            " "
            tag("span", .class("nobreak soft")) {
                Figures.count(stage.leftOut)
                " left out"
            }
        }
    }

    /// Who or what lets a step that acts pass.
    @HTMLBuilder
    private func passage(of step: Step) -> HTML {
        if let passage = step.outline.passage {
            block("p", .class("soft small wrap")) {
                "Let pass by: "
                foreign(passage)
            }
        }
    }

    private func took(_ step: Step) -> HTML {
        guard step.attempts > 0 else { return HTML() }
        let usage = step.usage
        let each = usage.microseconds / Int64(step.attempts)
        var parts = [
            Figures.count(step.attempts, "attempt"),
            Figures.duration(microseconds: usage.microseconds)
                + (step.attempts > 1 ? " (\(Figures.duration(microseconds: each)) each)" : ""),
        ]
        if usage.tokensIn > 0 || usage.tokensOut > 0 {
            parts.append("\(Figures.count(usage.tokensIn)) → \(Figures.count(usage.tokensOut)) tokens")
        }
        if usage.cost > 0 { parts.append(Figures.money(billionths: usage.cost, currency: outline.currency)) }
        return HTML(
            parts.map { part in
                HTML([tag("span", .class("nobreak")) { part }, HTML(text: " ")])
            })
    }

    // MARK: Drawing

    /// The stream's width for all records read, and the room beside it into which branches run.
    private var bed: (width: Double, bank: Double) { (84, 28) }

    private func bands(_ parts: [(String, Int)]) -> Bands {
        Bands(parts.map { (style: $0.0, count: $0.1) }, of: counts.read, width: bed.width, least: 2)
    }

    /// A straight stretch of the stream.
    private func stream(_ parts: [(String, Int)]) -> HTML {
        drawing(width: bed.width + bed.bank, height: 10, .class("bed")) {
            for band in bands(parts).bands {
                rectangle(x: band.from, y: 0, width: band.width, height: 10, class: band.style)
            }
        }.onOwnLine
    }

    /// Where the stream ends.
    private func arrowhead(width: Double) -> HTML {
        var path = SVGPath()
        path.move(x: 0, y: 0)
        path.line(x: width, y: 0)
        path.line(x: width, y: 5)
        path.line(x: width / 2, y: 10)
        path.line(x: 0, y: 5)
        path.close()
        return drawing(width: bed.width + bed.bank, height: 10, .class("bed")) {
            if width > 0 { shape(path, class: "stream") }
        }.onOwnLine
    }

    /// The stretch below a card: what stays flows on, what leaves turns to the side, where its count stands.
    private func branches(
        _ stage: RecordFlow.Stage, staying: [(String, Int)], next: Int, step: String?
    ) -> HTML {
        let exits = RecordFlow.Exit.allCases.filter { stage.leaving($0) > 0 }
        let all = bands(staying + exits.map { ($0.style, stage.leaving($0)) })
        let kept = all.bands.prefix(all.bands.count - exits.count).last?.to ?? 0
        return block("div", .class(exits.isEmpty ? "stage gap" : "stage exits")) {
            drawing(width: bed.width + bed.bank, height: 40, .class("bed")) {
                for (index, band) in all.bands.suffix(exits.count).enumerated() {
                    shape(branch(band, index: index, of: exits.count), class: band.style)
                }
                shape(trunk(from: kept, to: bands([("stream", next)]).width), class: "stream")
            }.onOwnLine
            if !exits.isEmpty {
                block("p", .class("marks")) {
                    for exit in exits {
                        label(
                            exit, stage.leaving(exit),
                            words: step == nil && exit == .notReached ? "not reached" : exit.words)
                    }
                }
            }
        }
    }

    private func label(_ exit: RecordFlow.Exit, _ count: Int, words: String) -> HTML {
        let content = HTML([tag("strong") { Figures.count(count) }, HTML(text: " " + words)])
        let names = "nobreak is-\(exit.style)"
        return switch exit {
        case .failed, .rejected: tag("a", .class(names), .href(fragment: exit.style)) { content }.onOwnLine
        case .waiting, .skipped, .notReached: tag("span", .class(names)) { content }.onOwnLine
        }
    }

    private func trunk(from above: Double, to below: Double) -> SVGPath {
        var path = SVGPath()
        guard above > 0, below > 0 else { return path }
        path.move(x: 0, y: 0)
        path.line(x: above, y: 0)
        path.curve(handle1: (above, 20), handle2: (below, 20), to: (below, 40))
        path.line(x: 0, y: 40)
        path.close()
        return path
    }

    /// From the stream's foot to the right bank, the outermost on top.
    private func branch(_ band: Bands.Band, index: Int, of count: Int) -> SVGPath {
        let right = bed.width + bed.bank
        let room = 24.0 / Double(count)
        let thickness = min(max(band.width, 1.5), room - 1)
        let middle = 20 - 12 + room * (Double(count - 1 - index) + 0.5)
        let (top, bottom) = (middle - thickness / 2, middle + thickness / 2)
        var path = SVGPath()
        path.move(x: band.from, y: 0)
        path.line(x: band.to, y: 0)
        path.curve(handle1: (band.to, top * 0.8), handle2: (band.to + 4, top), to: (min(band.to + 18, right), top))
        path.line(x: right, y: top)
        path.line(x: right, y: bottom)
        path.line(x: min(band.to + 18, right), y: bottom)
        path.curve(handle1: (band.from + 4, bottom), handle2: (band.from, bottom * 0.8), to: (band.from, 0))
        path.close()
        return path
    }
}

extension RecordFlow.Exit {
    /// The class that colours it.
    var style: String {
        switch self {
        case .failed: "failed"
        case .rejected: "rejected"
        case .waiting: "waiting"
        case .skipped, .notReached: "aside"
        }
    }

    var words: String {
        switch self {
        case .failed: "failed"
        case .rejected: "rejected"
        case .waiting: "waiting for a person"
        case .skipped: "skipped"
        case .notReached: "went no further"
        }
    }
}
