internal import Calls
internal import Diagnostics
internal import Models
internal import Planning
internal import Recipes
internal import Runs
internal import StepKinds
internal import Steps
internal import Synchronization
internal import Transport

/// The models of one recipe, one for all names that say the same of it, and what the command line puts in their place.
final class ModelPool: Sendable {
    /// What `--model` puts in the place of the recipe's, by name.
    private let overrides: [String: ModelSpec]
    private let factory: ModelFactory
    /// By what they are, not by what a recipe calls them: two names of the embedded model are one server.
    private let models = Mutex<[ModelSettings: SharedModel]>([:])
    private let names = Mutex<[String: ModelSettings]>([:])
    private let listener: Listener
    /// What steps share that wait for who is out of reach.
    let stopping: StopFlag
    /// What steps that ask the web share.
    let web: WebAccess
    /// What steps that run programs share.
    let programs = ProgramPool()
    /// Who wrote which file of the output folder.
    let files = WrittenFiles()

    /// Who is told what takes long; another one once a live screen stands on the terminal.
    private final class Listener: Sendable {
        private let tell: Mutex<@Sendable (String) -> Void>

        init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = Mutex(tell) }

        func callAsFunction(_ text: String) { tell.withLock { $0 }(text) }
        func replace(by tell: @escaping @Sendable (String) -> Void) { self.tell.withLock { $0 = tell } }
    }

    /// `--in-flight N`: how many requests a hosted model may have open where the recipe does not say.
    private let inFlight: Int?

    init(
        overrides: [String: ModelSpec] = [:], inFlight: Int? = nil, hosts: [HostOverride] = [],
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.overrides = overrides
        self.inFlight = inFlight
        let stopping = StopFlag()
        self.stopping = stopping
        let listener = Listener(tell)
        self.listener = listener
        web = WebAccess(overrides: hosts, stopping: stopping, tell: { listener($0) })
        factory = ModelFactory(stopping: stopping, tell: { listener($0) })
    }

    /// Tells somebody else from now on what takes long.
    func tell(_ tell: @escaping @Sendable (String) -> Void) { listener.replace(by: tell) }

    /// The recipe with the command line's models in the places of its own, so that whatever is made of it knows the models
    /// that really answer. How freely and how long they answer stays what the recipe says; price and limits do not.
    func applied(to recipe: Recipe) -> Recipe {
        var recipe = recipe
        recipe.models = recipe.models.map { spec in
            guard var other = overrides[spec.name.value] else { return spec }
            other.name = spec.name
            other.temperature = other.temperature ?? spec.temperature
            other.maxTokens = other.maxTokens ?? spec.maxTokens
            return other
        }
        return recipe
    }

    /// The model that a recipe declares. Makes nothing ready.
    func model(_ spec: ModelSpec) -> SharedModel? {
        guard let settings = settings(spec) else { return nil }
        names.withLock { $0[spec.name.value] = settings }
        return models.withLock { models in
            if let model = models[settings] { return model }
            let model = SharedModel(settings, factory: factory) { [listener] in listener($0) }
            models[settings] = model
            return model
        }
    }

    /// What the plan's models and steps lack that can be seen without asking anybody.
    func missing(for plan: Plan) -> [Diagnostic] {
        let asked = Set(plan.askedSteps.flatMap { [$0.model].compactMap(\.self) + $0.fallbacks })
        let models = plan.recipe.models.filter { asked.contains($0.name.value) }.compactMap { spec -> Diagnostic? in
            guard let settings = ModelSettings(spec), let failure = ModelFactory.problem(with: settings) else {
                return nil
            }
            let place = overrides[spec.name.value] == nil ? spec.span : nil
            return .error("the model '\(spec.name.value)': \(failure.message)", at: place)
        }
        let others = plan.allSteps.compactMap { step -> Diagnostic? in
            guard case .answered(let answered) = step.action, let lack = answered.lack else { return nil }
            return .error("the step '\(step.name)': \(lack.message)", at: step.span)
        }
        return models + others
    }

    /// What is wrong with a recipe's models as they stand in it, wherever it is run.
    func mistakes(in recipe: Recipe) -> [Diagnostic] {
        recipe.models.flatMap { spec -> [Diagnostic] in
            guard let settings = ModelSettings(spec) else { return [] }
            return ModelFactory.mistakes(in: settings).compactMap { mistake in
                switch mistake.key {
                case .model:
                    // A name that could not be read has been reported.
                    guard spec.fields["model"] == nil else { return nil }
                    return .error(mistake.message, at: spec.provider.span)
                case .url: return spec.url.map { .error(mistake.message, at: $0.span) }
                }
            }
        }
    }

    /// What a plan's models probably lack, for people to judge.
    func doubts(about plan: Plan) -> [String] {
        let asked = Set(plan.askedSteps.flatMap { [$0.model].compactMap(\.self) + $0.fallbacks })
        return plan.recipe.models.filter { asked.contains($0.name.value) }.compactMap { spec in
            ModelSettings(spec).flatMap(ModelFactory.missingKey).map { "the model '\(spec.name.value)': \($0)" }
        }
    }

    /// How many of the plan's models are servers that Linecook starts itself.
    func servers(for plan: Plan) -> Int {
        let asked = Set(plan.askedSteps.flatMap { [$0.model].compactMap(\.self) + $0.fallbacks })
        return plan.recipe.models.count { asked.contains($0.name.value) && settings($0)?.provider == .local }
    }

    /// Lets `requests_per_minute` count what an earlier process of the run asked.
    ///
    /// - Parameter requests: by the model's name, how long ago each left; those of the last minute are enough.
    func remember(_ requests: [String: [Swift.Duration]]) {
        models.withLock { models in
            for (name, ages) in requests { names.withLock { $0[name] }.flatMap { models[$0] }?.remember(ages) }
        }
    }

    /// From now on nobody waits for a model, database or host that is out of reach.
    func stopWaiting() { stopping.raise() }

    /// Ends what the models hold: servers, connections.
    func close() async {
        for model in models.withLock({ Array($0.values) }) { await model.close() }
        await factory.close()
        await web.close()
    }

    /// The names that stand on the command line and in no recipe.
    func unknownNames(in recipe: Recipe) -> [Diagnostic] {
        let known = recipe.models.map(\.name.value)
        return overrides.keys.sorted().filter { !known.contains($0) }.map { name in
            let near = nearestName(to: name, among: known).map { " (did you mean '\($0)'?)" } ?? ""
            let models = RenamedModels.models(known)
            return .error("--model \(name)=…: the recipe has no model '\(name)'\(near); \(models)", at: nil)
        }
    }

    private func settings(_ spec: ModelSpec) -> ModelSettings? {
        guard var settings = ModelSettings(spec) else { return nil }
        if settings.provider == .local {
            // Nobody is paid for the embedded model, so a price makes no other one of it.
            settings.price = nil
        } else {
            settings.inFlight = settings.inFlight ?? inFlight
        }
        return settings
    }
}
