import Diagnostics
import Testing

@Suite struct DiagnosticRendererTests {
    private func span(_ line: Int, _ start: Int, _ end: Int, to endLine: Int? = nil) -> SourceSpan {
        SourceSpan(
            file: "recipe.yaml", start: SourcePosition(line: line, column: start),
            end: SourcePosition(line: endLine ?? line, column: end))
    }

    private func render(_ source: String, _ problem: Diagnostic) -> String {
        DiagnosticRenderer(sources: ["recipe.yaml": source]).render(problem)
    }

    @Test func `a problem shows its place, its line and a caret, and so does its note`() {
        let problem = Diagnostic.error("no field 'titel'", at: span(2, 7, 12))
            .noting("'title' is written here", at: span(1, 1, 6)).noting("and nowhere else")
        #expect(
            render("title: x\nread: titel\n", problem) == """
                recipe.yaml:2:7: error: no field 'titel'
                    2 | read: titel
                      |       ^~~~~
                recipe.yaml:1:1: note: 'title' is written here
                    1 | title: x
                      | ^~~~~
                note: and nowhere else

                """)
    }

    @Test func `a problem without a place, or of a file that is not at hand, is one line`() {
        #expect(render("a", .warning("no folder", at: nil)) == "warning: no folder\n")
        let elsewhere = SourceSpan(
            file: "--model", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 2))
        #expect(render("a", .error("no model", at: elsewhere)) == "--model:1:1: error: no model\n")
    }

    @Test func `a line that may hold a secret is not shown, by no problem`() {
        let problems = [
            Diagnostic.error("a key in it", at: span(1, 6, 9)).hidingLine(), .error("unknown", at: span(1, 1, 4)),
        ]
        let text = DiagnosticRenderer(sources: ["recipe.yaml": "url: sk-"]).render(problems)
        #expect(text == "recipe.yaml:1:6: error: a key in it\nrecipe.yaml:1:1: error: unknown\n")
    }

    @Test func `a span over lines is marked to the end of its first line`() {
        #expect(
            render("ab cd\nef\n", .error("x", at: span(1, 4, 2, to: 2))).hasSuffix("    1 | ab cd\n      |    ^~\n"))
    }

    @Test func `a place past the end of its line or file gets a caret, or no line`() {
        #expect(render("ab\n", .error("x", at: span(1, 9, 12))).hasSuffix("    1 | ab\n      |   ^\n"))
        #expect(render("ab\n", .error("x", at: span(2, 1, 1))).hasSuffix("    2 | \n      | ^\n"))
        #expect(render("ab\n", .error("x", at: span(9, 1, 1))) == "recipe.yaml:9:1: error: x\n")
    }

    @Test func `every kind of line end counts once`() {
        #expect(render("a\r\nb\rc\nd", .error("x", at: span(4, 1, 2))).hasSuffix("    4 | d\n      | ^\n"))
        #expect(render("a\r\nb\r\n", .error("x", at: span(1, 1, 2))).hasSuffix("    1 | a\n      | ^\n"))
    }

    @Test func `the caret stands right under wide and combining characters`() {
        #expect(render("日本 e\u{301}x", .error("x", at: span(1, 6, 7))).hasSuffix("\n      |       ^\n"))
        #expect(render("日本", .error("x", at: span(1, 1, 3))).hasSuffix("\n      | ^~~~\n"))
        #expect(render("\u{FEFF}ab", .error("x", at: span(1, 2, 3))).hasSuffix("    1 | ab\n      |  ^\n"))
    }

    @Test func `a long line is cut around the place`() {
        let line = String(repeating: "a", count: 500) + "b" + String(repeating: "c", count: 500)
        let rendered = render(line, .error("x", at: span(1, 501, 502))).split(separator: "\n")
        #expect(rendered[1].count == 8 + 100)
        let caret = rendered[2].count - 1
        #expect(Array(rendered[1])[caret] == "b")
    }

    @Test func `nothing from a recipe can steer the terminal`() {
        let rendered = render("a\u{1B}[2J\u{202E}b\t.", .error("no '\u{1B}[31m\n'", at: span(1, 1, 2)))
        #expect(!rendered.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
        #expect(rendered.contains("no ' [31m '"))
    }

    @Test func `colour is put in only where it is asked for`() {
        let coloured = DiagnosticRenderer(sources: [:], colour: true).render(.error("x", at: nil))
        #expect(coloured == "\u{1B}[1;31merror:\u{1B}[0m x\n")
    }
}
