internal import GRDB
internal import GRDBSQLite

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Rows put aside group by group, for the length of one collecting: on disk, in a file of its own that nobody else sees
/// and that is gone when it is let go of.
///
/// Memory holds one page of a group, whatever the run has. The calls block, so they belong on a queue for blocking work.
package final class GroupSpool: Sendable {
    /// One row for one of the collect steps.
    package struct Row: Sendable {
        package var step: Int
        /// Rows with equal keys are one group.
        package var key: [UInt8]
        /// Rising within a group.
        package var number: Int
        package var body: [UInt8]

        package init(step: Int, key: [UInt8], number: Int, body: [UInt8]) {
            self.step = step
            self.key = key
            self.number = number
            self.body = body
        }
    }

    private static let name = "the temporary file for groups"
    private let database: DatabaseQueue

    package init() throws(JournalError) {
        do {
            // SQLite keeps a database without a name in a temporary file, which it has deleted by the time it is open.
            database = try DatabaseQueue(path: "")
        } catch {
            throw JournalError(.io, "cannot make \(Self.name): \(error)")
        }
        try use { connection throws(SQLiteProblem) in
            // Without a journal SQLite could not roll back; in memory it has the pages that one page of rows changes.
            try connection.execute(
                """
                PRAGMA journal_mode = MEMORY;
                PRAGMA synchronous = OFF;
                CREATE TABLE grp(
                    step INTEGER NOT NULL, number INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(step, key)
                ) STRICT, WITHOUT ROWID;
                CREATE UNIQUE INDEX grp_by_number ON grp(step, number);
                CREATE TABLE member(
                    step INTEGER NOT NULL, grp INTEGER NOT NULL, number INTEGER NOT NULL, body BLOB NOT NULL,
                    PRIMARY KEY(step, grp, number)
                ) STRICT, WITHOUT ROWID;
                """)
        }
    }

    /// Puts rows aside. A group gets the next number when its first row comes.
    package func add(_ rows: [Row]) throws(JournalError) {
        try use { connection throws(SQLiteProblem) in
            try connection.execute("BEGIN")
            do throws(SQLiteProblem) {
                try Self.insert(rows, on: connection)
                try connection.execute("COMMIT")
            } catch {
                // SQLite may have rolled back already; then there is nothing to roll back.
                if sqlite3_get_autocommit(connection) == 0 { sqlite3_exec(connection, "ROLLBACK", nil, nil, nil) }
                throw error
            }
        }
    }

    private static func insert(_ rows: [Row], on connection: SQLiteConnection) throws(SQLiteProblem) {
        let group = try SQLiteStatement(
            """
            INSERT INTO grp(step, number, key)
            SELECT ?1, (SELECT count(*) FROM grp WHERE step = ?1), ?2
            WHERE NOT EXISTS (SELECT 1 FROM grp WHERE step = ?1 AND key = ?2)
            """, on: connection)
        let member = try SQLiteStatement(
            """
            INSERT INTO member(step, grp, number, body)
            SELECT ?1, number, ?3, ?4 FROM grp WHERE step = ?1 AND key = ?2
            """, on: connection)
        for row in rows {
            group.bind(row.step, at: 1)
            group.bind(row.key, at: 2)
            try group.run()
            member.bind(row.step, at: 1)
            member.bind(row.key, at: 2)
            member.bind(row.number, at: 3)
            member.bind(row.body, at: 4)
            try member.run()
        }
    }

    package func groups(of step: Int) throws(JournalError) -> Int {
        try use { connection throws(SQLiteProblem) in
            Int(try connection.number("SELECT count(*) FROM grp WHERE step = \(step)"))
        }
    }

    package func key(of group: Int, at step: Int) throws(JournalError) -> [UInt8] {
        try use { connection throws(SQLiteProblem) in
            let statement = try SQLiteStatement("SELECT key FROM grp WHERE step = ?1 AND number = ?2", on: connection)
            statement.bind(step, at: 1)
            statement.bind(group, at: 2)
            return try statement.step() ? statement.bytes(0) : []
        }
    }

    /// The rows of a group behind a number, in order: at most so many, of at most so many bytes together, but one at
    /// least where there is one.
    package func rows(
        of group: Int, at step: Int, after number: Int, most: Int, bytes: Int
    ) throws(JournalError) -> [(number: Int, body: [UInt8])] {
        try use { connection throws(SQLiteProblem) in
            let statement = try SQLiteStatement(
                "SELECT number, body FROM member WHERE step = ?1 AND grp = ?2 AND number > ?3 ORDER BY number LIMIT ?4",
                on: connection)
            for (place, value) in [step, group, number, most].enumerated() {
                statement.bind(value, at: CInt(place + 1))
            }
            var rows: [(number: Int, body: [UInt8])] = []
            var size = 0
            while try statement.step() {
                let body = statement.bytes(1)
                size += body.count
                if !rows.isEmpty, size > bytes { break }
                rows.append((Int(statement.int(0) ?? 0), body))
            }
            return rows
        }
    }

    // MARK: Errors

    private func use<Answer>(
        _ body: (SQLiteConnection) throws(SQLiteProblem) -> Answer
    ) throws(JournalError) -> Answer {
        do throws(SQLiteProblem) { return try database.use(body) } catch { throw Self.error(error) }
    }

    /// Where the file lies is SQLite's choice, and there is no copy of it that could be put back.
    static func error(_ problem: SQLiteProblem) -> JournalError {
        switch (problem.code & 0xFF, problem.system) {
        case (SQLITE_FULL, _), (_, ENOSPC), (_, EDQUOT):
            return JournalError(
                .full,
                "cannot write \(name): the disk is full; make room, or have TMPDIR name a folder with room, then go on "
                    + "with the run")
        default:
            let system = problem.system == 0 ? "" : " (\(String(cString: strerror(problem.system))))"
            return JournalError(
                .io,
                "cannot read or write \(name): \(problem.message)\(system); have TMPDIR name a folder that can be "
                    + "written, then go on with the run")
        }
    }
}
