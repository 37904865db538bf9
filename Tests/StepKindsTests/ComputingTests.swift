import Runs
import Steps
import Testing
import Values

/// `set` and `check`.
@Suite struct ComputingTests {
    private func value(_ verdict: Verdict) throws -> Value {
        guard case .answered(let value) = verdict else { throw Unexpected(verdict: verdict) }
        return value
    }

    private func broken(_ verdict: Verdict) throws -> (Value, Failure) {
        guard case .broken(let value, let failure) = verdict else { throw Unexpected(verdict: verdict) }
        return (value, failure)
    }

    struct Unexpected: Error { var verdict: Verdict }

    // MARK: set

    @Test func `a set computes its fields in their order`() throws {
        let bench = try Bench("set: {size: input.size + 1, line: \"{{ input.title }}: {{ input.text }}\"}")
        #expect(bench.step?.answer.description == "{size: integer, line: string}")
        #expect(try value(bench.verdict()) == ["size": 4, "line": "A letter: Dear Bob"])
    }

    @Test func `what a record holds is never read as a template`() throws {
        let bench = try Bench("set: {line: \"{{ input.text }}!\"}")
        #expect(try value(bench.verdict(Bench.row("{{ input.title }}"))) == ["line": "{{ input.title }}!"])
    }

    @Test func `a field that cannot be computed for a record is a fault with its place`() throws {
        let bench = try Bench("set: {a: 1, b: 6 / (input.size - 3)}")
        #expect(try value(bench.verdict(Bench.row(size: 5))) == ["a": 1, "b": 3])
        guard case .fault(let failure) = try bench.verdict() else {
            Issue.record("a division by zero has a value")
            return
        }
        #expect(failure.cause == .expression)
        #expect(failure.message.hasPrefix("recipe.yaml:6:"), "\(failure.message)")
    }

    @Test func `a set tells all its mistakes, and needs a field`() throws {
        #expect(
            try Bench("set: {a: input.siz, b: input.size, c: \"{{ input.txt }}\"}").errors == [
                "1:16 'input' has no field 'siz'; did you mean 'size'?",
                "1:49 'input' has no field 'txt'; did you mean 'text'?",
            ])
        #expect(
            try Bench("set: {}").errors == [
                "1:6 'set' computes at least one field: `set: {words: size(input.text.words())}`"
            ])
    }

    // MARK: check

    private static let rules = """
        check:
          - {rule: input.size > 3, because: "{{ input.size }} is too few"}
          - {rule: input.text != "", because: the text is empty, severity: warning}
          - rule: input.title != input.text
        """

    @Test func `a record that keeps all rules passes without findings`() throws {
        #expect(try value(Bench(Self.rules).verdict(Bench.row(size: 5))) == ["passed": true, "findings": []])
    }

    @Test func `a broken warning is found and breaks nothing`() throws {
        #expect(
            try value(Bench(Self.rules).verdict(Bench.row("", size: 5))) == [
                "passed": true, "findings": [["message": "the text is empty", "severity": "warning"]],
            ])
    }

    @Test func `broken rules are all found, and the errors among them are the reason`() throws {
        let (value, failure) = try broken(Bench(Self.rules).verdict(Bench.row("A letter", size: 2)))
        #expect(
            value == [
                "passed": false,
                "findings": [
                    ["message": "2 is too few", "severity": "error"],
                    ["message": "the rule 'input.title != input.text' is broken", "severity": "error"],
                ],
            ])
        #expect(failure == Failure(.rule, "2 is too few; the rule 'input.title != input.text' is broken"))
    }

    @Test func `a rule that cannot be evaluated is a fault of the recipe, found among the findings`() throws {
        let bench = try Bench("check: [{rule: input.text != \"\", severity: warning}, {rule: 6 / input.size > 1}]")
        let (value, failure) = try broken(bench.verdict(Bench.row("", size: 0)))
        #expect(failure.cause == .expression)
        #expect(value["passed"] == false)
        #expect(value["findings"]?.list?.count == 2)
    }

    @Test func `one rule needs no list, and a rule is true or false`() throws {
        #expect(try value(Bench("check: {rule: input.size == 3}").verdict())["passed"] == true)
        #expect(
            try Bench("check: [{rule: input.size}, {rule: input.siz > 1}]").errors == [
                "1:16 a rule must be true or false, and this is integer",
                "1:42 'input' has no field 'siz'; did you mean 'size'?",
            ])
        #expect(try Bench("check: []").errors == ["1:8 'check' holds at least one rule"])
    }

    @Test func `a check has an answer even where it is flagged`() throws {
        #expect(try Bench(Self.rules).step?.alwaysAnswers == true)
        #expect(
            try Bench(Self.rules).step?.answer.description
                == "{passed: boolean, findings: list of {message: string, severity: string}}")
    }
}
