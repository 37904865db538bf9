internal import GRDB
internal import GRDBSQLite

extension DatabaseQueue {
    /// Works with the connection itself, on its queue, and names the file when something goes wrong.
    func journal<Answer>(
        _ path: String, _ body: (SQLiteConnection) throws(SQLiteProblem) -> Answer
    ) throws(JournalError) -> Answer {
        do throws(SQLiteProblem) { return try use(body) } catch { throw JournalError(error, path: path) }
    }

    /// Works with the connection itself, on its queue.
    func use<Answer>(
        _ body: (SQLiteConnection) throws(SQLiteProblem) -> Answer
    ) throws(SQLiteProblem) -> Answer {
        let result = unsafeReentrantWrite { database -> Result<Answer, SQLiteProblem> in
            guard let connection = database.sqliteConnection else { return .failure(.closed) }
            return Result { () throws(SQLiteProblem) in try body(connection) }
        }
        return try result.get()
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
