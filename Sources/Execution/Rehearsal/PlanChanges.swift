internal import Diagnostics
internal import Expressions
package import Planning
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// How a plan differs from the one that a run began with: what is asked otherwise, what is computed otherwise, and what
/// makes no difference to any question.
package struct PlanChanges: Sendable {
    /// A part of a step's questions that is not what it was.
    package struct Part: Hashable, Sendable {
        package var name: String
        /// Nil where it was left out.
        package var before: String?
        package var after: String?

        package init(name: String, before: String?, after: String?) {
            self.name = name
            self.before = before
            self.after = after
        }
    }

    /// By the step's name: what its questions are made of that changed.
    package private(set) var parts: [String: [Part]] = [:]
    /// Steps that the run did not have, and steps that it had.
    package private(set) var newSteps: Set<String> = []
    package private(set) var goneSteps: [String] = []
    /// Steps that compute something else now.
    package private(set) var computed: Set<String> = []
    /// Of settings that changed.
    package private(set) var settings: Set<String> = []
    package private(set) var input = false
    /// What changed and is part of no question: `topic: expect`, `the output`.
    package private(set) var free: [String] = []

    package var isEmpty: Bool {
        parts.isEmpty && newSteps.isEmpty && goneSteps.isEmpty && computed.isEmpty && settings.isEmpty && !input
            && free.isEmpty
    }

    /// The settings that changed among what is read, in words.
    func settings(readBy reads: [ReadPath]) -> [String] {
        let read = reads.filter { $0.slot == SlotLayout.settings }
        return settings.sorted().filter { name in read.contains { $0.names.first == nil || $0.names.first == name } }
            .map { "the setting '\($0)'" }
    }

    package init(from before: Plan, to after: Plan) {
        let known = Dictionary(before.askedSteps.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let now = after.askedSteps
        for step in now {
            guard let old = known[step.name] else {
                newSteps.insert(step.name)
                continue
            }
            compare(old, step, before.recipe, after.recipe)
        }
        compareGroups(before.collect, after.collect)
        goneSteps = before.askedSteps.map(\.name).filter { name in !now.contains { $0.name == name } }
        for (name, value) in Self.entries(after.settings) where Self.entries(before.settings)[name] != value {
            settings.insert(name)
        }
        input = Self.text(before.recipe.input?.span, before.recipe) != Self.text(after.recipe.input?.span, after.recipe)
        compareRest(before, after)
    }

    private mutating func compare(_ old: PlannedStep, _ step: PlannedStep, _ before: Recipe, _ after: Recipe) {
        switch (old.action, step.action) {
        case (.answered(let one), .answered(let other)):
            let changed = Self.differences(one.parts, other.parts)
            if !changed.isEmpty { parts[step.name] = changed }
        default:
            if Self.body(of: old, before) != Self.body(of: step, after) { computed.insert(step.name) }
        }
        var rest: [String] = []
        if old.when?.source.text != step.when?.source.text { rest.append("when") }
        if !old.rules.elementsEqual(
            step.rules, by: { $0.text == $1.text && $0.because?.source.text == $1.because?.source.text })
        {
            rest.append("expect")
        }
        if old.attempts != step.attempts { rest.append("attempts") }
        if old.timeout != step.timeout { rest.append("timeout") }
        if old.otherwise != step.otherwise { rest.append("otherwise") }
        if !rest.isEmpty { free.append("\(step.name): \(rest.joined(separator: ", "))") }
    }

    /// What records are asked about together is part of the questions about them.
    private mutating func compareGroups(_ before: [PlannedCollect], _ after: [PlannedCollect]) {
        for collect in after {
            let name = collect.step.name
            guard let old = before.first(where: { $0.step.name == name }) else { continue }
            let part = Part(
                name: "group_by", before: old.groupBy?.source.text, after: collect.groupBy?.source.text)
            if part.before != part.after { parts[name, default: []].append(part) }
        }
    }

    private mutating func compareRest(_ before: Plan, _ after: Plan) {
        let outputs = { (recipe: Recipe) in recipe.outputs.map { recipe.source(of: $0.span) } }
        if outputs(before.recipe) != outputs(after.recipe) || before.outputFolder != after.outputFolder {
            free.append("the output")
        }
        let (old, new) = (before.limits, after.limits)
        if old.inFlight != new.inFlight || old.failures != new.failures || old.spend != new.spend
            || old.time != new.time
        {
            free.append("the limits")
        }
    }

    // MARK: Parts

    private static func differences(_ before: [QuestionPart], _ after: [QuestionPart]) -> [Part] {
        func text(_ name: String, _ parts: [QuestionPart]) -> String? { parts.first { $0.name == name }?.text }
        var names = after.map(\.name)
        names += before.map(\.name).filter { !names.contains($0) }
        return names.compactMap { name in
            let part = Part(name: name, before: text(name, before), after: text(name, after))
            return part.before == part.after ? nil : part
        }
    }

    private static func entries(_ settings: Value) -> [String: Value] {
        var entries: [String: Value] = [:]
        for (key, value) in settings.map ?? ValueMap() { if let name = key.text { entries[name] = value } }
        return entries
    }

    private static func body(of step: PlannedStep, _ recipe: Recipe) -> String {
        let names = step.name.split(separator: ".").map(String.init)
        var spec = recipe.steps.first { $0.name.value == names.first }
        if names.count > 1 { spec = spec?.steps.first { $0.name.value == names[1] } }
        return "\(step.kind) \(text(spec?.body.span, recipe))"
    }

    private static func text(_ span: SourceSpan?, _ recipe: Recipe) -> String {
        span.map { recipe.source(of: $0) } ?? ""
    }
}
