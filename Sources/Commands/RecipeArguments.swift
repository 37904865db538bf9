internal import ArgumentParser
internal import Diagnostics
internal import Planning
internal import Recipes
internal import Transport

/// The recipe, and what `plan` and `run` take beside it.
struct RecipeArguments: ParsableArguments {
    @Argument(help: "The recipe file.")
    var recipe: String

    @OptionGroup var options: RecipeOptions

    init() {}

    init(recipe: String, options: RecipeOptions) throws {
        self = try Self.parse([recipe] + options.words + options.passingWords)
    }

    var noColor: Bool { options.noColor }
    /// See ``RecipeOptions/words``.
    var words: [String] { options.words }
    var planningOptions: Planner.Options { options.planningOptions }

    func modelPool(
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) -> Result<ModelPool, RecipeOptions.ModelProblem> {
        options.modelPool(tell: tell)
    }
}

/// What stands in for parts of a recipe, and which of its records are taken.
struct RecipeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read this instead of the recipe's input.", valueName: "path"))
    var input: String?

    @Option(help: ArgumentHelp("Write outputs into this folder.", valueName: "dir"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Use another model for a name of the recipe: local, URL#model or anthropic#model, with ?key=ENV_NAME and "
                + "&price=IN/OUT (per million tokens).",
            valueName: "name=spec"))
    var model: [String] = []

    @Option(help: ArgumentHelp("Give a setting a value.", valueName: "name=value"))
    var set: [String] = []

    @Option(parsing: .unconditional, help: ArgumentHelp("Take only the first N records.", valueName: "n"))
    var limit: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Take N records drawn at random.", valueName: "n"))
    var sample: Int?

    @Option(help: ArgumentHelp("Draw the same sample again.", valueName: "k"))
    var seed: UInt64 = 0

    @Option(parsing: .unconditional, help: ArgumentHelp("Records held at once, or auto.", valueName: "n|auto"))
    var inFlight: String?

    @Option(
        help: ArgumentHelp(
            "Send what 'fetch' asks of a host to an address instead; with http:// before it, without TLS.",
            valueName: "host=address:port"))
    var resolve: [String] = []

    @Flag(help: "No colours, whatever the terminal can do.")
    var noColor = false

    func validate() throws {
        for (name, count) in [("--limit", limit), ("--sample", sample)] {
            if let count, count < 1 { throw ValidationError("\(name) takes a whole number from 1 on, not \(count)") }
        }
        for (name, path) in [("--input", input), ("--output", output)] where path?.isEmpty ?? false {
            throw ValidationError("\(name) takes a path, and got an empty one")
        }
        for setting in set where !setting.utf8.contains(UInt8(ascii: "=")) {
            throw ValidationError("--set takes NAME=VALUE, not '\(setting)'")
        }
        for model in model where !model.utf8.contains(UInt8(ascii: "=")) {
            throw ValidationError("--model takes NAME=SPEC, such as writer=local, not '\(model)'")
        }
        for override in resolve where HostOverride(override) == nil {
            throw ValidationError(
                "--resolve takes HOST=ADDRESS:PORT, such as www.example.com=127.0.0.1:8080, not '\(override)'")
        }
        if let inFlight, inFlight != "auto", Int(inFlight).map({ $0 < 1 }) ?? true {
            throw ValidationError("--in-flight takes a whole number from 1 on, or auto, not '\(inFlight)'")
        }
    }

    /// What decides which records are taken and what is made of them, as it is written on a command line: with these
    /// words a run can be gone on with, or started again. Keys are named by their variables only.
    var words: [String] {
        var words: [String] = []
        func add(_ name: String, _ value: String?) { if let value { words += [name, value] } }
        add("--input", input)
        add("--output", output)
        for spec in model { add("--model", spec) }
        for setting in set { add("--set", setting) }
        for override in resolve { add("--resolve", override) }
        add("--limit", limit.map(String.init))
        add("--sample", sample.map(String.init))
        if sample != nil { add("--seed", String(seed)) }
        return words
    }

    /// Options that change nothing about what is asked and written.
    var passingWords: [String] {
        (inFlight.map { ["--in-flight", $0] } ?? []) + (noColor ? ["--no-color"] : [])
    }

    /// These options with those of another command line wherever nothing is said here; models and settings by name.
    func over(_ others: RecipeOptions) -> RecipeOptions {
        var options = self
        options.input = input ?? others.input
        options.output = output ?? others.output
        options.limit = limit ?? others.limit
        options.sample = sample ?? others.sample
        if sample == nil { options.seed = others.seed }
        options.inFlight = inFlight ?? others.inFlight
        func missing(_ mine: [String], _ theirs: [String]) -> [String] {
            let named = Set(mine.map { Self.pair($0).0 })
            return theirs.filter { !named.contains(Self.pair($0).0) }
        }
        options.model = missing(model, others.model) + model
        options.resolve = missing(resolve, others.resolve) + resolve
        options.set = missing(set, others.set) + set
        return options
    }

    var planningOptions: Planner.Options {
        var options = Planner.Options()
        options.input = input
        options.output = output
        options.settings = Dictionary(set.map(Self.pair), uniquingKeysWith: { _, last in last })
        options.opensDatabases = true
        options.inFlight = inFlight.map { Int($0).map(Width.count) ?? .auto }
        return options
    }

    /// Why a `--model` cannot be used, as the terminal shows it.
    struct ModelProblem: Error {
        var text: String
    }

    /// The models of the recipe, with those of the command line in their place.
    func modelPool(tell: @escaping @Sendable (String) -> Void = { _ in }) -> Result<ModelPool, ModelProblem> {
        var overrides: [String: ModelSpec] = [:]
        for (name, text) in model.map(Self.pair) {
            var problems = Problems()
            let option = "--model \(name)"
            overrides[name] = ModelSpec.specification(text, name: name, option: option, problems: &problems)
            guard !problems.hasErrors else {
                return .failure(
                    ModelProblem(text: DiagnosticRenderer(sources: [option: text]).render(problems.sorted)))
            }
        }
        return .success(
            ModelPool(
                overrides: overrides, inFlight: inFlight.flatMap(Int.init),
                hosts: resolve.compactMap { HostOverride($0) }, tell: tell))
    }

    private static func pair(_ text: String) -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
}
