package import Diagnostics
package import Expressions
package import Recipes
package import Runs
package import Schemas
package import Values

/// One kind of step: which keys it has, what it answers, how it is performed.
package protocol StepKind: Sendable {
    /// The keys of its body, from which the reader, the editors' schema and the reference are made.
    var grammar: KindGrammar { get }

    /// Checks the body against what is known at this place and makes the step ready to run. Reports every mistake it
    /// can find; nil if there was one.
    func plan(_ planning: inout StepPlanning) -> PreparedStep?
}

/// What a step kind may know while the plan is made.
package struct StepPlanning {
    package let step: StepSpec
    package let recipe: Recipe
    /// The names readable here; what the step's `when` rules out is ruled out.
    package let scope: Scope
    /// The folder that the recipe's relative paths start from.
    package let folder: String
    /// Whether databases may be opened, and what is secret of them looked up, to check what is asked of them.
    package var opensDatabases = false
    package let files: PlanFiles
    /// The steps above that have a name and a plan, in the recipe's order.
    package let earlier: [EarlierStep]
    /// Inside an `each`: how the item is called, and its slot. What is made of it in there has a slot behind that.
    package var item: (name: String, slot: Int)?
    package var problems: Problems
    /// What the plan should tell people: bounds that were filled in, choices made.
    package var notes: [String] = []
    /// What the step uses that no record may put a text in the place of.
    package var used: [UsedFile] = []
    /// The values of the settings.
    package var settings = Value.null

    package init(
        step: StepSpec, recipe: Recipe, scope: Scope, folder: String, files: PlanFiles = PlanFiles(),
        earlier: [EarlierStep] = [], problems: Problems
    ) {
        self.step = step
        self.recipe = recipe
        self.scope = scope
        self.folder = folder
        self.files = files
        self.earlier = earlier
        self.problems = problems
    }

    /// A path of the recipe, from where we are.
    package func path(_ text: String) -> String { FilePaths.join(folder, text) }

    /// Compiles an expression of the step's body and remembers what it reads.
    package mutating func compile(_ text: LocatedText, isCondition: Bool = false) -> Expression? {
        Expression.compile(text, in: isCondition ? scope : scope.ofValues, problems: &problems)
    }

    /// - Parameter isNeeded: whether an empty text will not do: for a recipient, an address, a path.
    package mutating func template(_ text: LocatedText, isNeeded: Bool = false) -> Template? {
        Template.compile(readable: text, in: scope.ofValues, isNeeded: isNeeded, problems: &problems)
    }
}

/// The files around a run, for steps that write or read some.
package struct PlanFiles: Sendable {
    /// As a path that can be opened.
    package var outputFolder: String
    /// Where the input's files lie, if it is a folder.
    package var inputFolder: String?
    /// Nil where it could not be opened.
    package var source: (any RecordSource)?

    package init(outputFolder: String = "out", inputFolder: String? = nil, source: (any RecordSource)? = nil) {
        self.outputFolder = outputFolder
        self.inputFolder = inputFolder
        self.source = source
    }
}

/// What an `each` goes through: which list, and under which name its inner steps read an item of it.
package struct PreparedItems: Sendable {
    package var list: Expression
    package var name: Located<String>
    package var type: ValueType
    /// How many items of one record are under way at once.
    package var atOnce: Int

    package init(list: Expression, name: Located<String>, type: ValueType, atOnce: Int) {
        self.list = list
        self.name = name
        self.type = type
        self.atOnce = atOnce
    }
}

/// A step above the one that is planned.
package struct EarlierStep: Sendable {
    package var name: String
    package var slot: Int
    /// See ``PreparedStep/answerType``.
    package var answerType: AnswerType?

    package init(name: String, slot: Int, answerType: AnswerType?) {
        self.name = name
        self.slot = slot
        self.answerType = answerType
    }
}

/// A step that is ready to run.
package struct PreparedStep: Sendable {
    package enum Action: Sendable {
        case pure(any PureStep)
        case answered(any AnsweredStep)
        /// Steps of its own for each item of a list; they are planned by whoever plans the recipe.
        case items(PreparedItems)
    }

    package var action: Action
    /// The type of the step's answer.
    package var answer: ValueType
    package var reads: [ReadPath]
    /// Whether a step that flags has an answer even then, as a check has its findings.
    package var alwaysAnswers = false
    /// The name of the model it asks, if it asks one.
    package var model: String?
    /// How many complete replies it may use up where the recipe does not say.
    package var standardAttempts = 1
    /// The type of its answer as the recipe declares it, for a step whose answer somebody else gives: a person may write
    /// such an answer, or a field of it, anew.
    package var answerType: AnswerType?
    /// Of a step that computes fields: what each of them reads. What is not here reads all of ``reads``.
    package var fieldReads: [String: [ReadPath]] = [:]
    /// Whether its answer comes from the recipe's own data, such as a lookup in a table: it may say where something goes.
    package var isOwnData = false
    /// Of a review: what a person sees there.
    package var shown: [Shown] = []
    /// What of it leaves the building, or says where to.
    package var exposures: [Exposure] = []
    /// Of a risky step: what its own keys allow, for the plan to print: `hosts in allow: [*]`.
    package var bounds: String?
    /// The models that are asked where the one before fails, by name.
    package var fallbacks: [String] = []

    package init(
        action: Action, answer: ValueType, reads: [ReadPath], alwaysAnswers: Bool = false, model: String? = nil,
        standardAttempts: Int = 1
    ) {
        self.action = action
        self.answer = answer
        self.reads = reads
        self.alwaysAnswers = alwaysAnswers
        self.model = model
        self.standardAttempts = standardAttempts
    }
}
