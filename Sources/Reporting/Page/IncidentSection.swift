internal import Pages
internal import Runs
internal import Values

extension RunReport {
    /// What went wrong, by step and cause, with one record as an example of each.
    func incidentSection(_ kind: Incident.Kind, title: String) -> HTML {
        let groups = groups(kind)
        guard !groups.isEmpty else { return HTML() }
        return block("section", .id(kind.rawValue)) {
            block("h2") { title }
            for group in groups { article(group) }
        }
    }

    private func article(_ group: IncidentGroup) -> HTML {
        let example = group.example
        return block("article", .class("incident \(group.kind.rawValue)")) {
            block("h3") {
                tag("span", .class("is-\(group.kind.rawValue)")) { Figures.count(group.count, group.counted) }
                " at "
                if let step = group.step { foreign(step) } else { "the input" }
                ": "
                foreign(group.cause.code)
            }
            said(of: example, beginning: group.count > 1 ? "For example " : "")
            folded("Answer", example.answer)
            folded("Prompt", example.prompt)
            folded("Input", example.input.map(inputText))
            for other in group.others { said(of: other, beginning: "And ") }
            if group.hasMoreMessages {
                block("p", .class("soft small")) {
                    "And others, with other messages: "
                    tag("a", .href(file: "failures.csv")) { "failures.csv" }
                }
            }
        }
    }

    /// The message, and which record it is about.
    private func said(of incident: Incident, beginning: String) -> HTML {
        HTML([
            block("p", .class("message")) { foreign(Excerpt(incident.failure.message, limit: 2000).text) },
            block("p", .class("soft small")) {
                beginning
                foreign(Excerpt(incident.record.shownID, limit: 300).line)
                place(of: incident)
                if let place = incident.placeName, incident.item != nil { HTML([HTML(text: ", at "), foreign(place)]) }
                if incident.attempt > 1 { ", attempt \(incident.attempt)" }
            },
        ])
    }

    /// Where each record stands, and not only an example.
    var failureFiles: HTML {
        guard !incidents.isEmpty else { return HTML() }
        return block("p", .class("files soft small")) {
            "Each of these records, with its own message, stands in "
            tag("a", .href(file: "failures.csv")) { "failures.csv" }
            "; "
            tag("a", .href(file: "failures.jsonl")) { "failures.jsonl" }
            " has prompt, answer and input, too."
        }
    }

    /// The file and line, where the record's name does not say them.
    private func place(of incident: Incident) -> HTML {
        let named = incident.origin.source.hasSameBytes(as: incident.record)
        guard let line = incident.origin.line else {
            return named ? HTML() : HTML([HTML(text: " from "), foreign(incident.origin.source)])
        }
        return HTML([HTML(text: " from "), foreign(incident.origin.source), HTML(text: " line \(line)")])
    }

    private func inputText(_ input: Value) -> String {
        JSON.prettyText(of: BoundedValue(input, budget: 8000, textLimit: 2000).value)
    }

    private func folded(_ title: String, _ text: String?) -> HTML {
        guard let text else { return HTML() }
        return block("details") {
            tag("summary") {
                title
                ", \(Figures.bytes(Int64(text.utf8.count)))"
            }
            foreignBlock(Excerpt(text, limit: 8000).text)
        }
    }
}
