internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// A plan as people read it: what goes in, what each step does and answers, what comes out, what it may take.
package struct PlanDescription {
    private let plan: Plan
    private let records: Int

    package init(plan: Plan, records: Int) {
        self.plan = plan
        self.records = records
    }

    package var text: String {
        var lines = [heading, ""]
        lines.append("input    \(plan.source.description): \(counted(records, "record"))")
        for (index, step) in plan.steps.enumerated() { lines += describe(step, number: index + 1) }
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

    private func describe(_ step: PlannedStep, number: Int) -> [String] {
        var lines = [
            "step \(number)   \(step.name) (\(step.kind)\(step.model.map { ", \($0)" } ?? "")) -> \(step.type)"
        ]
        func add(_ label: String, _ text: String) { lines.append("         \(label) \(text)") }
        if let when = step.when { add("when", oneLine(when.source.text)) }
        for rule in step.rules { add("expect", oneLine(rule.text)) }
        if !step.isPure || step.otherwise != .fail {
            let attempts = step.isPure ? "" : "\(counted(step.attempts, "attempt")), then "
            add("on failure", "\(attempts)\(step.otherwise.rawValue)")
        }
        return lines
    }

    private var outputs: [String] {
        guard !plan.outputs.isEmpty else { return ["output   none: the answers are kept in the journal alone"] }
        return plan.outputs.map { "output   \(plan.outputFolder)/\($0.path)" }
    }

    private var calls: [String] {
        let asked = plan.steps.filter { !$0.isPure }
        guard !asked.isEmpty else { return ["calls    none"] }
        let once = asked.count * records
        let most = asked.reduce(0) { $0 + $1.attempts } * records
        let conditional = asked.contains { $0.when != nil }
        return [
            "calls    \(conditional ? "at most " : "")\(once) if every first answer is good, \(most) if every attempt is used",
            "held     \(counted(plan.width, "record")) at once",
        ]
    }

    private func counted(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

    private func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension Plan {
    /// Records held at once where neither recipe nor command line says.
    private static let standardWidth = 64

    /// How many records are held at once: what was asked for, else what suits the answerers. More than those can take
    /// would only wait with their input in memory.
    package var width: Int {
        if let inFlight = limits.inFlight { return inFlight }
        var widest = 0
        for step in steps {
            guard case .answered(let answered) = step.action else { continue }
            widest = max(widest, answered.width ?? Self.standardWidth)
        }
        return widest == 0 ? Self.standardWidth : widest
    }
}
