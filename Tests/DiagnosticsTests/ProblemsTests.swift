import Diagnostics
import Testing

@Suite struct ProblemsTests {
    private func span(_ file: String, _ line: Int, _ column: Int) -> SourceSpan {
        let place = SourcePosition(line: line, column: column)
        return SourceSpan(file: file, start: place, end: place)
    }

    @Test func `problems sort by place, those without one first, and one place keeps the order they came in`() {
        var problems = Problems()
        problems.error("late", at: span("b", 1, 1))
        problems.error("second", at: span("a", 2, 9))
        problems.error("third", at: span("a", 10, 1))
        problems.error("again", at: span("a", 2, 9))
        problems.error("none", at: nil)
        problems.error("first", at: span("a", 2, 3))
        #expect(problems.sorted.map(\.message) == ["none", "first", "second", "again", "third", "late"])
    }

    @Test func `the same problem is kept once`() {
        var problems = Problems()
        for _ in 1...3 { problems.error("x", at: span("a", 1, 1)) }
        problems.error("x", at: span("a", 1, 2))
        #expect(problems.all.count == 2)
    }

    @Test func `warnings alone are no errors`() {
        var problems = Problems()
        problems.add(.warning("x", at: nil))
        #expect(!problems.hasErrors)
        problems.error("y", at: nil)
        #expect(problems.hasErrors)
    }

    @Test(arguments: [
        ("promt", "prompt"), ("Prompt", "prompt"), ("max-tokens", "max_tokens"), ("maxTokens", "max_tokens"),
        ("wehn", "when"), ("sett", "set"), ("spliced", nil), ("x", nil), ("", nil), ("expct", "expect"),
        ("when", "when"),
    ])
    func `the nearest name is the one that was likely meant`(name: String, meant: String?) {
        let names = ["prompt", "max_tokens", "when", "set", "expect", "split"]
        #expect(nearestName(to: name, among: names) == meant)
    }
}
