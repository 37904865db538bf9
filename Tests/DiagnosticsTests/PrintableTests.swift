import Diagnostics
import Testing

@Suite struct PrintableTests {
    @Test(arguments: [
        ("a\u{1B}]52;c;eA==\u{07}.md", #"a\u{1B}]52;c;eA==\u{7}.md"#), ("up\r\u{9B}2A", #"up\u{D}\u{9B}2A"#),
        ("exe\u{202E}gpj\u{2066}\u{200F}", #"exe\u{202E}gpj\u{2066}\u{200F}"#), ("\u{7F}", #"\u{7F}"#),
        ("line\n\tnext – ü 漢字 👩‍🚒", "line\n\tnext – ü 漢字 👩‍🚒"),
    ])
    func `a text from elsewhere cannot order a terminal about`(text: String, shown: String) {
        #expect(text.printable == shown)
    }

    @Test func `the name of a file cannot, either`() {
        let span = SourceSpan(
            file: "a\u{1B}[2J.yaml", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 2))
        #expect(!DiagnosticRenderer(sources: [:]).render(.error("x", at: span)).contains("\u{1B}"))
    }
}
