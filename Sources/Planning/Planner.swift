package import Diagnostics
package import Expressions
package import Recipes
internal import Runs
internal import Schemas
package import Steps
internal import Values

/// Makes a plan of a recipe: opens the input's description, gives every name a slot and a type, and has each kind check
/// its step. Reports every mistake it can find in one pass.
package struct Planner {
    /// What the command line says beside the recipe.
    package struct Options: Sendable {
        /// `--input`, relative to the working directory.
        package var input: String?
        /// `--output`, relative to the working directory.
        package var output: String?
        /// `--set NAME=VALUE`, as written.
        package var settings: [String: String] = [:]
        /// `--in-flight`.
        package var inFlight: Width?
        /// Whether databases may be opened, and what is secret of them looked up, to check what is asked of them.
        package var opensDatabases = false

        package init() {}
    }

    let recipe: Recipe
    let catalog: Catalog
    let options: Options
    /// The folder of the recipe file.
    let folder: String

    var problems: Problems
    private var notes: [String] = []
    private var used: [UsedFile] = []
    private var settings = Value.null
    var scope = Scope()
    var layout = SlotLayout(count: SlotLayout.firstStep)
    var reads: [ReadPath] = []
    var files = PlanFiles()
    private var earlier: [EarlierStep] = []
    /// Of the `each` whose inner steps are planned just now.
    private var item: (name: String, slot: Int)?
    /// What the rules of safety need of each step that could be planned, in the recipe's order.
    var risks: [StepRisk] = []

    private init(_ recipe: Recipe, catalog: Catalog, options: Options, problems: Problems) {
        self.recipe = recipe
        self.catalog = catalog
        self.options = options
        self.problems = problems
        folder = FilePaths.folder(of: recipe.file)
    }

    /// - Parameter problems: what reading the recipe found already; what planning finds is added.
    /// - Returns: nil if there is any error, from reading or planning.
    package static func plan(
        _ recipe: Recipe, catalog: Catalog, options: Options = Options(), problems: inout Problems
    ) -> Plan? {
        var planner = Planner(recipe, catalog: catalog, options: options, problems: problems)
        let plan = planner.plan()
        problems = planner.problems
        return problems.hasErrors ? nil : plan
    }

    private mutating func plan() -> Plan? {
        let source = openInput()
        files = PlanFiles(outputFolder: resolveOutputFolder(), inputFolder: inputFolder, source: source)
        settings = readSettings()
        declareBase(input: source?.inputType)
        hideSteps()
        refuseRatesOfOurOwnModel()
        var steps: [PlannedStep] = []
        for step in recipe.steps {
            if let planned = plan(step) { steps.append(planned) }
        }
        steps.number()
        var collect = planCollect(of: steps, input: source?.type)
        refuseUnknownPrices(of: steps.flatMap { [$0] + ($0.items?.steps ?? []) } + collect.map(\.step))
        guardSteps(&steps, settings: settings)
        let outputs = planOutputs(of: steps, &collect, source: source, folder: files.outputFolder)
        guard let source else { return nil }
        steps = steps.map { $0.sparing(used) }
        layout.readsRecord = !collect.isEmpty || reads.contains { $0.slot == SlotLayout.record }
        var plan = Plan(
            recipe: recipe, source: source, steps: steps, outputs: outputs, outputFolder: files.outputFolder,
            limits: limits(), layout: layout, settings: settings, notes: notes,
            warnings: problems.all.filter { $0.severity == .warning })
        plan.collect = collect
        return plan
    }

    // MARK: Input and names that every step can read

    private mutating func openInput() -> (any RecordSource)? {
        guard let input = recipe.input, let kind = catalog.input(input.kind.value) else { return nil }
        var planning = InputPlanning(input: input, folder: folder, path: options.input, problems: problems)
        planning.secrets = recipe.secrets
        planning.opensDatabases = options.opensDatabases
        let source = kind.open(&planning)
        problems = planning.problems
        notes += planning.notes
        return source
    }

    private mutating func declareBase(input: ValueType?) {
        // An input that cannot be opened has unknown fields: the steps are still checked for everything else.
        scope.declare("input", input ?? .any, slot: SlotLayout.input)
        scope.declare("record", BaseTypes.record, slot: SlotLayout.record)
        scope.declare("run", BaseTypes.run, slot: SlotLayout.run)
        // Where a setting could not be read at all, its name is not known either.
        let settings = recipe.broken.contains("settings") ? ValueType.any : .object(ObjectType(settingTypes))
        scope.declare("settings", settings, slot: SlotLayout.settings)
        scope.hide("secrets", because: "secrets are read only in headers, connections and the env of 'run'")
    }

    /// A step that reads a later one is told so, instead of that there is no such name.
    private mutating func hideSteps() {
        let names = recipe.steps.map(\.name.value)
        for name in names where !name.isEmpty && !BaseTypes.names.contains(name) {
            scope.hide(name, because: "'\(name)' is a later step; only what stands above can be read")
        }
        for step in recipe.steps {
            for name in step.steps.map(\.name.value) where !name.isEmpty {
                scope.explain(
                    name,
                    as: "'\(name)' is a step for each item of '\(step.name.value)'; outside of it, its answers are "
                        + "`\(step.name.value).map(x, x.\(name))`")
            }
        }
        for name in recipe.collect.map(\.step.name.value) where !name.isEmpty {
            scope.explain(
                name,
                as: "'\(name)' is a collect step, which comes after all records; only an output 'of' it can read it")
        }
    }

    private var settingTypes: [ObjectType.Field] = []

    private mutating func readSettings() -> Value {
        var values: [(String, Value)] = []
        for setting in recipe.settings {
            guard let notation = setting.type,
                let type = AnswerType.read(notation, for: .input, problems: &problems)
            else {
                settingTypes.append(ObjectType.Field(setting.name.value, .any))
                continue
            }
            settingTypes.append(ObjectType.Field(setting.name.value, type.valueType))
            if let text = options.settings[setting.name.value] {
                switch type.value(fromCell: text) {
                case .success(let value): values.append((setting.name.value, value))
                case .failure(let mismatch):
                    problems.error("--set \(setting.name.value)=\(text): \(mismatch)", at: nil)
                }
            } else if let standard = setting.defaultValue {
                switch type.accept(standard.value, as: .input) {
                case .success(let value): values.append((setting.name.value, value))
                case .failure(let violations):
                    for violation in violations.all {
                        problems.error("the default does not fit its type: \(violation)", at: standard.span)
                    }
                }
            } else {
                problems.error(
                    "the setting '\(setting.name.value)' has no default; give it one, or run with "
                        + "--set \(setting.name.value)=VALUE", at: setting.name.span)
            }
        }
        let known = recipe.settings.map(\.name.value)
        for name in options.settings.keys.sorted() where !known.contains(name) {
            let nearest = nearestName(to: name, among: known)
            problems.error(
                "--set \(name): the recipe has no setting '\(name)'"
                    + (nearest.map { "; did you mean '\($0)'?" } ?? ""), at: nil)
        }
        return .map(ValueMap(values))
    }

    // MARK: Steps

    mutating func plan(_ step: StepSpec) -> PlannedStep? {
        let visible = scope.hidingAnswer(of: step)
        let when = step.when.flatMap { condition($0, in: visible, what: "'when'") }
        let inner = whereTrue(when, of: step, in: visible)
        let slot = layout.count
        layout.count += 1

        guard let kind = catalog.step(step.kind.value), !step.body.isBroken else {
            declare(step, as: .any, slot: slot)
            return nil
        }
        var planning = StepPlanning(
            step: step, recipe: recipe, scope: inner, folder: folder, files: files, earlier: earlier,
            problems: problems)
        planning.opensDatabases = options.opensDatabases
        planning.item = item
        planning.settings = settings
        let prepared = kind.plan(&planning)
        problems = planning.problems
        notes += planning.notes.map { "\(step.name.value): \($0)" }
        used += planning.used

        guard var prepared else {
            // A broken step must not break those that read it: its fields are taken on trust.
            _ = plan(step.expect, of: step, answer: .any, in: inner, slot: slot)
            declare(step, as: .any, slot: slot)
            return nil
        }
        let otherwise = step.otherwise?.value ?? .fail
        var items: PlannedItems?
        if case .items(let wanted) = prepared.action {
            guard let planned = plan(wanted, of: step, in: inner) else {
                _ = plan(step.expect, of: step, answer: .any, in: inner, slot: slot)
                declare(step, as: .any, slot: slot)
                return nil
            }
            items = planned
            prepared.answer = planned.answer
            prepared.reads += planned.outerReads
        }
        let rules = plan(step.expect, of: step, answer: prepared.answer, in: inner, slot: slot)
        let missingAfterFlag = otherwise == .flag && !prepared.alwaysAnswers
        declare(
            step, as: step.when == nil ? prepared.answer : prepared.answer.orNull, slot: slot,
            missing: missingAfterFlag && step.when == nil)
        if let when { reads += when.reads }
        reads += prepared.reads
        refuseWhatComputingLacks(step, prepared)
        let type = step.when != nil || missingAfterFlag ? prepared.answer.orNull : prepared.answer
        earlier.append(EarlierStep(name: step.name.value, slot: slot, answerType: prepared.answerType))
        risks.append(StepRisk(spec: step, slot: slot, when: when, prepared: prepared))
        return PlannedStep(
            name: step.name.value, kind: step.kind.value, about: step.about?.text, span: step.span, slot: slot,
            when: when, action: prepared.action, type: type, rules: rules, attempts: attempts(of: step, prepared),
            timeout: step.timeout.map { $0.value.swiftDuration }, otherwise: otherwise, reads: prepared.reads,
            model: prepared.model, items: items, answerType: prepared.answerType, fallbacks: prepared.fallbacks)
    }

    /// The inner steps of an `each`, which see the item and each other, and nobody else sees them.
    private mutating func plan(_ wanted: PreparedItems, of step: StepSpec, in visible: Scope) -> PlannedItems? {
        refuseWhatItemsLack(step)
        let outside = scope
        defer { scope = outside }
        scope = visible
        let slot = layout.count
        layout.count += 1
        scope.declare(wanted.name.value, wanted.type, slot: slot)
        item = (wanted.name.value, slot)
        defer { item = nil }
        for inner in step.steps where !inner.name.value.isEmpty && !BaseTypes.names.contains(inner.name.value) {
            let name = inner.name.value
            if name == wanted.name.value {
                problems.error("'\(name)' is what the item is called; choose another name", at: inner.name.span)
            }
            scope.hide(name, because: "'\(name)' is a later step; only what stands above can be read")
        }
        var steps: [PlannedStep] = []
        for inner in step.steps where !refuseInside(inner) {
            guard var planned = plan(inner) else { continue }
            planned.name = "\(step.name.value).\(planned.name)"
            steps.append(planned)
        }
        guard steps.count == step.steps.count, !steps.isEmpty else { return nil }
        notes.append(
            "\(step.name.value): a record fails if it has more than \(PlannedItems.most) items; \(wanted.atOnce) of one "
                + "record are under way at once")
        return PlannedItems(
            list: wanted.list, name: wanted.name.value, slot: slot, atOnce: wanted.atOnce, steps: steps,
            answers: step.steps.map(\.name.value))
    }

    /// What a step knows where its `when` is true. A broken `when` may have ruled out any null, so none is told besides.
    private func whereTrue(_ when: Expression?, of step: StepSpec, in scope: Scope) -> Scope {
        if let when { return scope.assuming(when) }
        return step.common["when"] == nil ? scope : scope.withoutNull
    }

    private mutating func declare(_ step: StepSpec, as type: ValueType, slot: Int, missing: Bool = false) {
        // A step with a name that is taken already, which was reported, leaves its meaning to the name.
        guard !step.name.value.isEmpty, !BaseTypes.names.contains(step.name.value) else { return }
        scope.declare(
            step.name.value, type, slot: slot,
            missing: missing ? "has no answer where it was flagged without one, and a record without it" : nil)
    }

    mutating func plan(
        _ rules: [RuleSpec], of step: StepSpec, answer: ValueType, in scope: Scope, slot: Int
    ) -> [PlannedRule] {
        refuseWarnings(among: rules)
        var own = scope
        own.declare(step.name.value, answer, slot: slot)
        return rules.compactMap { rule in
            let because = rule.because.flatMap { Template.compile(readable: $0, in: own, problems: &problems) }
            guard let expression = condition(rule.rule, in: own, what: "a rule") else { return nil }
            reads += expression.reads + (because?.reads ?? [])
            return PlannedRule(rule: expression, because: because, text: rule.rule.text)
        }
    }

    /// An expression that must be true or false.
    mutating func condition(_ text: LocatedText, in scope: Scope, what: String) -> Expression? {
        guard let expression = Expression.compile(text, in: scope, problems: &problems) else { return nil }
        switch expression.type {
        case .bool, .any: return expression
        default:
            problems.error("\(what) must be true or false, and this is \(expression.type)", at: text.span)
            return nil
        }
    }

    private func attempts(of step: StepSpec, _ prepared: PreparedStep) -> Int {
        switch prepared.action {
        case .pure, .items: 1
        case .answered: (step.attempts?.value ?? prepared.standardAttempts) * (prepared.fallbacks.count + 1)
        }
    }

    private func limits() -> PlannedLimits {
        PlannedLimits(
            inFlight: (options.inFlight ?? recipe.limits.inFlight?.value).flatMap { width in
                if case .count(let count) = width { count } else { nil }
            },
            failures: recipe.limits.failures.map { limit in
                switch limit.value {
                case .count(let count): .count(count)
                case .fraction(let share): .share(share)
                }
            },
            spend: recipe.limits.spend.map { Int64(($0.value * 1e9).rounded()) },
            time: recipe.limits.time?.value.swiftDuration)
    }
}

extension Scope {
    /// What a step can read outside its rules: not yet its own answer.
    fileprivate func hidingAnswer(of step: StepSpec) -> Scope {
        let name = step.name.value
        guard reasonHidden(name) != nil, !BaseTypes.names.contains(name) else { return self }
        var scope = self
        scope.hide(name, because: "'\(name)' is this step's own answer; only its 'expect' can read it")
        return scope
    }
}

extension PlannedItems {
    /// A list with a map for each item: every inner step's answer by its name.
    fileprivate var answer: ValueType {
        .list(.object(ObjectType(zip(answers, steps).map { ObjectType.Field($0, $1.type) })))
    }

    /// What the inner steps read of the record's row outside.
    fileprivate var outerReads: [ReadPath] {
        let own = Set([slot] + steps.map(\.slot))
        return steps.flatMap(\.allReads).filter { !own.contains($0.slot) }
    }
}

extension PlannedStep {
    /// What its questions, its condition and its rules read.
    package var allReads: [ReadPath] {
        reads + (when?.reads ?? []) + rules.flatMap { $0.rule.reads + ($0.because?.reads ?? []) }
    }
}

extension PlannedStep {
    /// The same step, which puts nothing in the place of these files.
    fileprivate func sparing(_ files: [UsedFile]) -> PlannedStep {
        var step = self
        if case .answered(let action) = action { step.action = .answered(action.sparing(files)) }
        if let inner = items?.steps { step.items?.steps = inner.map { $0.sparing(files) } }
        return step
    }
}

extension [PlannedStep] {
    /// Gives every step its place: see ``PlannedStep/place``.
    package mutating func number() {
        var next = count
        for index in indices {
            self[index].place = index
            guard var items = self[index].items else { continue }
            for inner in items.steps.indices {
                items.steps[inner].place = next
                next += 1
            }
            self[index].items = items
        }
    }
}
