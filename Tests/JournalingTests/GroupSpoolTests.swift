import Testing

@testable import Journaling

@Suite struct GroupSpoolTests {
    @Test func `groups are numbered as they come, and read page by page`() throws {
        let spool = try GroupSpool()
        try spool.add([
            .init(step: 0, key: [2], number: 0, body: [1]), .init(step: 0, key: [1], number: 1, body: [2]),
            .init(step: 1, key: [1], number: 1, body: [9]),
        ])
        try spool.add([
            .init(step: 0, key: [2], number: 5, body: [3, 3]), .init(step: 0, key: [2], number: 3, body: [4]),
        ])
        #expect(try spool.groups(of: 0) == 2 && spool.groups(of: 1) == 1 && spool.groups(of: 2) == 0)
        #expect(try spool.key(of: 0, at: 0) == [2] && spool.key(of: 1, at: 0) == [1])
        func numbers(after: Int, most: Int = 9, bytes: Int = 99) throws -> [Int] {
            try spool.rows(of: 0, at: 0, after: after, most: most, bytes: bytes).map(\.number)
        }
        #expect(try numbers(after: -1) == [0, 3, 5])
        #expect(try numbers(after: 0) == [3, 5] && numbers(after: -1, most: 2) == [0, 3] && numbers(after: 5) == [])
        #expect(try numbers(after: -1, bytes: 2) == [0, 3] && numbers(after: 3, bytes: 1) == [5])
    }

    @Test func `rows that cannot be put aside leave nothing of themselves, and keep no others out`() throws {
        let spool = try GroupSpool()
        let row = GroupSpool.Row(step: 0, key: [1], number: 0, body: [1])
        let problem = #expect(throws: JournalError.self) { try spool.add([row, row]) }
        #expect(problem?.message.contains("UNIQUE") == true)
        #expect(try spool.groups(of: 0) == 0)
        try spool.add([row])
        #expect(try spool.rows(of: 0, at: 0, after: -1, most: 9, bytes: 99).map(\.number) == [0])
    }

    @Test(arguments: [
        (13, "database or disk is full", JournalError.Reason.full), (14, "unable to open database file", .io),
        (10, "disk I/O error", .io), (11, "database disk image is malformed", .io),
    ])
    func `a problem of its file names no copy to put back, and a folder to name`(
        code: Int32, message: String, reason: JournalError.Reason
    ) {
        let error = GroupSpool.error(SQLiteProblem(code: code, message: message))
        #expect(error.reason == reason && error.message.contains("TMPDIR") && !error.message.contains("copy"))
    }
}
