internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
package import Steps
internal import Values

/// `check`: rules alone. Its answer is `{passed, findings}`, also when rules are broken.
package struct CheckKind: StepKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "check", .oneOrList(of: .keys(Self.keys)),
            about: "Holds the record against rules; a broken one of severity error breaks the step.")
    }

    private static let keys = [
        Key(
            "rule", .expression, required: true, about: "What must be true.",
            example: "input.meta.title != null"),
        Key(
            "because", .template, default: "the rule itself", about: "What to say when it is not.",
            example: "the post has no title"),
        Key(
            "severity", .choice(RuleSpec.Severity.allCases.map(\.rawValue)), default: "error",
            about: "A warning is listed among the findings and breaks nothing."),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .list(let items, let span) = planning.step.body else { return nil }
        guard !items.isEmpty else {
            planning.problems.error("'check' holds at least one rule", at: span)
            return nil
        }
        var rules: [CheckRule] = []
        for case .fields(let fields) in items {
            let because = fields.template("because").flatMap { planning.template($0) }
            guard let text = fields.expression("rule"), let rule = planning.compile(text, isCondition: true) else {
                continue
            }
            guard rule.type == .bool || rule.type == .any else {
                planning.problems.error("a rule must be true or false, and this is \(rule.type)", at: text.span)
                continue
            }
            guard because != nil || fields["because"] == nil else { continue }
            rules.append(
                CheckRule(
                    rule: rule, because: because, text: text.text,
                    isError: fields.choice("severity")?.value != RuleSpec.Severity.warning.rawValue))
        }
        guard rules.count == items.count else { return nil }
        return PreparedStep(
            action: .pure(CheckStep(rules: rules)), answer: .object(Self.answer),
            reads: rules.flatMap { $0.rule.reads + ($0.because?.reads ?? []) }, alwaysAnswers: true)
    }

    private static let answer = ObjectType([
        .init("passed", .bool),
        .init("findings", .list(.object(ObjectType([.init("message", .string), .init("severity", .string)])))),
    ])
}

/// A class, because every record goes through all of them.
private final class CheckRule: Sendable {
    let rule: Expression
    let because: Template?
    let text: String
    let isError: Bool

    init(rule: Expression, because: Template?, text: String, isError: Bool) {
        self.rule = rule
        self.because = because
        self.text = text
        self.isError = isError
    }

    /// What is wrong with a record that breaks the rule.
    func message(_ row: borrowing Slots) throws(EvaluationError) -> String {
        try because?.render(row) ?? "the rule '\(text)' is broken"
    }
}

/// A class, because a copy of a step counts up each of its parts.
private final class CheckStep: PureStep {
    let rules: [CheckRule]
    /// Of its own and not of the type: every record takes a reference to them, and lanes that count at the same object
    /// wait for each other.
    private let shape = MapShape(fields: ["passed", "findings"])
    private let findingShape = MapShape(fields: ["message", "severity"])
    private let passed: Value

    init(rules: [CheckRule]) {
        self.rules = rules
        passed = .map(ValueMap(shape: shape, values: [.bool(true), .list([])]))
    }

    func apply(to row: borrowing Slots) -> Verdict {
        var findings: [Value] = []
        var errors: [String] = []
        for rule in rules {
            do throws(EvaluationError) {
                if try rule.rule.isTrue(row) { continue }
                let message = try rule.message(row)
                findings.append(finding(message, rule.isError ? "error" : "warning"))
                if rule.isError { errors.append(message) }
            } catch {
                // A check always has an answer, so that later steps can read what was found: the fault is a finding.
                let failure = Failure(error)
                return .broken(answer(passed: false, findings + [finding(failure.message, "error")]), failure)
            }
        }
        if errors.isEmpty {
            guard !findings.isEmpty else { return .answered(passed) }
            return .answered(answer(passed: true, findings))
        }
        return .broken(answer(passed: false, findings), Failure(.rule, errors.joined(separator: "; ")))
    }

    private func finding(_ message: String, _ severity: String) -> Value {
        .map(ValueMap(shape: findingShape, values: [.string(message), .string(severity)]))
    }

    private func answer(passed: Bool, _ findings: [Value]) -> Value {
        .map(ValueMap(shape: shape, values: [.bool(passed), .list(findings)]))
    }
}
