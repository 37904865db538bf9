internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Schemas
internal import Steps
internal import Values

/// A plan as people read it: what goes in, what each step does and answers, what comes out, what it may take.
package struct PlanDescription {
    private let plan: Plan
    private let records: Int
    /// Records that are passed over because earlier runs say enough of them; nil where all are taken.
    private let unchanged: Int?

    package init(plan: Plan, records: Int, unchanged: Int? = nil) {
        self.plan = plan
        self.records = records
        self.unchanged = unchanged
    }

    package var text: String {
        var lines = [heading, ""]
        lines.append("input    \(plan.source.description): \(counted(records, "record"))\(passedOver)")
        for (index, step) in plan.steps.enumerated() { lines += describe(step, number: "\(index + 1)") }
        for (index, collect) in plan.collect.enumerated() { lines += describe(collect, number: index + 1) }
        lines += outputs
        lines.append("")
        lines += calls
        if !plan.notes.isEmpty {
            lines.append("")
            lines += plan.notes.map { "note: \($0)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: String {
        plan.recipe.name.value + (plan.recipe.about.map { ": \($0.text)" } ?? "")
    }

    private var passedOver: String {
        guard let unchanged else { return "" }
        return ", \(unchanged == 0 ? "none" : "\(unchanged)") of them skipped as unchanged since an earlier run"
    }

    /// Those that are not passed over.
    private var taken: Int { records - (unchanged ?? 0) }

    private func describe(_ step: PlannedStep, number: String) -> [String] {
        var lines = [
            "step \(number)\(number.contains(".") ? " " : "   ")\(step.name) (\(step.kind)\(step.model.map { ", \($0)" } ?? "")) -> \(type(of: step))"
        ]
        func add(_ label: String, _ text: String) { lines.append("         \(label) \(text)") }
        if let when = step.when { add("when", oneLine(when.source.text)) }
        for rule in step.rules { add("expect", oneLine(rule.text)) }
        if let passage = step.passage { add("lets it pass:", oneLine(passage)) }
        if let review = step.review { for line in describe(review) { add(line.label, line.text) } }
        if step.review == nil, !step.isPure || step.otherwise != .fail {
            let attempts = step.isPure || step.items != nil ? "" : "\(counted(step.attempts, "attempt")), then "
            add("on failure", "\(attempts)\(step.otherwise.rawValue)")
        }
        if let items = step.items {
            add("for each", "\(items.name) of \(oneLine(items.list.source.text)), \(items.atOnce) at once")
            for (index, inner) in items.steps.enumerated() {
                lines += describe(inner, number: "\(number).\(index + 1)").map { "    " + $0 }
            }
        }
        return lines
    }

    /// What a step answers, as its recipe declares it; else what expressions know of it.
    private func type(of step: PlannedStep) -> String {
        guard let declared = step.answerType else { return "\(step.type)" }
        if case .nullable = step.type { return declared.allowsNull ? "\(declared)" : "\(declared) or null" }
        return "\(declared)"
    }

    private func describe(_ collect: PlannedCollect, number: Int) -> [String] {
        var lines = describe(collect.step, number: "\(number)")
        lines[0] = "collect" + lines[0].dropFirst("step".count)
        let group = collect.groupBy.map { "group by \(oneLine($0.source.text))" } ?? "all done records are one group"
        lines.insert("         \(group)", at: 1)
        return lines
    }

    private func describe(_ review: any ReviewedStep) -> [(label: String, text: String)] {
        var lines = [("waits", "for a person" + (review.within.map { ", at most \($0.swiftDuration.words)" } ?? ""))]
        if !review.fields.isEmpty { lines.append(("edit", review.fields.map(\.name).joined(separator: ", "))) }
        return lines
    }

    private var outputs: [String] {
        let collected = plan.collect.flatMap { collect in
            collect.outputs.map { "output   \(plan.outputFolder)/\($0.path), of '\(collect.step.name)'" }
        }
        return recordOutputs + collected
    }

    private var recordOutputs: [String] {
        guard !plan.outputs.isEmpty else { return ["output   none: the answers are kept in the journal alone"] }
        return plan.outputs.map { "output   \(plan.outputFolder)/\($0.path)" }
    }

    private var calls: [String] {
        let asked = plan.steps.filter { !$0.isPure && $0.items == nil && $0.review == nil }
        let perItem = plan.steps.filter { !$0.isPure && $0.items != nil }
        guard !asked.isEmpty || !perItem.isEmpty || !plan.collect.isEmpty else { return ["calls    none"] }
        var lines = modelCalls(asked.filter { $0.model != nil }).map { ["calls    \($0)"] } ?? []
        for step in perItem {
            guard let calls = perItemCalls(step, where: { $0.model != nil }) else { continue }
            lines.append((lines.isEmpty ? "calls    " : "         and ") + calls)
        }
        for collect in plan.collect {
            lines.append(
                "\(lines.isEmpty ? "calls    " : "         and ")for each group of '\(collect.step.name)' 1, "
                    + "\(collect.step.attempts) if every attempt is used, and more where it is larger than the model takes"
            )
        }
        if lines.isEmpty { lines = ["calls    none"] }
        return lines + otherWork(asked, perItem) + ["held     \(held)"] + money(records: taken) + time
    }

    private func modelCalls(_ asked: [PlannedStep]) -> String? {
        guard !asked.isEmpty else { return nil }
        let most = asked.reduce(0) { $0 + $1.attempts } * taken
        return "\(atMost(asked))\(asked.count * taken) if every first answer is good, \(most) if every attempt is used"
    }

    /// What is asked of others than models, a line for each kind of step.
    private func otherWork(_ asked: [PlannedStep], _ perItem: [PlannedStep]) -> [String] {
        let words = [
            (kind: "lookup", label: "lookups  "), ("fetch", "pages    "), ("run", "programs "), ("write", "files    "),
            ("send", "sends    "),
        ]
        return words.flatMap { kind, label in
            var lines: [String] = []
            let steps = asked.filter { $0.kind == kind }
            if !steps.isEmpty {
                let (once, most) = (steps.count * taken, steps.reduce(0) { $0 + $1.attempts } * taken)
                lines = ["\(label)\(atMost(steps))\(once)\(most > once ? ", \(most) if every attempt is used" : "")"]
            }
            for step in perItem {
                guard let work = perItemCalls(step, where: { $0.kind == kind }) else { continue }
                lines.append((lines.isEmpty ? label : "         and ") + work)
            }
            return lines
        }
    }

    /// How many items a list has is known once the record is there.
    private func perItemCalls(_ step: PlannedStep, where isMeant: (PlannedStep) -> Bool) -> String? {
        let asked = (step.items?.steps ?? []).filter { !$0.isPure && isMeant($0) }
        guard !asked.isEmpty else { return nil }
        let most = asked.reduce(0) { $0 + $1.attempts }
        return "for each \(step.items?.name ?? "item") of '\(step.name)' \(atMost(asked))\(asked.count), "
            + "\(most) if every attempt is used"
    }

    private func atMost(_ steps: [PlannedStep]) -> String { steps.contains { $0.when != nil } ? "at most " : "" }

    private var held: String {
        plan.findsWidth
            ? "as many records at once as the models take, found by itself" : "\(counted(plan.width, "record")) at once"
    }

    /// What the calls cost at most. How long the prompts are is known once they are written.
    private func money(records: Int) -> [String] {
        var lines: [String] = []
        if let worst = worst(of: plan.steps, times: records) { lines.append("money    at worst \(worst)") }
        for step in plan.steps {
            guard let items = step.items, let worst = worst(of: items.steps, times: 1) else { continue }
            lines.append(
                "\(lines.isEmpty ? "money    " : "         and ")for each \(items.name) of '\(step.name)' at worst \(worst)"
            )
        }
        for collect in plan.collect {
            guard let worst = worst(of: [collect.step], times: 1) else { continue }
            lines.append(
                "\(lines.isEmpty ? "money    " : "         and ")for each question of '\(collect.step.name)' at worst \(worst)"
            )
        }
        guard !lines.isEmpty, let spend = plan.limits.spend else { return lines }
        return lines + [
            "budget   \(Money.words(Double(spend))) (limits.spend); the run stops before it would cost more"
        ]
    }

    private func worst(of steps: [PlannedStep], times: Int) -> String? {
        var answers = 0.0
        var prompts = 0.0
        for step in steps {
            guard case .answered(let answered) = step.action, let price = answered.price, price != .nothing else {
                continue
            }
            answers += Double(price.answer) * Double(step.attempts) * Double(times)
            prompts += Double(price.promptKilobyte) * Double(step.attempts) * Double(times)
        }
        guard answers > 0 || prompts > 0 else { return nil }
        return "\(Money.words(answers)) for answers, as long as they may be and with every attempt used, "
            + "and \(Money.words(prompts)) for each 1,000 bytes that a prompt has"
    }

    private var time: [String] {
        guard let time = plan.limits.time else { return [] }
        return ["time     at most \(time.words) (limits.time)"]
    }

    private func counted(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

    private func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension Plan {
    /// Records held at once where neither recipe nor command line says.
    private static let standardWidth = 64
    /// Records held beyond what a model takes whose width is found, so that it never waits for the next one: those whose
    /// answers are being written down and whose next questions are being made.
    private static let reserve = (share: 0.25, least: 16)

    /// How many records are held at once: what was asked for, else as many as the answerers can take now. More than that
    /// would only wait with their input in memory.
    package var width: Int {
        if let inFlight = limits.inFlight { return inFlight }
        var widths: [String: Int] = [:]
        for step in askedSteps {
            guard case .answered(let answered) = step.action else { continue }
            let width =
                switch answered.width {
                case .fixed(let width)?: width
                case .found(let width)?: width + max(Self.reserve.least, Int(Double(width) * Self.reserve.share))
                case nil: Self.standardWidth
                }
            // Steps that ask one model share its width.
            widths[step.model ?? "", default: 0] = max(widths[step.model ?? "", default: 0], width)
        }
        return widths.isEmpty ? Self.standardWidth : widths.values.reduce(0, +)
    }

    /// Whether ``width`` changes while the run goes on.
    package var findsWidth: Bool {
        limits.inFlight == nil
            && askedSteps.contains {
                guard case .answered(let answered) = $0.action, case .found? = answered.width else { return false }
                return true
            }
    }

    /// Calls back after each change of ``width``, from any thread. Only once the steps were made ready.
    package func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) {
        guard findsWidth else { return }
        for step in askedSteps {
            if case .answered(let answered) = step.action { answered.whenWidthChanges(tell) }
        }
    }
}
