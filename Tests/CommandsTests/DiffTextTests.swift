import Execution
import Testing

@testable import Commands

@Suite struct DiffTextTests {
    private func lines(_ before: String?, _ after: String?) -> [String] {
        TextDifference(PlanChanges.Part(name: "prompt", before: before, after: after)).lines
    }

    @Test func `of two texts only the lines between equal heads and tails are shown`() {
        #expect(lines("a\nb\nc\n", "a\nB\nc\n") == ["prompt:", "  …", "- b", "+ B", "  …"])
        #expect(lines("a", "b") == ["prompt:", "- a", "+ b"])
        #expect(lines("a\nb", "a\nb\nb") == ["prompt:", "  …", "+ b"])
        #expect(lines("a\na", "a") == ["prompt:", "  …", "- a"])
        #expect(lines(nil, "a") == ["prompt is new:", "+ a"])
        #expect(lines("a", nil) == ["prompt is gone:", "- a"])
    }

    @Test func `a long text is cut, and how much is left out is said`() {
        let long = (1...20).map { "line \($0)" }.joined(separator: "\n")
        let shown = lines("short", long)
        #expect(shown.count == 1 + 1 + 12 + 1)
        #expect(shown.last == "+ … and 8 more lines")
    }

    @Test(
        arguments: [
            ("30d", 2_592_000), ("12h", 43_200), ("90min", 5_400), ("2 w", 1_209_600), ("0s", 0), ("5", nil),
            ("d", nil),
            ("-1d", nil), ("1.5d", nil), ("+1d", nil),
        ] as [(String, Int64?)])
    func `an age is a whole number and a unit`(text: String, seconds: Int64?) {
        #expect(PruneLimit.seconds(text) == seconds)
    }

    @Test(
        arguments: [
            ("100MB", 100_000_000), ("500kb", 500_000), ("2 GB", 2_000_000_000), ("7B", 7), ("MB", nil), ("1TB5", nil),
            ("10", nil),
        ] as [(String, Int64?)])
    func `a size is a whole number and a unit`(text: String, bytes: Int64?) {
        #expect(PruneLimit.bytes(text) == bytes)
    }
}
