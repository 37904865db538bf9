package import Diagnostics
package import Digests
package import Expressions
package import Recipes
package import Runs
package import Schemas
package import Steps
package import Values

/// A recipe proven against its input: every name is a slot, every expression is compiled and typed, nothing has run.
///
/// A plain value. An executor needs it, the records, and nothing else.
public struct Plan: Sendable {
    package var recipe: Recipe
    package var source: any RecordSource
    package var steps: [PlannedStep]
    /// What is made of all done records together, once they are through.
    package var collect: [PlannedCollect] = []
    package var outputs: [any RecordSink]
    /// The folder that outputs are written into, as a path that can be opened.
    package var outputFolder: String
    package var limits: PlannedLimits
    package var layout: SlotLayout
    /// Values that are the same for every record: `settings`; `run` is filled in when a run starts.
    package var settings: Value
    /// What people should be told: bounds that were filled in, choices made.
    package var notes: [String]
    /// Warnings found on the way; errors leave no plan.
    package var warnings: [Diagnostic]
}

/// Which name has which slot of a row.
package struct SlotLayout: Sendable {
    package static let input = 0
    package static let record = 1
    package static let run = 2
    package static let settings = 3
    package static let firstStep = 4

    package var count: Int
    /// Whether any expression reads `record`, so that it has to be made for each row.
    package var readsRecord = false
}

/// One step of a plan.
package struct PlannedStep: Sendable {
    package var name: String
    package var kind: String
    package var about: String?
    package var span: SourceSpan
    package var slot: Int
    package var when: Expression?
    package var action: PreparedStep.Action
    /// The type of its answer, null included where `when` or `otherwise: flag` can leave none.
    package var type: ValueType
    package var rules: [PlannedRule]
    /// How many complete replies it may use up; 1 for a step that only computes.
    package var attempts: Int
    /// For one try; nil for the kind's own default.
    package var timeout: Swift.Duration?
    package var otherwise: Otherwise
    package var reads: [ReadPath]
    package var model: String?
    /// Of an `each`.
    package var items: PlannedItems?
    /// By what the journal and every list of counts know the step: those of the recipe have their place in it, inner ones
    /// follow behind the last of these, `each` by `each`.
    package var place = 0
    /// See ``PreparedStep/answerType``.
    package var answerType: AnswerType?
    /// The models that are asked where the one before fails. `attempts` counts those of all of them.
    package var fallbacks: [String] = []
    /// Of a review: the identity of what is done behind it with what it shows. Another one is another review.
    package var consequences: SHA256Digest?
    /// Of a risky step: who or what lets it pass, in words.
    package var passage: String?

    /// Whether it waits for nobody.
    package var isPure: Bool {
        switch action {
        case .pure: true
        case .answered: false
        case .items: items?.isPure ?? true
        }
    }

    /// Nil for what no person answers.
    package var review: (any ReviewedStep)? {
        guard case .answered(let step) = action else { return nil }
        return step as? any ReviewedStep
    }

    /// How many attempts each of its models has.
    package var attemptsOfOne: Int { max(1, attempts / (fallbacks.count + 1)) }

    /// Whether another model is asked once the one that has this attempt is given up.
    package func hasOtherModel(after attempt: Int) -> Bool {
        (attempt - 1) / attemptsOfOne < fallbacks.count
    }
}

/// What an `each` does with its list. Inner steps have slots of their own in the record's row; each item has a copy of it.
package struct PlannedItems: Sendable {
    package var list: Expression
    /// What inner steps call the item, and where they find it.
    package var name: String
    package var slot: Int
    /// How many items of one record are under way at once.
    package var atOnce: Int
    /// Their names begin with that of the `each`: `notes.note`.
    package var steps: [PlannedStep]
    /// The names of their answers in an item of the `each`'s answer.
    package var answers: [String]

    /// The most items that a record may have: a list that has more is mostly a mistake, and would be paid for.
    package static let most = 10_000

    package init(
        list: Expression, name: String, slot: Int, atOnce: Int, steps: [PlannedStep], answers: [String]
    ) {
        self.list = list
        self.name = name
        self.slot = slot
        self.atOnce = atOnce
        self.steps = steps
        self.answers = answers
    }

    package var isPure: Bool { steps.allSatisfy(\.isPure) }
}

/// A step that asks once for each group of done records.
package struct PlannedCollect: Sendable {
    /// Its place is behind those of all other steps.
    package var step: PlannedStep
    /// What members of a group have in common, read from a record's row; nil for one group of all.
    package var groupBy: Expression?
    /// Where the question finds the rows of the group, and what they have in common.
    package var groupSlot: Int
    package var keySlot: Int
    /// The fields of a row of the group, and the slots of a record's row that they come from.
    package var fields: [(name: String, slot: Int)]
    /// The files that its answers are written to.
    package var outputs: [any RecordSink] = []

    package init(
        step: PlannedStep, groupBy: Expression?, groupSlot: Int, keySlot: Int, fields: [(name: String, slot: Int)]
    ) {
        self.step = step
        self.groupBy = groupBy
        self.groupSlot = groupSlot
        self.keySlot = keySlot
        self.fields = fields
    }
}

/// A rule on a step's answer.
package struct PlannedRule: Sendable {
    package var rule: Expression
    /// Rendered from the row that broke the rule.
    package var because: Template?
    /// As the recipe wrote it, for messages.
    package var text: String
}

/// What a run may cost.
package struct PlannedLimits: Sendable {
    /// Records held at once; nil for as many as the answered steps can ask about.
    package var inFlight: Int?
    package var failures: FailureLimit?
    /// In billionths of the currency.
    package var spend: Int64?
    package var time: Swift.Duration?
}

/// When a run stops because too much fails.
package enum FailureLimit: Hashable, Sendable {
    case count(Int)
    /// Of the records that have ended, from 0 to 1.
    case share(Double)
}

extension Plan {
    /// The recipe's, under which what was sent is remembered.
    package var name: String { recipe.name.value }

    /// Whether any step waits for somebody's answer.
    package var asks: Bool { !collect.isEmpty || steps.contains { !$0.isPure } }

    /// Every step that may ask somebody, those that collect included.
    package var askedSteps: [PlannedStep] { allSteps + collect.map(\.step) }

    /// Every step by its place: those of the recipe, then the inner ones.
    package var allSteps: [PlannedStep] { steps + steps.flatMap { $0.items?.steps ?? [] } }

    /// How many inner steps there are.
    package var innerCount: Int { steps.reduce(0) { $0 + ($1.items?.steps.count ?? 0) } }

    /// Whether a record can come to wait for a person.
    package var mayWait: Bool {
        allSteps.contains { step in
            if step.otherwise == .review { return true }
            guard case .answered(let answered) = step.action else { return false }
            return answered is any ReviewedStep || !answered.effect.isRepeatable
        }
    }

    /// Whether any step sends something out, once and for all.
    package var sends: Bool {
        allSteps.contains { step in
            if case .answered(let answered) = step.action { answered.effect == .sends } else { false }
        }
    }

    /// What a report needs to know of the plan.
    package var outline: RunOutline {
        let unpriced = recipe.models.filter(\.isUnpriced).map(\.name.value)
        let outer = steps.map { RunOutline.Step($0, inside: nil, unpriced) }
        let inner = steps.flatMap { step in
            (step.items?.steps ?? []).map { RunOutline.Step($0, inside: step.name, unpriced) }
        }
        var outline = RunOutline(
            recipe: recipe.name.value, about: recipe.about?.text, recipePath: recipe.file, input: source.description,
            steps: outer + inner,
            models: Dictionary(
                recipe.models.map { ($0.name.value, $0.origin) }, uniquingKeysWith: { first, _ in first }))
        outline.collect = collect.map { RunOutline.Step($0.step, inside: nil, unpriced) }
        return outline
    }
}

extension RunOutline.Step {
    /// - Parameter unpriced: the models of the recipe whose price nobody has said.
    fileprivate init(_ step: PlannedStep, inside: String?, _ unpriced: [String]) {
        let models = [step.model].compactMap(\.self) + step.fallbacks
        self.init(
            name: step.name, kind: step.kind, about: step.about, answered: !step.isPure, model: step.model,
            inside: inside, passage: step.passage, unpriced: models.filter(unpriced.contains))
    }
}
