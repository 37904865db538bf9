internal import ArgumentParser
internal import Diagnostics
internal import Journaling
internal import Reporting

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes a run's reports again, from its journal alone.",
        discussion: "Example: linecook report")

    @Argument(
        help: ArgumentHelp(
            "The run: its folder or its name. The newest of this folder and of recipes/ if left out.", valueName: "run")
    )
    var name: String?

    @Flag(help: "Print report.md to standard output.")
    var show = false

    func run() throws {
        let terminal = Terminal.standardError()
        guard let folder = RunDirectory.find(name) else {
            terminal.write(RunDirectory.notFound(name).printable)
            throw ExitStatus.badRecipe.code
        }
        do {
            let journal = try SQLiteJournalReader(path: folder.journal)
            let report = try Reports.write(
                journal: journal, into: folder.path, executedBy: RunDirectory.executedBy(of: folder, in: journal))
            terminal.write("\(report.headline)\n\(folder.path)/report.html\n".printable)
            if show { try Terminal.print(report.markdown.printable) }
        } catch let error as JournalError {
            terminal.write("error: \(error)\n".printable)
            throw (error.isUnwritable ? ExitStatus.cannotWrite : .badRecipe).code
        } catch let error as ReportError {
            terminal.write("error: \(error)\n".printable)
            throw ExitStatus.cannotWrite.code
        }
    }
}
