internal import GRDB
internal import GRDBSQLite

extension DatabaseQueue {
    /// Works with the connection itself, on its queue, and names the file when something goes wrong.
    func journal<Answer>(
        _ path: String, _ body: (SQLiteConnection) throws(SQLiteProblem) -> Answer
    ) throws(JournalError) -> Answer {
        let result = unsafeReentrantWrite { database -> Result<Answer, SQLiteProblem> in
            guard let connection = database.sqliteConnection else {
                return .failure(SQLiteProblem(damaged: "the connection is closed"))
            }
            return Result { () throws(SQLiteProblem) in try body(connection) }
        }
        do throws(SQLiteProblem) { return try result.get() } catch { throw JournalError(error, path: path) }
    }
}

extension SQLiteConnection {
    /// Runs one statement or several.
    func execute(_ sql: String) throws(SQLiteProblem) {
        let code = sqlite3_exec(self, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteProblem(code: code, on: self) }
    }

    /// The first number of the first row; 0 without one.
    func number(_ sql: String) throws(SQLiteProblem) -> Int64 {
        let statement = try SQLiteStatement(sql, on: self)
        return try statement.step() ? statement.int(0) ?? 0 : 0
    }

    /// Runs a pragma that answers how it stands afterwards.
    func expect(_ answer: String, of sql: String) throws(SQLiteProblem) {
        let statement = try SQLiteStatement(sql, on: self)
        let given = try statement.step() ? statement.text(0) ?? "" : ""
        guard given == answer else {
            throw SQLiteProblem(code: SQLITE_IOERR, message: "\(sql) gave '\(given)'")
        }
    }
}
