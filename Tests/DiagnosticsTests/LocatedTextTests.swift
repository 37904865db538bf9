import Diagnostics
import Testing

@Suite struct LocatedTextTests {
    /// `one` at 3:5, then a space that a line break was folded to, then `zwö` at 4:3.
    private let text = LocatedText(
        "one zwö",
        span: SourceSpan(
            file: "f", start: SourcePosition(line: 3, column: 5), end: SourcePosition(line: 4, column: 6)),
        anchors: [
            LocatedText.Anchor(offset: 0, position: SourcePosition(line: 3, column: 5)),
            LocatedText.Anchor(offset: 3, position: SourcePosition(line: 3, column: 8)),
            LocatedText.Anchor(offset: 4, position: SourcePosition(line: 4, column: 3)),
        ])

    @Test func `a place is counted from the last anchor before it, in characters`() {
        #expect(text.position(at: 2) == SourcePosition(line: 3, column: 7))
        #expect(text.position(at: 4) == SourcePosition(line: 4, column: 3))
        #expect(text.position(at: 6) == SourcePosition(line: 4, column: 5))
        #expect(text.position(at: 8) == SourcePosition(line: 4, column: 6))
    }

    @Test func `a range that ends with a line ends on that line`() {
        #expect(text.span(of: 0..<3).end == SourcePosition(line: 3, column: 8))
        #expect(text.span(of: 4..<8).end == SourcePosition(line: 4, column: 6))
        #expect(text.span(of: 4..<4).end == SourcePosition(line: 4, column: 3))
    }

    @Test func `a slice stands where it stood`() {
        let slice = text.slice(2..<8)
        #expect(slice.text == "e zwö")
        for offset in 0..<5 { #expect(slice.position(at: offset) == text.position(at: offset + 2)) }
        #expect(slice.span == text.span(of: 2..<8))
        #expect(slice.slice(2..<5).position(at: 1) == SourcePosition(line: 4, column: 4))
    }
}
