internal import Digests
internal import Journaling
internal import Pages
internal import Runs
internal import Values

extension RunReport {
    /// `report.md`: short, for a terminal or a forge.
    package var markdown: String {
        var text = Markdown()
        text.add("# ")
        text.add(figure: headline)
        text.end()
        text.end()
        text.add("Recipe ")
        text.add(code: outline.recipe)
        text.add(", run ")
        text.add(code: run)
        text.add(", input ")
        text.add(code: outline.input)
        text.add(", started ")
        text.add(figure: Figures.moment(started))
        if let microseconds {
            text.add(", took ")
            text.add(figure: Figures.duration(microseconds: microseconds))
        }
        text.add(".")
        text.end()
        addStanding(&text)
        addSteps(&text)
        addCollect(&text)
        for kind in Incident.Kind.allCases { add(groups(kind), of: kind, to: &text) }
        if !incidents.isEmpty {
            text.add(
                """

                Each of these records, with its own message, stands in [failures.csv](failures.csv);
                [failures.jsonl](failures.jsonl) has prompt, answer and input, too.

                """)
        }
        addOutputs(&text)
        addSpending(&text)
        return text.source
    }

    private func addStanding(_ text: inout Markdown) {
        if let executedBy {
            text.add("\nExecuted by ")
            text.add(code: executedBy)
            text.add(" right now.")
            text.end()
        } else if let reason {
            text.add("\nStopped: ")
            text.add(code: Excerpt(reason, limit: 1000).line)
            text.end()
        }
        if outcome == .stopped, executedBy == nil {
            text.add("\nRun it again with ")
            text.add(code: continueCommand)
            text.add(".")
            text.end()
        }
        text.add("\n## Records\n\n")
        text.add(
            table: ["read"] + standing.map(\.outcome.words), left: 0,
            rows: [[.figure(Figures.count(counts.read))] + standing.map { .figure(Figures.count($0.count)) }])
        if counts.flagged > 0 {
            text.end()
            text.add(
                figure: "\(Figures.count(counts.flagged)) of the done records \(counts.flagged == 1 ? "is" : "are")")
            text.add(" flagged.\n")
        }
        for problem in problems {
            text.add("\n**A fault of Linecook:** ")
            text.add(figure: problem)
            text.end()
        }
    }

    private func addSteps(_ text: inout Markdown) {
        guard !steps.isEmpty else { return }
        text.add("\n## Steps\n\n")
        let all: [(String, StepMark)] = [
            ("done", .done), ("flagged", .flagged), ("failed", .failed), ("rejected", .rejected),
            ("skipped", .skipped), ("waiting", .waiting), ("not reached", .notReached),
        ]
        let marks = all.filter { _, mark in mark == .done || steps.contains { $0.counts[mark] > 0 } }
        text.add(
            table: ["step", "kind"] + marks.map(\.0) + ["attempts", "time", "tokens in", "tokens out"], left: 2,
            rows: stepsInOrder.map { step in
                let took = [
                    Figures.count(step.attempts), Figures.duration(microseconds: step.usage.microseconds),
                    Figures.count(step.usage.tokensIn), Figures.count(step.usage.tokensOut),
                ]
                return [
                    .code(step.outline.name),
                    .figure(step.outline.kind + (step.outline.inside == nil ? "" : ", for each item")),
                ]
                    + marks.map { .figure(Figures.count(step.counts[$0.1])) }
                    + took.map { .figure(step.outline.answered ? $0 : "") }
            })
        let guarded = stepsInOrder.compactMap { step in step.outline.passage.map { (step.outline.name, $0) } }
        guard !guarded.isEmpty else { return }
        text.add("\nWhat lets a step that acts pass:\n\n")
        for (name, passage) in guarded {
            text.add("- ")
            text.add(code: name)
            text.add(": ")
            text.add(code: Excerpt(passage, limit: 1000).line)
            text.end()
        }
    }

    private func addCollect(_ text: inout Markdown) {
        guard !collect.isEmpty else { return }
        text.add("\n## Collected\n\n")
        text.add(
            table: ["step", "groups done", "flagged", "failed", "attempts", "time"], left: 1,
            rows: collect.map { step in
                [.code(step.outline.name)]
                    + [step.done, step.flagged, step.failed, step.attempts].map { .figure(Figures.count($0)) }
                    + [.figure(Figures.duration(microseconds: step.usage.microseconds))]
            })
        for group in collect.flatMap(\.incidents) {
            text.add("\n- ")
            text.add(figure: "\(Figures.count(group.count, "group")) \(group.kind.rawValue)")
            text.add(": ")
            text.add(figure: group.cause.code)
            text.add("  \n  such as ")
            text.add(code: Excerpt(group.example.record.shownID, limit: 300).line)
            text.add(": ")
            text.add(code: Excerpt(group.example.failure.message, limit: 1000).line)
            text.end()
        }
    }

    private func add(_ groups: [IncidentGroup], of kind: Incident.Kind, to text: inout Markdown) {
        guard !groups.isEmpty else { return }
        switch kind {
        case .failed: text.add("\n## Failed\n")
        case .rejected: text.add("\n## Rejected\n")
        case .flagged: text.add("\n## Flagged\n")
        }
        for group in groups {
            text.add("\n- ")
            text.add(figure: Figures.count(group.count, group.counted))
            text.add(" at ")
            text.add(code: group.step ?? "input")
            text.add(": ")
            text.add(figure: group.cause.code)
            text.add("  \n  such as ")
            add(group.example, to: &text)
            for other in group.others {
                text.add("  \n  and ")
                add(other, to: &text)
            }
            if group.hasMoreMessages { text.add("  \n  and others, with other messages") }
            text.end()
        }
    }

    /// The record, and what is said of it.
    private func add(_ incident: Incident, to text: inout Markdown) {
        text.add(code: Excerpt(incident.record.shownID, limit: 300).line)
        if incident.item != nil, let place = incident.placeName {
            text.add(" at ")
            text.add(code: place)
        }
        text.add(": ")
        text.add(code: Excerpt(incident.failure.message, limit: 1000).line)
    }

    private func addOutputs(_ text: inout Markdown) {
        guard !outputs.isEmpty else { return }
        text.add("\n## Outputs\n\n")
        text.add(
            table: ["file", "SHA-256", "records", "size"], left: 2,
            rows: outputs.map {
                [
                    .code($0.path), .code($0.sha256.hex), .figure(Figures.count($0.records)),
                    .figure(Figures.bytes($0.bytes)),
                ]
            })
    }

    private func addSpending(_ text: inout Markdown) {
        guard attempts > 0 else { return }
        text.add("\n## Spending\n\n")
        let spending = spending
        if spending.hasSum {
            text.add(figure: spending.money)
            text.add(" for ")
        }
        text.add(figure: Figures.count(usage.tokensIn, "token"))
        text.add(" in and ")
        text.add(figure: Figures.count(usage.tokensOut))
        text.add(" out, in ")
        text.add(figure: Figures.count(attempts, "attempt"))
        text.add(" that took ")
        text.add(figure: Figures.duration(microseconds: usage.microseconds))
        text.add(" together.\n")
        if !spending.models.isEmpty {
            text.add("\nNo price is known for ")
            for (index, name) in spending.models.enumerated() {
                if index > 0 { text.add(", ") }
                text.add(code: name)
            }
            text.add(figure: spending.unpricedShare)
            text.end()
        }
        for (name, model) in outline.models.sorted(by: { $0.key.precedesByBytes($1.key) }) {
            text.add("\n- ")
            text.add(code: name)
            text.add(": ")
            text.add(code: model)
        }
        if !outline.models.isEmpty { text.end() }
    }
}
