internal import Diagnostics
internal import Planning
internal import Recipes
internal import Steps

/// A recipe read and planned, with everything that is wrong with it.
struct LoadedRecipe {
    var path: String
    var recipe: Recipe?
    /// What stands in the file, for showing lines of it; nil where it cannot be read, or is no text.
    private var text: String?
    /// Nil if there is any error.
    var plan: Plan?
    var problems = Problems()

    init(path: String) { self.path = path }

    /// Reads and plans. Opens the head of the input; starts no process and asks nobody.
    static func load(
        _ path: String, models: ModelPool = ModelPool(), options: Planner.Options = Planner.Options()
    ) -> LoadedRecipe {
        do throws(RecipeFileError) {
            return read(try RecipeFile.read(path), as: path, models: models, options: options)
        } catch {
            var loaded = LoadedRecipe(path: path)
            loaded.problems.add(error.diagnostic(path: path))
            return loaded
        }
    }

    /// The same of a recipe as it was, by its bytes.
    static func read(
        _ bytes: [UInt8], as path: String, models: ModelPool, options: Planner.Options
    ) -> LoadedRecipe {
        var loaded = LoadedRecipe(path: path)
        if !bytes.contains(0) { loaded.text = String(decoding: bytes, as: UTF8.self) }
        let catalog = Catalog.all(models: models)
        let recipe = Recipe.read(bytes, file: path, grammar: catalog.grammar, problems: &loaded.problems)
        guard let recipe else { return loaded }
        return loaded.planned(recipe, catalog, models: models, options: options)
    }

    private func planned(
        _ recipe: Recipe, _ catalog: Catalog, models: ModelPool, options: Planner.Options
    ) -> LoadedRecipe {
        var loaded = self
        loaded.recipe = recipe
        for problem in models.unknownNames(in: recipe) { loaded.problems.add(problem) }
        let applied = models.applied(to: recipe)
        let reported = Set(loaded.problems.all.compactMap(\.span))
        for problem in models.mistakes(in: applied) where problem.span.map({ !reported.contains($0) }) ?? true {
            loaded.problems.add(problem)
        }
        loaded.plan = Planner.plan(
            applied, catalog: catalog, options: options, problems: &loaded.problems)
        return loaded
    }

    /// The plan made again: equal, and in objects of its own.
    func planCopies(_ count: Int, models: ModelPool, options: Planner.Options) -> [Plan] {
        guard let recipe, plan != nil else { return [] }
        let catalog = Catalog.all(models: models)
        return (0..<max(0, count)).compactMap { _ in
            var problems = Problems()
            return Planner.plan(recipe, catalog: catalog, options: options, problems: &problems)
        }
    }

    /// The problems as people read them; empty if there are none.
    func rendered(colour: Bool) -> String {
        let renderer = DiagnosticRenderer(sources: text.map { [path: $0] } ?? [:], colour: colour)
        let text = renderer.render(problems.sorted)
        let errors = problems.all.count { $0.severity == .error }
        guard errors > 1 else { return text }
        return text + "\(path): \(errors) mistakes\n"
    }
}
