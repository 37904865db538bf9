internal import ArgumentParser
internal import Diagnostics
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
        guard let plan = loaded.plan?.narrowed(to: arguments) else { throw ExitStatus.badRecipe.code }
        let missing = pool.missing(for: plan)
        terminal.write(DiagnosticRenderer(sources: [:], colour: terminal.colour).render(missing))
        let records: Int
        do throws(SourceError) {
            records = try plan.source.count()
        } catch {
            terminal.write("error: \(error)\n".printable)
            throw ExitStatus.badRecipe.code
        }
        try Terminal.print(PlanDescription(plan: plan, records: records).text.printable)
        if !missing.isEmpty { throw ExitStatus.badRecipe.code }
    }
}
