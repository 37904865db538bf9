internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Journaling
internal import Planning
internal import Recipes
internal import Runs
internal import Steps
internal import Values

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Says what a run would ask again under an edited recipe, why, and at what cost. Asks nobody.",
        usage: "linecook diff [<run>] <recipe> [<options>]",
        discussion: "The options are those of the run wherever none is given. What is expected is reckoned from the "
            + "means of the run and today's prices.\n\nExample: linecook diff recipes/summarise-documents.yaml")

    @Argument(
        help: ArgumentHelp(
            "The run, by its folder or name, and the recipe; without a run, the newest of the recipe.",
            valueName: "run> <recipe"))
    var names: [String]

    @OptionGroup var options: RecipeOptions

    @Flag(help: "Leave out answers of other runs.")
    var noCache = false

    @Flag(help: "One JSON object on standard output.")
    var json = false

    func validate() throws {
        guard names.count == 1 || names.count == 2 else {
            throw ValidationError("diff takes a run and a recipe, or a recipe alone, not \(names.count) names")
        }
    }

    func run() async throws {
        let terminal = Terminal.standardError(noColour: options.noColor)
        do {
            try await tell(terminal)
        } catch let problem as Problem {
            terminal.write(problem.text)
            throw problem.status.code
        } catch let error as JournalError {
            terminal.write("error: \(error)\n")
            throw ExitStatus.badRecipe.code
        } catch let error as SourceError {
            terminal.write("error: \(error)\n")
            throw ExitStatus.badRecipe.code
        }
    }

    /// What is wrong, as the terminal shows it.
    private struct Problem: Error {
        var text: String
        var status = ExitStatus.badRecipe
    }

    private func tell(_ terminal: Terminal) async throws {
        let recipe = GivenPath(names[names.count - 1])
        let standing = try StandingRun(findRun(recipe.text), needsRecipe: false)
        let theirs = optionsThatFit(
            try RecipeArguments.parse([standing.recipe] + standing.words).options, recipe.now, terminal)
        var options = options
        options.input = options.input.map { GivenPath($0, in: recipe.home).now }
        let arguments = try RecipeArguments(recipe: recipe.now, options: options.over(theirs))
        let pool: ModelPool
        switch arguments.modelPool() {
        case .success(let made): pool = made
        case .failure(let problem): throw Problem(text: problem.text, status: .usage)
        }
        let loaded = LoadedRecipe.load(arguments.recipe, models: pool, options: arguments.planningOptions)
        guard let plan = loaded.plan?.narrowed(to: arguments) else {
            throw Problem(text: loaded.rendered(colour: terminal.colour))
        }
        let journal = try SQLiteJournalReader(path: standing.folder.journal)
        let answers = try AnswerKeeper(recipe: standing.recipe, run: standing.folder)
        _ = answers.takeOthers()
        try answers.take(reading: journal)
        let kept = try KeptRun(reading: journal, steps: plan.allSteps.count).anew
        let earlier = EarlierRecords.of(plan, before: standing.folder) { terminal.write("\($0)\n".printable) }
        let diff = try RecipeDiff(journal, in: standing.folder, to: plan, kept: kept, earlier: earlier)
        do throws(Failure) {
            try await Rehearsal.identify(plan)
        } catch {
            throw Problem(text: "error: \(error.message)\n")
        }
        let rehearsal = try await diff.rehearse(answers.shelf(sharing: !noCache))
        let forecast = DiffForecast(rehearsal, plan, try PastCalls(reading: journal))
        if json {
            try Terminal.print(
                JSON.text(of: DiffJSON(diff: diff, rehearsal: rehearsal, forecast: forecast).value) + "\n")
        } else {
            let screen = Terminal.standardOutput(noColour: options.noColor)
            try Terminal.print(DiffText(diff: diff, rehearsal: rehearsal, forecast: forecast, terminal: screen).text)
        }
    }

    /// A model that was renamed since is no reason to tell nothing.
    private func optionsThatFit(_ options: RecipeOptions, _ path: String, _ terminal: Terminal) -> RecipeOptions {
        guard !options.model.isEmpty, let recipe = LoadedRecipe.load(path).recipe,
            let renamed = RenamedModels(options, in: recipe)
        else { return options }
        terminal.write(renamed.warning.printable)
        return renamed.rest
    }

    private func findRun(_ recipe: String) throws -> RunFolder {
        if names.count == 2 {
            guard let folder = RunDirectory.find(names[0]) else { throw Problem(text: RunDirectory.notFound(names[0])) }
            return folder
        }
        let loaded = LoadedRecipe.load(recipe)
        guard let read = loaded.recipe else { throw Problem(text: loaded.rendered(colour: false)) }
        guard let newest = try RunDirectory.newest(of: read) else {
            throw Problem(
                text: "error: no run of '\(read.name.value)' from this file lies beside \(recipe); "
                    + "name the run's folder\n")
        }
        return newest.folder
    }
}

/// A path of the command line, which keeps its meaning when the process goes to the working folder of a run.
private struct GivenPath {
    let text: String
    /// The folder that it begins in.
    let home: String

    init(_ text: String, in home: String = RunPaths.workingFolder) {
        self.text = text
        self.home = home
    }

    /// As it is written while the working folder is still the same, else absolute.
    var now: String {
        text.hasPrefix("/") || RunPaths.workingFolder == home ? text : "\(home)/\(text)"
    }
}
