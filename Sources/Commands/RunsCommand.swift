internal import ArgumentParser
internal import Diagnostics
internal import Journaling
internal import Pages
internal import Reporting
internal import Runs
internal import Values

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists runs, newest first, with their counts and spending.",
        discussion: "Example: linecook runs")

    @Flag(help: "One JSON object a run, on standard output.")
    var json = false

    func run() throws {
        let terminal = Terminal.standardError()
        let folders = RunDirectory.all()
        if folders.isEmpty, !json { terminal.write(RunDirectory.notFound(nil)) }
        for folder in folders {
            let report: RunReport
            do {
                report = try Self.report(of: folder)
            } catch {
                terminal.write("\(folder.path): \(error)\n".printable)
                continue
            }
            try Terminal.print(json ? JSON.text(of: report.value) + "\n" : Self.line(report).printable)
        }
    }

    private static func report(of folder: RunFolder) throws -> RunReport {
        let journal = try SQLiteJournalReader(path: folder.journal)
        var report = try RunReport(reading: journal)
        report.executedBy = try RunDirectory.executedBy(of: folder, in: journal)
        return report
    }

    /// `summarise-documents-20261122-144512  done      20 read, 19 done, 1 failed  0.00 USD`
    private static func line(_ report: RunReport) -> String {
        let counts = report.counts
        var parts = ["\(Figures.count(counts.read)) read", "\(Figures.count(counts.done)) done"]
        for (count, word) in [
            (counts.flagged, "flagged"), (counts.failed, "failed"), (counts.rejected, "rejected"),
            (counts.skipped, "skipped"), (counts.waiting, "waiting"), (counts.notReached, "not reached"),
        ] where count > 0 {
            parts.append("\(Figures.count(count)) \(word)")
        }
        let state = report.state + (report.executedBy.map { " (\($0))" } ?? "")
        return "\(report.run)  \(state)  \(parts.joined(separator: ", "))  \(report.spending.words)\n"
    }
}
