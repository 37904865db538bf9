internal import ArgumentParser
internal import Diagnostics
internal import Journaling

/// What commands that go on with a named run take.
struct StandingRunArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The run: its folder or its name. The newest of this folder and of recipes/ if left out.", valueName: "run")
    )
    var name: String?

    @Option(help: ArgumentHelp("Records held at once, or auto.", valueName: "n|auto"))
    var inFlight: String?

    @Option(help: "How to tell how far the run is.")
    var progress = ProgressStyle.auto

    @Flag(help: "Ask anew instead of using answers of other runs.")
    var noCache = false

    @Option(help: "Let the exit code be 1 for flagged records, too.")
    var failOn: RunCommand.FailOn?

    @Flag(help: "No colours, whatever the terminal can do.")
    var noColor = false

    /// The session of a run as it was started: its recipe as it is now, with the options it was given.
    func session(_ intent: (RunFolder) -> RunSession.Intent) throws -> RunSession {
        let terminal = Terminal.standardError(noColour: noColor)
        guard let folder = RunDirectory.find(name) else {
            terminal.write(RunDirectory.notFound(name))
            throw ExitStatus.badRecipe.code
        }
        do {
            let standing = try StandingRun(folder)
            // Whoever named no run is told which it is, whatever comes of it.
            if name == nil {
                terminal.write("the newest run here is \(folder.path), of \(standing.recipe)\n".printable)
            }
            var words = [standing.recipe] + standing.words
            if let inFlight { words += ["--in-flight", inFlight] }
            if noColor { words.append("--no-color") }
            return RunSession(
                arguments: try RecipeArguments.parse(words), intent: intent(standing.folder), progress: progress,
                failOnFlagged: failOn == .flagged, sharesAnswers: !noCache)
        } catch let error as JournalError {
            let which = name == nil ? "the newest run here, \(folder.path): " : ""
            terminal.write("error: \(which)\(error)\n".printable)
            throw ExitStatus.badRecipe.code
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Goes on with a run: what was answered is kept, and what was not is asked.",
        discussion: "The recipe is taken as it is now; questions that are still the same are not asked again.\n\n"
            + "Example: linecook resume")

    @OptionGroup var run: StandingRunArguments

    func run() async throws {
        let status = await (try run.session { .resume($0) }).run()
        if status != .success { throw status.code }
    }
}

struct RetryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Takes failed and rejected records up again, from the step that failed.",
        discussion: "Answers of the steps before it are kept; the step itself is asked anew.\n\n"
            + "Example: linecook retry --cause time-out")

    @OptionGroup var run: StandingRunArguments

    @Option(help: ArgumentHelp("Only this record; may be given more than once.", valueName: "id"))
    var record: [String] = []

    @Option(help: ArgumentHelp("Only what failed at this step.", valueName: "name"))
    var step: String?

    @Option(help: ArgumentHelp("Only what failed for this cause, as reports name it.", valueName: "cause"))
    var cause: String?

    func run() async throws {
        let choice = RetryChoice(records: record, step: step, cause: cause)
        let status = await (try run.session { .retry($0, choice) }).run()
        if status != .success { throw status.code }
    }
}
