import Digests
import Journaling
import Reporting
import Runs
import TestSupport
import Testing
import Values

@Suite struct ReportTests {
    @Test func `the page of a run is as approved`() throws {
        #expect(try differenceFromGolden(SampleReports.documents.page, "documents.html") == nil)
    }

    @Test func `the Markdown of a run is as approved`() throws {
        #expect(try differenceFromGolden(SampleReports.documents.markdown, "documents.md") == nil)
    }

    @Test func `the JSON of a run is as approved`() throws {
        #expect(try differenceFromGolden(SampleReports.documents.json, "documents.json") == nil)
    }

    @Test func `programs find the promised names in the promised order`() throws {
        let report = try JSON.parse(SampleReports.documents.json)
        func names(_ value: Value?) -> [String] { value?.map?.keys.compactMap(\.text) ?? [] }
        #expect(
            names(report).prefix(9) == [
                "run", "recipe", "outcome", "counts", "steps", "failures", "spend", "collect", "outputs",
            ])
        #expect(
            names(report["counts"]) == [
                "read", "done", "flagged", "failed", "rejected", "skipped", "waiting", "not_reached",
            ])
        #expect(
            names(report["steps"]?.list?.first).prefix(14) == [
                "name", "kind", "done", "failed", "flagged", "skipped", "waiting", "rejected", "not_reached",
                "attempts",
                "seconds", "tokens_in", "tokens_out", "cost",
            ])
        #expect(names(report["failures"]?.list?.first) == ["step", "cause", "count", "example", "retry"])
        #expect(names(report["failures"]?.list?.first?["example"]) == ["record", "message"])
        #expect(names(report["spend"]) == ["currency", "total"])
        #expect(names(report["outputs"]?.list?.first).prefix(3) == ["path", "records", "sha256"])
    }

    @Test func `every report says who or what lets a step pass that acts`() throws {
        let reason = "the words are fixed <b>"
        var send = SampleReports.step("tell", "send", done: 3)
        send.outline.passage = "nobody, because: \(reason)"
        let report = SampleReports.run(
            "tell", steps: [send], counts: SampleReports.counts(read: 3, done: 3), outcome: .done)
        let step = try #require(try JSON.parse(report.json)["steps"]?.list?.first)
        #expect(step["passage"] == .string("nobody, because: \(reason)"))
        #expect(report.markdown.contains("What lets a step that acts pass:"))
        #expect(report.markdown.contains("`nobody, because: \(reason)`"))
        #expect(report.page.contains("Let pass by: <bdi>nobody, because: the words are fixed &lt;b&gt;</bdi>"))
    }

    @Test func `the failures of a report add up to the failed records`() throws {
        let report = try JSON.parse(SampleReports.waiting.json)
        let failures = try #require(report["failures"]?.list)
        #expect(failures.compactMap { $0["count"]?.int }.reduce(0, +) == report["counts"]?["failed"]?.int)
    }

    @Test func `money is exact to a billionth`() throws {
        var report = SampleReports.clean
        report.steps[0].usage.cost = 1
        report.steps[1].usage.cost = 12_345_678_900_001
        let value = try JSON.parse(report.json)
        #expect(value["steps"]?.list?[0]["cost"]?.number == 0.000000001)
        #expect(value["spend"]?["total"]?.number == 12_345.678900002)
    }

    @Test func `what has no price is told in tokens, never as a sum of zero`() {
        var report = SampleReports.clean
        for index in 0..<2 { report.steps[index].outline.unpriced = ["writer"] }
        #expect(report.spending.words == "22,000 tokens in, 3,000 out; no price is known for 'writer'")
        for text in [report.page, report.markdown] {
            #expect(!text.contains("0.00 USD"))
            #expect(text.contains("No price is known for "))
        }
        #expect(report.markdown.contains("\n22,000 tokens in and 3,000 out, in 40 attempts"))
        #expect(report.json.contains(#""total": 0"#))
        // A step that nobody was asked for costs nothing.
        report.steps[1].attempts = 0
        report.steps[1].usage = Usage()
        report.steps[1].outline.unpriced = ["judge"]
        #expect(report.spending.models == ["writer"])
    }

    @Test func `where one model has a price and another has none, the sum says what is not in it`() {
        var report = SampleReports.clean
        report.steps[0].usage.cost = 20_000_000
        report.steps[1].outline.unpriced = ["judge"]
        let tokens = "11,000 tokens in, 1,500 out"
        #expect(report.spending.words == "0.020 USD, and \(tokens); no price is known for 'judge'")
        #expect(report.markdown.contains("No price is known for `judge`: \(tokens) are not in the sum."))
        #expect(report.page.contains("No price is known for <bdi>judge</bdi>: \(tokens) are not in the sum."))
        #expect(report.page.contains("0.020 USD, and what has no price"))
    }

    @Test func `a command can be pasted whatever its words hold`() {
        var report = SampleReports.documents
        report.folder = "my runs/it's $HOME;"
        #expect(report.continueCommand == #"linecook resume 'my runs/it'\''s $HOME;'"#)
        let group = SampleReports.group(.failed, count: 1, step: nil, .ragged, "too many cells", record: "3")
        #expect(
            report.retryCommand(group) == #"linecook retry 'my runs/it'\''s $HOME;' --cause 'ragged row'"#)
    }

    @Test(
        arguments: [
            (SampleReports.counts(read: 0, done: 0), .done, "No records"),
            (SampleReports.counts(read: 1, done: 1), .done, "1 record done"),
            (SampleReports.counts(read: 1, done: 1, flagged: 1), .done, "1 record done, but flagged"),
            (SampleReports.counts(read: 2000, done: 2000), .done, "All 2,000 records done"),
            (
                SampleReports.counts(read: 2, done: 1, flagged: 1, failed: 1), .failures,
                "1 of 2 records done, but flagged; 1 failed"
            ),
            (
                SampleReports.counts(read: 20, done: 18, flagged: 2, skipped: 1, waiting: 1), .waiting,
                "18 of 20 records done, 2 of them flagged; 1 skipped; 1 waits for a person"
            ),
            (
                SampleReports.counts(read: 20, done: 3, failed: 1, rejected: 2, notReached: 14), .stopped,
                "Stopped early: 3 of 20 records done; 1 failed; 2 rejected; 14 not reached"
            ),
        ] as [(Counts, RunOutcome, String)])
    func `the headline is a sentence that people understand`(counts: Counts, outcome: RunOutcome, sentence: String) {
        var report = SampleReports.clean
        (report.counts, report.outcome) = (counts, outcome)
        #expect(report.headline == sentence)
    }

    @Test func `numbers that do not agree are shown everywhere`() {
        var report = SampleReports.clean
        report.problems = ["done: the run counted 20, its journal holds 19"]
        for text in [report.page, report.markdown, report.json] {
            #expect(text.contains("the run counted 20, its journal holds 19"))
        }
    }
}
