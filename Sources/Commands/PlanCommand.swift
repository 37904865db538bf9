internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Journaling
internal import Planning
internal import Runs

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Shows what a run would do: steps and their types, records found, calls to be made. Spends nothing.",
        discussion: "Example: linecook plan recipes/summarise-documents.yaml")

    @OptionGroup var arguments: RecipeArguments

    func run() async throws {
        let terminal = Terminal.standardError(noColour: arguments.noColor)
        let pool: ModelPool
        switch arguments.modelPool() {
        case .success(let made): pool = made
        case .failure(let problem):
            terminal.write(problem.text)
            throw ExitStatus.usage.code
        }
        let loaded = LoadedRecipe.load(arguments.recipe, models: pool, options: arguments.planningOptions)
        terminal.write(loaded.rendered(colour: terminal.colour))
        guard var plan = loaded.plan?.narrowed(to: arguments) else { throw ExitStatus.badRecipe.code }
        plan.notes += pool.doubts(about: plan)
        let missing = pool.missing(for: plan) + OutputFolders.problems(of: plan)
        terminal.write(DiagnosticRenderer(sources: [:], colour: terminal.colour).render(missing))
        let records: Int
        let unchanged: Int?
        do {
            records = try plan.source.count()
            unchanged = try earlier(plan, terminal)?.count(in: plan.source)
        } catch {
            terminal.write("error: \(error)\n".printable)
            throw ExitStatus.badRecipe.code
        }
        try Terminal.print(PlanDescription(plan: plan, records: records, unchanged: unchanged).text.printable)
        if !missing.isEmpty { throw ExitStatus.badRecipe.code }
    }

    /// What earlier runs say of the records, as the run would hear it that `run` starts or goes on with.
    private func earlier(_ plan: Plan, _ terminal: Terminal) throws(JournalError) -> EarlierRecords? {
        guard plan.takesOnlyChanged else { return nil }
        let newest = try RunDirectory.newest(of: plan.recipe)
        let goesOn = newest.map { !$0.history.isComplete(in: $0.folder) } ?? false
        return EarlierRecords.of(plan, before: goesOn ? newest?.folder : nil) { terminal.write("\($0)\n".printable) }
    }
}
