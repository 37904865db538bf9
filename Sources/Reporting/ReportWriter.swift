package import Journaling
internal import Runs

/// Writes the reports of a run beside each other: `report.json`, `report.md`, `report.html`, `failures.csv` and
/// `failures.jsonl`.
///
/// Each file is replaced whole; one that cannot be written leaves the earlier one as it was. Memory does not grow with
/// the records: one failure at a time goes from the journal to both files of failures.
package struct ReportWriter: Sendable {
    package var folder: String

    package init(folder: String) { self.folder = folder }

    /// - Returns: The report, for a summary on the terminal and for ``RunReport/problems``.
    /// - Throws: ``JournalError`` and ``ReportError``.
    @discardableResult
    package func write(reading journal: some JournalReading) throws -> RunReport {
        let report = try RunReport(reading: journal)
        try writeFailures(of: report, reading: journal)
        try write(report)
        return report
    }

    private func write(_ report: RunReport) throws(ReportError) {
        let files = [("report.md", report.markdown), ("report.html", report.page), ("report.json", report.json)]
        for (name, text) in files {
            let file = try ReplacedFile(path(name))
            try file.write(text)
            try file.commit()
        }
        try ReplacedFile.sync(folder: folder)
    }

    private func writeFailures(of report: RunReport, reading journal: some JournalReading) throws {
        let table = try ReplacedFile(path("failures.csv"))
        let lines = try ReplacedFile(path("failures.jsonl"))
        try table.write(FailuresCSV.header)
        try journal.forEachEnding { ending in
            for (_, incident) in ending.record.incidents(report.outline) {
                let whole = try incident.withConversation(from: journal)
                try table.write { FailuresCSV.append(whole, to: &$0) }
                try lines.write { FailuresJSONL.append(whole, to: &$0) }
            }
        }
        try table.commit()
        try lines.commit()
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }
}
