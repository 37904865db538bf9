package import Journaling
internal import Runs

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
        let failures = try FailureFiles(in: folder)
        var report = try RunReport(reading: journal) { ending, outline in
            try failures.write(ending, of: journal, outline)
        }
        try failures.commit()
        report.executedBy = executedBy
        let texts = [("report.md", report.markdown), ("report.html", report.page), ("report.json", report.json)]
        for (name, text) in texts {
            let file = try ReplacedFile("\(folder)/\(name)")
            try file.write(text)
            try file.commit()
        }
        try ReplacedFile.sync(folder: folder)
        return report
    }
}

/// `failures.csv` and `failures.jsonl`.
private struct FailureFiles {
    private let table: ReplacedFile
    private let lines: ReplacedFile

    init(in folder: String) throws(ReportError) {
        table = try ReplacedFile("\(folder)/failures.csv")
        lines = try ReplacedFile("\(folder)/failures.jsonl")
        try table.write(FailuresCSV.header)
    }

    /// What went wrong with one record, with what was said about it.
    func write(_ ending: RecordEnding, of journal: some JournalReading, _ outline: RunOutline) throws {
        let incidents = ending.record.incidents(outline).map(\.incident)
        for whole in try incidents.withConversations(from: journal, outline) {
            try table.write { FailuresCSV.append(whole, to: &$0) }
            try lines.write { FailuresJSONL.append(whole, to: &$0) }
        }
    }

    func commit() throws(ReportError) {
        try table.commit()
        try lines.commit()
    }
}
