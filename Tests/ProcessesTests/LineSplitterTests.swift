import Testing

@testable import Processes

@Suite struct LineSplitterTests {
    private func lines(_ parts: String..., limit: Int = 100) -> [String] {
        var splitter = LineSplitter(limit: limit)
        return parts.flatMap { splitter.add(Array($0.utf8)) } + splitter.finish()
    }

    @Test func `lines are put together from pieces`() {
        #expect(lines("on", "e\ntw", "o\n", "three") == ["one", "two", "three"])
    }

    @Test func `carriage returns and empty lines are left out`() {
        #expect(lines("one\r\n\r\n\n", "two\n") == ["one", "two"])
    }

    @Test func `an endless line is cut`() {
        #expect(lines("0123456789", "0123456789\nnext\n", limit: 4) == ["0123", "next"])
    }
}
