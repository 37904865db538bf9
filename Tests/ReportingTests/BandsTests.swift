import Testing

@testable import Reporting

@Suite struct BandsTests {
    @Test func `bands are as wide as their share`() {
        let bands = Bands([("done", 3), ("failed", 1)], of: 4, width: 100, least: 2)
        #expect(bands.bands.map(\.width) == [75, 25])
        #expect(bands.bands.map(\.from) == [0, 75])
    }

    @Test func `one in a million can be seen, and nothing cannot`() {
        let bands = Bands([("done", 999_999), ("flagged", 0), ("failed", 1)], of: 1_000_000, width: 100, least: 2)
        #expect(bands.bands.map(\.style) == ["done", "failed"])
        #expect(bands.bands[1].width == 2)
        #expect(abs(bands.width - 100) < 0.001)
    }

    @Test func `nothing is drawn of an empty input`() {
        #expect(Bands([("done", 0)], of: 0, width: 100, least: 2).bands == [])
    }
}
