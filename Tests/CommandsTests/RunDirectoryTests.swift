import Testing

@testable import Commands

@Suite struct RunDirectoryTests {
    @Test(
        arguments: [
            ("sort-letters-20261122-144512", "20261122-144512"),
            ("sort-letters-20261122-144512-2", "20261122-144512-0002"),
            ("sort-letters-20261122-144512-17", "20261122-144512-0017"), ("nightly", nil), ("my-run-7", nil),
            ("7", nil),
            ("a-2026112-144512", nil),
        ] as [(String, String?)])
    func `when a run started stands in its name`(name: String, stamp: String?) {
        #expect(RunDirectory.stamp(in: name) == stamp)
    }
}
