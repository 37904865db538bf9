package import Journaling

/// The reports of a run, beside each other in one folder: `report.json`, `report.md`, `report.html`, `failures.csv` and
/// `failures.jsonl`.
package enum Reports {
    /// Writes all of them, from the journal alone.
    ///
    /// Each file is replaced whole; one that cannot be written stays as it was. Memory does not grow with the records:
    /// one failure at a time goes from the journal to both files of failures.
    ///
    /// - Parameter executedBy: who executes the run right now: see ``RunReport/executedBy``.
    /// - Returns: The report, for a summary on the terminal and for ``RunReport/problems``.
    /// - Throws: ``JournalError`` and ``ReportError``.
    @discardableResult
    package static func write(
        journal: some JournalReading, into folder: String, executedBy: String? = nil
    ) throws -> RunReport {
        var report = try RunReport(reading: journal)
        report.executedBy = executedBy
        try writeFailures(of: report, reading: journal, into: folder)
        let texts = [("report.md", report.markdown), ("report.html", report.page), ("report.json", report.json)]
        for (name, text) in texts {
            let file = try ReplacedFile("\(folder)/\(name)")
            try file.write(text)
            try file.commit()
        }
        try ReplacedFile.sync(folder: folder)
        return report
    }

    private static func writeFailures(
        of report: RunReport, reading journal: some JournalReading, into folder: String
    ) throws {
        let table = try ReplacedFile("\(folder)/failures.csv")
        let lines = try ReplacedFile("\(folder)/failures.jsonl")
        try table.write(FailuresCSV.header)
        try journal.forEachEnding { ending in
            let incidents = ending.record.incidents(report.outline).map(\.incident)
            for whole in try incidents.withConversations(from: journal, report.outline) {
                try table.write { FailuresCSV.append(whole, to: &$0) }
                try lines.write { FailuresJSONL.append(whole, to: &$0) }
            }
        }
        try table.commit()
        try lines.commit()
    }
}
