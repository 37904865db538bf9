package import Recipes

/// Every kind that a recipe can name. A value that is passed in: a new kind is one folder and one line where the
/// catalog is made.
package struct Catalog: Sendable {
    package var steps: [any StepKind]
    package var inputs: [any InputKind]
    package var outputs: [any OutputKind]
    /// Who can answer as a model. What each needs beside its name is checked where models are made.
    package var providers: [KindGrammar]

    package init(
        steps: [any StepKind], inputs: [any InputKind], outputs: [any OutputKind], providers: [KindGrammar]
    ) {
        self.steps = steps
        self.inputs = inputs
        self.outputs = outputs
        self.providers = providers
    }

    /// The keys of all kinds, for the reader of recipes.
    package var grammar: Grammar {
        Grammar(
            steps: steps.map(\.grammar), inputs: inputs.map(\.grammar), outputs: outputs.map(\.grammar),
            providers: providers)
    }

    package func step(_ name: String) -> (any StepKind)? { steps.first { $0.grammar.name == name } }
    package func input(_ name: String) -> (any InputKind)? { inputs.first { $0.grammar.name == name } }
    package func output(_ name: String) -> (any OutputKind)? { outputs.first { $0.grammar.name == name } }
}
