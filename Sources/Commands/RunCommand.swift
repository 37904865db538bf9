internal import ArgumentParser

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs a recipe over every record of its input.",
        discussion: "Goes on with the newest run of the recipe if that is not over, or starts one. Results go to the "
            + "output folder, the report and the journal into the run folder.\n\n"
            + "Example: linecook run recipes/summarise-documents.yaml --limit 3")

    enum FailOn: String, ExpressibleByArgument, CaseIterable { case flagged }

    @OptionGroup var arguments: RecipeArguments

    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run folder itself, instead of one beside the recipe.", valueName: "dir"))
    var folder: String?

    @Option(help: "How to tell how far the run is.")
    var progress = ProgressStyle.auto

    @Flag(help: "Start a new run, whatever stands of earlier ones.")
    var fresh = false

    @Flag(help: "Ask anew instead of using answers of other runs.")
    var noCache = false

    @Option(help: "Let the exit code be 1 for flagged records, too.")
    var failOn: FailOn?

    @Flag(
        help: "Ask nothing before the run starts; with --fresh, throw away answers of people that were not used yet.")
    var yes = false

    func run() async throws {
        let status = await RunSession(
            arguments: arguments,
            intent: fresh ? .fresh(folder: folder, losesAnswers: yes) : .goOn(folder: folder),
            progress: progress, failOnFlagged: failOn == .flagged, sharesAnswers: !noCache
        ).run()
        if status != .success { throw status.code }
    }
}
