package import Diagnostics
package import Recipes
package import Runs

/// One kind of input: which keys it has and how it is opened.
package protocol InputKind: Sendable {
    var grammar: KindGrammar { get }

    /// Looks at the input without reading its records: whether it is there, and which fields they have.
    func open(_ planning: inout InputPlanning) -> (any RecordSource)?
}

/// What an input kind may know while the plan is made.
package struct InputPlanning {
    package let input: InputSpec
    /// The folder that the recipe's relative paths start from.
    package let folder: String
    /// `--input`, relative to the working directory; stands in for the path of the recipe.
    package let path: String?
    /// The recipe's, for connections.
    package var secrets: [SecretSpec] = []
    /// Whether databases may be opened, and what is secret of them looked up. If not, their fields are not known.
    package var opensDatabases = false
    package var problems: Problems
    package var notes: [String] = []

    package init(input: InputSpec, folder: String, path: String?, problems: Problems) {
        self.input = input
        self.folder = folder
        self.path = path
        self.problems = problems
    }
}
