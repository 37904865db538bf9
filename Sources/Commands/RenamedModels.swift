internal import Diagnostics
internal import Recipes
internal import Reporting

/// Models that a run was started with by `--model`, and that its recipe has no more under these names.
struct RenamedModels {
    private let options: RecipeOptions
    private let gone: [String]
    private let known: [String]

    /// - Parameter options: those that the run was started with.
    /// - Returns: nil where the recipe has every name.
    init?(_ options: RecipeOptions, in recipe: Recipe) {
        let known = recipe.models.map(\.name.value)
        gone = options.modelNames.filter { !known.contains($0) }
        guard !gone.isEmpty else { return nil }
        self.options = options
        self.known = known
    }

    /// The options under the name that the recipe has now, as far as there is but one that can be meant.
    private var renamed: RecipeOptions {
        let free = known.filter { !options.modelNames.contains($0) }
        let name = free.count == 1 && gone.count == 1 ? free[0] : "NAME"
        return options.renamingModels { gone.contains($0) ? name : $0 }
    }

    /// The options without them.
    var rest: RecipeOptions { options.renamingModels { gone.contains($0) ? nil : $0 } }

    /// What to do where a run is to be gone on with.
    ///
    /// - Parameter folder: of the run; nil for one that is over, whose answers a new run finds.
    func advice(_ recipe: String, goingOnIn folder: String?) -> String {
        let command = ShellWord.line(
            ["linecook", "run", recipe] + (folder.map { ["--run", $0] } ?? []) + renamed.words)
        return "note: the run was started with that option; give the model its old name again, or go on under the new "
            + "one: \(command)\n"
    }

    /// What is told where the run is only looked at.
    var warning: String {
        let new = renamed.model.filter { !options.model.contains($0) }.map { "--model \($0)" }
        return
            "warning: the recipe has no model \(Self.quoted(gone)), \(Self.models(known)), and the run's --model for it "
            + "is left out; to hold it against the same model: \(new.joined(separator: " "))\n"
    }

    /// `its models are 'a', 'b'`.
    static func models(_ names: [String]) -> String {
        switch names.count {
        case 0: "it has none"
        case 1: "its model is \(quoted(names))"
        default: "its models are \(quoted(names))"
        }
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "'\($0)'" }.joined(separator: ", ")
    }
}

extension RecipeOptions {
    /// The names that `--model` gives models for.
    fileprivate var modelNames: [String] { model.map { String($0.prefix { $0 != "=" }) } }

    /// - Parameter name: the new name of a model; nil leaves it out.
    fileprivate func renamingModels(_ name: (String) -> String?) -> RecipeOptions {
        var options = self
        options.model = zip(model, modelNames).compactMap { text, old in
            name(old).map { $0 + text.dropFirst(old.count) }
        }
        return options
    }
}
