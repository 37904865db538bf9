internal import ArgumentParser
internal import Diagnostics
internal import Journaling
internal import Reporting
internal import Runs
internal import Values

struct ShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Tells how a record came to be what it is: every step, attempt, answer and person.",
        usage: "linecook show [<run>] <record> [<step>] [--json] [--no-color]",
        discussion: """
            From the run's journal alone, also while the run goes on. With a step's name behind the record only what
            happened there is told.

            Example: linecook show summarise-documents-20261122-144512 other/scan-0031-cover-sheet.txt
            Example: linecook show other/scan-0031-cover-sheet.txt summary
            """)

    @Argument(
        help: ArgumentHelp(
            "The record's id; before it a run's folder or name, if it is not the newest here; behind it a step's name, if "
                + "not all of it is wanted.", valueName: "record"))
    var words: [String]

    @Flag(help: "Print one JSON object to standard output.")
    var json = false

    @Flag(name: .customLong("no-color"), help: "No colours, as with NO_COLOR.")
    var noColor = false

    func validate() throws {
        guard (1...3).contains(words.count) else {
            throw ValidationError("name a record: linecook show [RUN] RECORD [STEP]")
        }
    }

    func run() throws {
        let terminal = Terminal.standardError(noColour: noColor)
        // The first word is a run only if there is one of that name.
        var rest = words[...]
        var folder = RunDirectory.find(nil)
        if words.count > 1, let named = RunDirectory.find(words[0]) { (folder, rest) = (named, words[1...]) }
        guard let folder, let record = rest.first, rest.count <= 2 else {
            terminal.write(RunDirectory.notFound(words.count == 3 || folder == nil ? words[0] : nil).printable)
            throw ExitStatus.badRecipe.code
        }
        do {
            let journal = try SQLiteJournalReader(path: folder.journal)
            var history = try RecordHistory(of: record, reading: journal)
            if let step = rest.dropFirst().first {
                try refuseUnknown(step, in: journal, terminal)
                history = history.narrowed(to: step)
            }
            if json { return try Terminal.print(JSON.text(of: history.value) + "\n") }
            let output = Terminal.standardOutput(noColour: noColor)
            let width = output.isTerminal ? terminal.size.columns : 100
            try Terminal.print(HistoryText(history: history, width: width, terminal: output).text)
        } catch let error as UnknownRecord {
            let near = nearestName(to: record, among: error.known).map { "; did you mean '\($0)'?" } ?? ""
            terminal.write("error: the run \(folder.path) has no record '\(record)'\(near)\n".printable)
            throw ExitStatus.badRecipe.code
        } catch let error as JournalError {
            terminal.write("error: \(error)\n".printable)
            throw ExitStatus.badRecipe.code
        }
    }

    private func refuseUnknown(_ step: String, in journal: any JournalReading, _ terminal: Terminal) throws {
        guard let outline = try journal.history().starts.last?.outline else { return }
        let names = (outline.steps + outline.collect).map(\.name)
        guard !names.contains(step) else { return }
        let near = nearestName(to: step, among: names).map { " (did you mean '\($0)'?)" } ?? ""
        terminal.write(
            "error: the run has no step '\(step)'\(near); its steps are \(names.joined(separator: ", "))\n".printable)
        throw ExitStatus.badRecipe.code
    }
}
