package import Diagnostics
package import Expressions
package import Recipes
package import Runs
package import Values

/// One kind of output file: which keys it has and how it writes records.
package protocol OutputKind: Sendable {
    var grammar: KindGrammar { get }

    /// Checks the keys and makes the file's sink; creates and opens nothing yet.
    func plan(_ planning: inout OutputPlanning) -> (any RecordSink)?
}

/// What an output kind may know while the plan is made.
package struct OutputPlanning {
    /// A step whose answer an output can write whole.
    package struct Answer: Sendable {
        package var name: String
        package var slot: Int
        package var type: ValueType

        package init(name: String, slot: Int, type: ValueType) {
            self.name = name
            self.slot = slot
            self.type = type
        }
    }

    package let output: OutputSpec
    /// Every name a column may read.
    package let scope: Scope
    /// In the recipe's order.
    package let answers: [Answer]
    /// The columns that `keep: input` writes, in their order.
    package let inputColumns: [String]
    /// The output folder, as a path that can be opened.
    package let folder: String
    package var problems: Problems
    /// Whether it has a row for each group of a collect step, not for each record.
    package var isOfGroups = false
    /// What the columns read, so that the plan knows what has to be kept.
    package var reads: [ReadPath] = []

    package init(
        output: OutputSpec, scope: Scope, answers: [Answer], inputColumns: [String], folder: String,
        problems: Problems
    ) {
        self.output = output
        self.scope = scope
        self.answers = answers
        self.inputColumns = inputColumns
        self.folder = folder
        self.problems = problems
    }
}

extension OutputPlanning {
    /// Compiles a column's expression and remembers what it reads.
    package mutating func compile(_ text: LocatedText) -> Expression? {
        let expression = Expression.compile(text, in: scope.ofValues, problems: &problems)
        reads += expression?.reads ?? []
        return expression
    }

    package mutating func template(_ text: LocatedText) -> Template? {
        let template = Template.compile(readable: text, in: scope.ofValues, problems: &problems)
        reads += template?.reads ?? []
        return template
    }
}
