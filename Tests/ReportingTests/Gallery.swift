import Foundation
import Journaling
import Reporting
import Runs
import Testing
import Values

/// Pages to look at, in light and dark, on a phone and on paper: `REPORT_GALLERY=FOLDER swift test --filter gallery`.
@Test(.enabled(if: ProcessInfo.processInfo.environment["REPORT_GALLERY"] != nil))
func `the gallery shows runs of every sort`() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["REPORT_GALLERY"])
    for (name, report) in SampleReports.gallery {
        try Data(report.page.utf8).write(to: URL(filePath: folder).appending(path: "\(name).html"))
        try Data(report.markdown.utf8).write(to: URL(filePath: folder).appending(path: "\(name).md"))
        try Data(report.json.utf8).write(to: URL(filePath: folder).appending(path: "\(name).json"))
    }
}

extension SampleReports {
    static var gallery: [String: RunReport] {
        [
            "documents": documents, "clean": clean, "waiting": waiting, "stopped": stopped, "long": long,
            "hostile": hostile,
        ]
    }

    static let clean: RunReport = {
        var report = documents
        report.steps = [
            step("summary", "ask", model: "writer", done: 20), step("facts", "ask", model: "writer", done: 20),
            step("card", "set", done: 20),
        ]
        for index in 0..<2 {
            report.steps[index].attempts = 20
            report.steps[index].usage = Usage(tokensIn: 11_000, tokensOut: 1_500, microseconds: 187_120_000)
        }
        report.counts = counts(read: 20, done: 20)
        report.outcome = .done
        report.incidents = []
        return report
    }()

    static let waiting: RunReport = {
        var steps = [
            step("topic", "ask", model: "clerk", done: 38, failed: 1, notReached: 1),
            step("draft", "ask", model: "clerk", done: 30, flagged: 2, skipped: 6, notReached: 2),
            step("approval", "review", done: 19, skipped: 6, waiting: 11, rejected: 2, notReached: 2),
            step("reply", "send", done: 19, skipped: 6, notReached: 15),
        ]
        for index in 0..<2 {
            steps[index].attempts = 44
            steps[index].usage = Usage(tokensIn: 21_000, tokensOut: 4_100, cost: 31_220_000, microseconds: 91_000_000)
        }
        steps[1].endedSkipped = 4
        var report = run(
            "reply-to-support", steps: steps,
            counts: counts(read: 40, done: 21, flagged: 1, failed: 2, rejected: 2, skipped: 4, waiting: 11),
            outcome: .waiting, input: "fixtures/inbox (*.eml)")
        report.incidents = [
            group(
                .failed, count: 1, step: nil, .undecodable, "the file is not text in UTF-8: byte 0xFF at 1,204",
                record: "0041.eml"),
            group(
                .failed, count: 1, step: "topic", .schema, "label must be one of billing, bug, how-to, cancel, other",
                record: "0017.eml", attempt: 3, prompt: "From: …", answer: #"{"why":"asks for money","label":"refund"}"#
            ),
            group(.rejected, count: 2, step: "approval", .rejected, "not our tone", record: "0022.eml"),
            group(
                .flagged, count: 2, step: "draft", .rule, "the reply must name the customer", record: "0003.eml",
                attempt: 3),
        ]
        report.outline.models = ["clerk": "https://models.example.net/v1 small-3"]
        report.outputs = documents.outputs
        return report
    }()

    static let stopped: RunReport = {
        var read = step("screen", "check", done: 402_118, failed: 97_882, notReached: 500_000)
        read.endedSkipped = 0
        var label = step("label", "ask", model: "writer", done: 389_000, failed: 12_118, notReached: 598_882)
        label.attempts = 431_204
        label.usage = Usage(
            tokensIn: 187_204_113, tokensOut: 20_118_004, cost: 87_041_500_000, microseconds: 86_300_000_000)
        var report = run(
            "label-reviews", steps: [read, label, step("row", "set", done: 389_000, notReached: 611_000)],
            counts: counts(read: 1_000_000, done: 389_000, failed: 110_000, notReached: 501_000), outcome: .stopped,
            input: "reviews.csv")
        report.reason = "more than 10 % of the records that ended have failed (110,000 of 499,000)"
        report.outline.models = ["writer": "https://models.example.net/v1 small-3"]
        report.incidents = [
            group(
                .failed, count: 97_882, step: "screen", .rule, "the review is shorter than three words",
                record: "18", line: 19, file: "reviews.csv", input: ["id": "18", "text": "ok", "stars": 5]),
            group(
                .failed, count: 11_900, step: "label", .overloaded,
                "429 Too Many Requests after 8 tries: you have reached the limit of 600 requests a minute",
                record: "202311", line: 202_312, file: "reviews.csv"),
            group(
                .failed, count: 218, step: "label", .notJSON, "the answer is not JSON: expected a value at byte 0",
                record: "77", line: 78, file: "reviews.csv", attempt: 3,
                answer: "Sure! Here is the label you asked for:"),
        ]
        return report
    }()

    static let long: RunReport = {
        var steps: [RunReport.Step] = []
        var (coming, notReached) = (1200, 0)
        for number in 1...30 {
            let failed = number % 7 == 3 ? 20 + number : 0
            let flagged = number % 5 == 1 ? 12 : 0
            let leftOut = number % 6 == 4 ? 300 : 0
            let name = number == 8 ? "normalise_the_customer_address_and_postal_code_of_every_line" : "step_\(number)"
            var next = step(
                name, ["ask", "set", "check"][number % 3], model: number % 3 == 0 ? "analyst" : nil,
                done: coming - failed - flagged - leftOut, flagged: flagged, failed: failed, skipped: leftOut,
                notReached: notReached)
            if number % 3 == 0 {
                next.attempts = coming + 31
                next.usage = Usage(
                    tokensIn: coming * 411, tokensOut: coming * 61, cost: Int64(coming) * 90_000,
                    microseconds: Int64(coming) * 1_940_000)
            }
            steps.append(next)
            coming -= failed
            notReached += failed
        }
        var report = run(
            "enrich-leads", steps: steps,
            counts: counts(read: 1200, done: coming, flagged: 60, failed: notReached), outcome: .failures)
        report.incidents = steps.filter { $0.counts[.failed] > 0 }.map {
            group(
                .failed, count: $0.counts[.failed], step: $0.outline.name, .timeout, "no answer within 300 s",
                record: "row-\($0.counts[.failed])", line: 12, file: "leads.csv")
        }
        return report
    }()

    /// A record that tries everything.
    static let hostile: RunReport = {
        var report = documents
        let script = #"<script>alert('x')</script><img src=x onerror=alert(1)>"#
        report.outline.about = script
        report.outline.recipe = "\"><b>bold"
        report.incidents = [
            group(
                .failed, count: 3, step: "facts", .rule, script + " \u{202E}gnp.exe and ``` | pipes\nsecond line",
                record: "letters/\u{202E}fdp.exe|`x`</li>", attempt: 2,
                prompt: String(repeating: "All work and no play makes a dull prompt. ", count: 5000),
                answer: "</pre></details>\(script)\u{0}\u{1B}[31mred שלום עולם\n\u{202E}abc",
                input: ["text": .string(script), "title": "=HYPERLINK(\"x\")"]),
            group(.flagged, count: 1, step: "summary", .rule, "שלום עולם 123", record: "הודעה.txt"),
        ]
        report.outputs[0].path = "javascript:alert(1)"
        return report
    }()
}
