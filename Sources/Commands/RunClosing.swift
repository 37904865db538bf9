internal import Diagnostics
internal import Execution
internal import Journaling
internal import Pages
internal import Planning
internal import Reporting
internal import Runs

/// What a run says last: how it went, what failed with an example each, where the results are, and how to go on.
struct RunClosing {
    var summary: RunSummary
    var report: RunReport
    var store: RunStore
    var outputFolder: String
    /// What was noticed of the input.
    var remarks: [String] = []

    func text(_ terminal: Terminal) -> String {
        var lines = [terminal.paint(report.headline.printable, "1")]
        for group in report.groups(.failed) { lines.append("  " + describe(group, "failed").printable) }
        for group in report.groups(.flagged) { lines.append("  " + describe(group, "flagged").printable) }
        for collect in report.collect { lines += describe(collect).map(\.printable) }
        for remark in remarks { lines.append("note: \(remark)".printable) }
        if let stop = summary.stop {
            lines.append("stopped: \(stop.words)".printable)
            lines.append("go on with it: \(report.continueCommand)".printable)
        }
        for output in summary.outputs {
            let path = "\(outputFolder)/\(output.path)".printable
            lines.append("output: \(path) (\(Figures.count(output.records, "record")))")
        }
        for output in (summary.collect ?? []).flatMap(\.outputs) {
            let path = "\(outputFolder)/\(output.path)".printable
            lines.append("output: \(path) (\(Figures.count(output.records, "group")))")
        }
        let spending = report.spending
        if spending.cost > 0 || !spending.models.isEmpty { lines.append("spent: \(spending.words)".printable) }
        if !report.incidents.isEmpty { lines.append("failures: \(store.folder.path)/failures.csv".printable) }
        lines.append("report: \(store.folder.path)/report.html".printable)
        let waiting = summary.counts.waiting
        if waiting > 0 {
            let words = "\(Figures.count(waiting, "record")) \(waiting == 1 ? "waits" : "wait")"
            lines.append("\(words) for a person: \(report.reviewCommand)".printable)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `digest: 3 groups done, 1 of them flagged, 1 failed`, and why.
    private func describe(_ collect: RunReport.Collect) -> [String] {
        guard collect.done + collect.failed > 0 else { return [] }
        let failed = collect.failed == 0 ? "" : ", \(Figures.count(collect.failed)) failed"
        let flagged = collect.flagged == 0 ? "" : ", \(Figures.count(collect.flagged)) of them flagged"
        let words = "\(Figures.count(collect.done, "group")) done\(flagged)\(failed)"
        return ["collected \(collect.outline.name): \(words)"]
            + collect.incidents.map {
                "  \($0.cause): \(Figures.count($0.count)) \($0.kind.rawValue), such as \($0.example.record.shownID): "
                    + $0.example.message
            }
    }

    /// `readable, rule: 1 record failed, such as other/scan.txt: the document has too little text`; with `…` behind it
    /// where others have other messages.
    private func describe(_ group: IncidentGroup, _ verb: String) -> String {
        let place = group.step.map { "\($0), \(group.cause)" } ?? "\(group.cause)"
        let records = "\(Figures.count(group.count)) \(group.counted)\(group.count == 1 ? "" : "s")"
        let example = group.example
        let item = example.item == nil ? "" : " at \(example.placeName ?? "")"
        return "\(place): \(records) \(verb), such as \(example.record.shownID)\(item): \(example.message)"
            + (group.others.isEmpty ? "" : " … and others, with other messages")
    }
}

extension StopReason {
    /// Why, in words.
    var words: String {
        switch self {
        case .signal(2): "interrupted with Ctrl-C"
        case .signal(15): "told to end (SIGTERM)"
        case .signal(let number): "signal \(number)"
        case .failures: "more records failed than limits.failures allows"
        case .unreachable(let message), .input(let message): message
        case .budget(let limit, let spent, let next):
            "the budget of \(Money.words(limit)) (limits.spend) has no room for the next call: "
                + "\(Money.words(spent)) spent, and it may cost up to \(Money.words(next)); raise the budget to go on"
        case .time(let limit): "the time of \(limit.words) (limits.time) is over"
        }
    }
}
