internal import ArgumentParser
internal import Execution
internal import Journaling
internal import Pages
internal import Planning
internal import Recipes
internal import Reporting
internal import Runs
internal import Steps
internal import Values

/// What an edited recipe, other options or another input change about a run that stands.
struct RecipeDiff {
    let journal: any JournalReading
    let folder: RunFolder
    let plan: Plan
    let kept: KeptRun
    let input: InputChanges
    /// Nil where the plan of the run cannot be made any more.
    let changes: PlanChanges?
    /// What runs before it say of its records; nil where all are taken.
    let earlier: EarlierRecords?
    /// The start of the run that it is held against.
    let start: RunStart

    /// So many records are rehearsed before a run goes on; for more, `linecook diff` is there.
    static let mostAnnounced = 10_000

    /// - Parameter plan: the plan as it is now.
    init(
        _ journal: any JournalReading, in folder: RunFolder, to plan: Plan, kept: KeptRun, earlier: EarlierRecords?
    ) throws {
        self.journal = journal
        self.folder = folder
        self.plan = plan
        self.kept = kept
        self.earlier = earlier
        let starts = try journal.history().starts
        start = starts[starts.count - 1]
        input = try InputChanges(from: journal, to: plan.source)
        changes = Self.planOfRun(start).map { PlanChanges(from: $0, to: plan) }
    }

    /// The run's plan as it was started, made again; nil where this version cannot read its options or its recipe any
    /// more. What is asked again is told all the same, only not which part of the recipe changed.
    private static func planOfRun(_ start: RunStart) -> Plan? {
        let words = start.options["words"]?.list?.compactMap(\.string) ?? []
        guard let arguments = try? RecipeArguments.parse([start.outline.recipePath] + words),
            case .success(let pool) = arguments.modelPool()
        else { return nil }
        return LoadedRecipe.read(
            start.recipeText, as: arguments.recipe, models: pool, options: arguments.planningOptions
        ).plan
    }

    /// After ``Rehearsal/identify(_:)``.
    func rehearse(_ shelf: any AnswerShelf) async throws -> Rehearsal {
        try await Rehearsal(
            of: plan,
            as: RunStore.value(id: start.id, started: start.at, recipe: start.outline.recipe),
            with: Rehearsal.Kept(
                journal: journal, run: kept, shelf: shelf, input: input, changes: changes, earlier: earlier))
    }

    private static func identified(_ plan: Plan) async -> Result<Void, Failure> {
        do throws(Failure) {
            return .success(try await Rehearsal.identify(plan))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Before a run goes on

    /// In short lines what will be asked again, and why.
    func announcement(_ shelf: (any AnswerShelf)?) async throws -> [String] {
        guard let shelf, plan.asks else { return input.lines }
        guard input.records <= Self.mostAnnounced else {
            let command = ShellWord.line(["linecook", "diff", folder.path, plan.recipe.file])
            return input.lines + [
                "more than \(Figures.count(Self.mostAnnounced)) records: `\(command)` tells what is asked again"
            ]
        }
        // A model that nobody can tell of cannot be asked either: the run itself says so when it makes it ready.
        guard case .success = await Self.identified(plan) else { return input.lines }
        let asking = try await rehearse(shelf).steps.filter { $0.most > 0 }
        guard !asking.isEmpty else { return input.lines + ["nothing is asked again"] }
        return input.lines + asking.map { DiffText.sentence($0) }
    }
}

/// What the questions of a rehearsal are expected to come to.
struct DiffForecast {
    struct Step {
        var name: String
        var forecast: PastCalls.Forecast
        /// In billionths of the currency; nil where the model's price is not known.
        var cost: Int64?
    }

    /// Steps that ask, and were asked before.
    var steps: [Step] = []
    /// Steps that ask, and that the run has no calls of to reckon from.
    var unknown: [String] = []
    var total = PastCalls.Forecast()
    /// Nil where any price is not known.
    var cost: Int64? = 0
    var width = 1.0

    var duration: Double { total.seconds / width }

    init(_ rehearsal: Rehearsal, _ plan: Plan, _ past: PastCalls) {
        width = past.width
        for step in rehearsal.steps where step.most > 0 {
            guard let forecast = past.forecast(step.name, records: step.most) else {
                unknown.append(step.name)
                continue
            }
            let cost = Self.cost(of: forecast, at: plan.askedSteps.first { $0.name == step.name })
            steps.append(Step(name: step.name, forecast: forecast, cost: cost))
            total.add(forecast)
            self.cost = cost.flatMap { cost in self.cost.map { $0 + cost } }
        }
    }

    private static func cost(of forecast: PastCalls.Forecast, at step: PlannedStep?) -> Int64? {
        guard case .answered(let answered)? = step?.action else { return 0 }
        return answered.cost(tokensIn: Int(forecast.tokensIn.rounded()), tokensOut: Int(forecast.tokensOut.rounded()))
    }
}
