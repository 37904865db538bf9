import Digests
import Journaling
import Reporting
import Runs
import Values

/// Runs as they could have ended, for tests and for looking at.
enum SampleReports {
    /// A run of three steps: twenty documents, one failed and one flagged.
    static let documents: RunReport = {
        var summary = step("summary", "ask", model: "writer", done: 18, flagged: 1, failed: 1)
        summary.attempts = 23
        summary.usage = Usage(tokensIn: 11_482, tokensOut: 2_060, microseconds: 214_300_000)
        var facts = step("facts", "ask", model: "writer", done: 18, failed: 1, notReached: 1)
        facts.attempts = 22
        facts.usage = Usage(tokensIn: 11_030, tokensOut: 1_544, microseconds: 187_120_000)
        let card = step("card", "set", done: 18, notReached: 2)
        var report = run(
            "summarise-documents", steps: [summary, facts, card],
            counts: counts(read: 20, done: 18, flagged: 1, failed: 2), outcome: .failures)
        report.outline.about = "Summarise every document in a folder and pull its key facts into a table."
        report.outline.models = ["writer": "local (Qwen2.5-Coder-1.5B-Instruct Q4_K_M)"]
        report.incidents = [
            group(
                .failed, count: 1, step: "facts", .rule,
                "every name must stand in the document: “Dr Alma Reyes” does not",
                record: "letters/tenant-complaint.md", attempt: 3,
                prompt:
                    "Dear Ms Okafor,\n\nthe lift has been out of order since 3 March …\n\nList who the document names.",
                answer: #"{"people":["Ms Okafor","Dr Alma Reyes"],"dates":["2025-03-03"],"kind":"letter"}"#),
            group(
                .failed, count: 1, step: "summary", .cutOff, "the answer ended at the limit of 800 tokens",
                record: "reports/annual-accounts.txt", attempt: 3, answer: #"{"text":"The annual accounts show that"#),
            group(
                .flagged, count: 1, step: "summary", .rule,
                "the summary repeats the title instead of saying what the document says",
                record: "notices/water-shut-off.txt", attempt: 3, answer: #"{"text":"Notice of water shut-off"}"#),
        ]
        report.outputs = [
            WrittenOutput(path: "summaries.csv", records: 18, bytes: 6_204, sha256: SHA256Digest(of: "csv")),
            WrittenOutput(path: "summaries.jsonl", records: 18, bytes: 12_931, sha256: SHA256Digest(of: "jsonl")),
        ]
        report.outline.outputFolder = "../../../../out"
        return report
    }()

    static func step(
        _ name: String, _ kind: String, model: String? = nil, done: Int, flagged: Int = 0, failed: Int = 0,
        skipped: Int = 0, waiting: Int = 0, rejected: Int = 0, notReached: Int = 0
    ) -> RunReport.Step {
        var counts = StepCounts()
        counts[.done] = done
        counts[.flagged] = flagged
        counts[.failed] = failed
        counts[.skipped] = skipped
        counts[.waiting] = waiting
        counts[.rejected] = rejected
        counts[.notReached] = notReached
        return RunReport.Step(
            outline: RunOutline.Step(name: name, kind: kind, answered: model != nil, model: model), counts: counts)
    }

    static func counts(
        read: Int, done: Int, flagged: Int = 0, failed: Int = 0, rejected: Int = 0, skipped: Int = 0, waiting: Int = 0,
        notReached: Int = 0
    ) -> Counts {
        var counts = Counts()
        counts.read = read
        counts.done = done
        counts.flagged = flagged
        counts.failed = failed
        counts.rejected = rejected
        counts.skipped = skipped
        counts.waiting = waiting
        counts.notReached = notReached
        return counts
    }

    static func run(
        _ recipe: String, steps: [RunReport.Step], counts: Counts, outcome: RunOutcome, input: String? = nil
    ) -> RunReport {
        RunReport(
            run: "\(recipe)-20260302T140509Z",
            outline: RunOutline(
                recipe: recipe, recipePath: "recipes/\(recipe).yaml",
                input: input ?? "fixtures/documents (**/*.md, **/*.txt)", steps: steps.map(\.outline)),
            outcome: outcome, started: Timestamp(seconds: 1_772_460_309, nanoseconds: 250_000_000),
            ended: Timestamp(seconds: 1_772_460_536), counts: counts, steps: steps)
    }

    static func group(
        _ kind: Incident.Kind, count: Int, step: String?, _ cause: Cause, _ message: String, record: String,
        line: Int? = nil, file: String? = nil, attempt: Int = 1, prompt: String? = nil, answer: String? = nil,
        input: Value? = nil
    ) -> IncidentGroup {
        IncidentGroup(
            count: count,
            example: Incident(
                kind: kind, ordinal: 0, record: record,
                origin: RecordOrigin(source: file ?? record, line: line, content: Fingerprint(of: record)),
                outcome: kind == .flagged ? .done : kind == .failed ? .failed : .rejected, step: step, attempt: attempt,
                failure: Failure(cause, message), prompt: prompt, answer: answer, input: input))
    }
}
