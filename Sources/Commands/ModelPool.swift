internal import Diagnostics
internal import Models
internal import Planning
internal import Recipes
internal import Runs
internal import Synchronization

/// The models of one recipe, one of each, and what the command line puts in their place.
final class ModelPool: Sendable {
    /// What `--model` puts in the place of the recipe's, by name.
    private let overrides: [String: ModelSpec]
    private let factory: ModelFactory
    private let models = Mutex<[String: SharedModel]>([:])
    private let tell: @Sendable (String) -> Void

    /// `--in-flight N`: how many requests a hosted model may have open where the recipe does not say.
    private let inFlight: Int?

    init(
        overrides: [String: ModelSpec] = [:], inFlight: Int? = nil,
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.overrides = overrides
        self.inFlight = inFlight
        self.tell = tell
        factory = ModelFactory(tell: tell)
    }

    /// The model that a recipe declares, or the one that stands in for it. Makes nothing ready.
    func model(_ spec: ModelSpec) -> SharedModel? {
        guard let settings = settings(spec) else { return nil }
        return models.withLock { models in
            if let model = models[spec.name.value] { return model }
            let model = SharedModel(settings, factory: factory, tell: tell)
            models[spec.name.value] = model
            return model
        }
    }

    /// What the plan's models lack that can be seen without asking anybody.
    func missing(for plan: Plan) -> [Diagnostic] {
        let asked = Set(plan.steps.compactMap(\.model))
        return plan.recipe.models.filter { asked.contains($0.name.value) }.compactMap { spec in
            guard let settings = settings(spec), let failure = ModelFactory.problem(with: settings) else { return nil }
            let place = overrides[spec.name.value] == nil ? spec.span : nil
            return .error("the model '\(spec.name.value)': \(failure.message)", at: place)
        }
    }

    /// How many of the plan's models are servers that Linecook starts itself.
    func servers(for plan: Plan) -> Int {
        let asked = Set(plan.steps.compactMap(\.model))
        return plan.recipe.models.count { asked.contains($0.name.value) && settings($0)?.provider == .local }
    }

    /// Lets `requests_per_minute` count what an earlier process of the run asked.
    ///
    /// - Parameter requests: by the model's name, how long ago each left; those of the last minute are enough.
    func remember(_ requests: [String: [Swift.Duration]]) {
        models.withLock { models in
            for (name, ages) in requests { models[name]?.remember(ages) }
        }
    }

    /// Ends what the models hold: servers, connections.
    func close() async {
        for model in models.withLock({ Array($0.values) }) { await model.close() }
        await factory.close()
    }

    /// The names that stand on the command line and in no recipe.
    func unknownNames(in recipe: Recipe) -> [Diagnostic] {
        let known = recipe.models.map(\.name.value)
        return overrides.keys.sorted().filter { !known.contains($0) }.map { name in
            let near = nearestName(to: name, among: known)
            return .error(
                "--model \(name)=…: the recipe has no model '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
                at: nil)
        }
    }

    private func settings(_ spec: ModelSpec) -> ModelSettings? {
        guard var settings = ModelSettings(overrides[spec.name.value] ?? spec) else { return nil }
        if settings.provider != .local { settings.inFlight = settings.inFlight ?? inFlight }
        return settings
    }
}
