public import Values

/// What a report needs to know of a plan, kept in the journal so that a report needs nothing else.
public struct RunOutline: Hashable, Sendable {
    public struct Step: Hashable, Sendable {
        public var name: String
        public var kind: String
        public var about: String?
        /// Whether somebody else answers it, as opposed to a step that only computes.
        public var answered: Bool
        /// For a step that asks a model: the model's name in the recipe.
        public var model: String?
        /// For an inner step: the name of the `each` that it is in. Its counts are of items.
        public var inside: String?
        /// For a step that acts on the world outside: who or what lets it pass, as the plan says it.
        public var passage: String?
        /// Of the models that it may ask: those whose price nobody has said, by name. What they cost is not known.
        public var unpriced: [String]

        public init(
            name: String, kind: String, about: String? = nil, answered: Bool, model: String? = nil,
            inside: String? = nil, passage: String? = nil, unpriced: [String] = []
        ) {
            self.unpriced = unpriced
            self.inside = inside
            self.passage = passage
            self.name = name
            self.kind = kind
            self.about = about
            self.answered = answered
            self.model = model
        }
    }

    public var recipe: String
    public var about: String?
    /// The recipe file as the command line named it, for commands that reports print.
    public var recipePath: String
    public var input: String
    /// By place: those of the recipe in its order, then those inside of others.
    public var steps: [Step]
    /// Steps over the done records; their places are behind those of `steps`.
    public var collect: [Step] = []
    public var models: [String: String]
    public var currency: String
    /// The output folder as seen from the run folder, for the links of reports; nil if no output is written.
    public var outputFolder: String?

    public init(
        recipe: String, about: String? = nil, recipePath: String, input: String, steps: [Step],
        models: [String: String] = [:], currency: String = "USD", outputFolder: String? = nil
    ) {
        self.recipe = recipe
        self.about = about
        self.recipePath = recipePath
        self.input = input
        self.steps = steps
        self.models = models
        self.currency = currency
        self.outputFolder = outputFolder
    }
}

extension RunOutline {
    /// The name of the step at a place, of one that collects too; nil for a place that no step has.
    public func name(of place: Int) -> String? {
        if steps.indices.contains(place) { return steps[place].name }
        let behind = place - steps.count
        return collect.indices.contains(behind) ? collect[behind].name : nil
    }

    /// As JSON for the journal.
    public var value: Value {
        [
            "recipe": .string(recipe), "about": about.map(Value.string) ?? .null, "recipe_path": .string(recipePath),
            "input": .string(input), "currency": .string(currency),
            "output_folder": outputFolder.map(Value.string) ?? .null,
            "models": .map(ValueMap(models.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
            "steps": .list(steps.map(\.value)),
            "collect": .list(collect.map(\.value)),
        ]
    }

    /// Reads what ``value`` wrote; nil if it is something else.
    public init?(_ value: Value) {
        guard let recipe = value["recipe"]?.string, let path = value["recipe_path"]?.string,
            let input = value["input"]?.string, let currency = value["currency"]?.string,
            let steps = value["steps"]?.list, let models = value["models"]?.map
        else { return nil }
        self.init(
            recipe: recipe, about: value["about"]?.string, recipePath: path, input: input,
            steps: steps.compactMap(Step.init),
            models: Dictionary(
                models.compactMap { key, model in key.text.flatMap { name in model.string.map { (name, $0) } } },
                uniquingKeysWith: { first, _ in first }),
            currency: currency, outputFolder: value["output_folder"]?.string)
        collect = value["collect"]?.list?.compactMap(Step.init) ?? []
        guard self.steps.count == steps.count else { return nil }
    }
}

extension RunOutline.Step {
    fileprivate var value: Value {
        var map = ValueMap([
            ("name", .string(name)), ("kind", .string(kind)), ("about", about.map(Value.string) ?? .null),
            ("answered", .bool(answered)), ("model", model.map(Value.string) ?? .null),
        ])
        if let inside { map.set("inside", to: .string(inside)) }
        if let passage { map.set("passage", to: .string(passage)) }
        if !unpriced.isEmpty { map.set("unpriced", to: .list(unpriced.map(Value.string))) }
        return .map(map)
    }

    fileprivate init?(_ step: Value) {
        guard let name = step["name"]?.string, let kind = step["kind"]?.string, let answered = step["answered"]?.bool
        else { return nil }
        self.init(
            name: name, kind: kind, about: step["about"]?.string, answered: answered, model: step["model"]?.string,
            inside: step["inside"]?.string, passage: step["passage"]?.string,
            unpriced: step["unpriced"]?.list?.compactMap(\.string) ?? [])
    }
}
