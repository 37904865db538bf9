internal import GRDBSQLite

/// A prepared statement. Its pointers stay in here; it is used on the queue of its connection only.
final class SQLiteStatement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer

    init(_ sql: String, on connection: OpaquePointer) throws(SQLiteProblem) {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw SQLiteProblem(code: code, on: connection) }
        statement = prepared
        self.connection = connection
    }

    deinit { sqlite3_finalize(statement) }

    // MARK: Values in; places count from 1

    func bind(_ number: Int64?, at place: CInt) {
        if let number { sqlite3_bind_int64(statement, place, number) } else { sqlite3_bind_null(statement, place) }
    }

    func bind(_ number: Int?, at place: CInt) { bind(number.map(Int64.init), at: place) }

    func bind(_ text: String?, at place: CInt) {
        guard var text else { return bind(nil as Int64?, at: place) }
        text.withUTF8 { bytes in
            // An empty text may have no address, which would bind null.
            let address = UnsafeRawPointer(bytes.baseAddress) ?? UnsafeRawPointer(statement)
            sqlite3_bind_text(
                statement, place, address.assumingMemoryBound(to: CChar.self), CInt(bytes.count), Self.copied)
        }
    }

    /// Without bytes it binds null.
    func bind(_ bytes: [UInt8], at place: CInt) {
        bytes.withUnsafeBytes {
            _ = sqlite3_bind_blob64(statement, place, $0.baseAddress, UInt64($0.count), Self.copied)
        }
    }

    /// Binds bytes that are not copied: they must live until the statement has run. Without bytes it binds null.
    func bind(borrowed bytes: UnsafeRawBufferPointer, at place: CInt) {
        let address = bytes.isEmpty ? nil : bytes.baseAddress
        sqlite3_bind_blob64(statement, place, address, UInt64(bytes.count), nil)
    }

    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    // MARK: Running

    /// Runs a statement that gives no rows, and makes it ready for the next time.
    func run() throws(SQLiteProblem) {
        while try step() {}
        sqlite3_reset(statement)
    }

    /// Goes to the next row.
    ///
    /// - Returns: Whether there is one.
    func step() throws(SQLiteProblem) -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code:
            let problem = SQLiteProblem(code: code, on: connection)
            sqlite3_reset(statement)
            throw problem
        }
    }

    /// Ends a reading before its last row.
    func reset() { sqlite3_reset(statement) }

    // MARK: Values out; columns count from 0

    /// nil for what is no whole number.
    func int(_ column: CInt) -> Int64? {
        sqlite3_column_type(statement, column) == SQLITE_INTEGER ? sqlite3_column_int64(statement, column) : nil
    }

    /// nil for what is no text.
    func text(_ column: CInt) -> String? {
        sqlite3_column_type(statement, column) == SQLITE_TEXT ? String(decoding: raw(column), as: UTF8.self) : nil
    }

    /// Empty for null.
    func bytes(_ column: CInt) -> [UInt8] { Array(raw(column)) }

    private func raw(_ column: CInt) -> UnsafeRawBufferPointer {
        // The address first: asking for it may change the length.
        let address = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(start: address, count: Int(sqlite3_column_bytes(statement, column)))
    }
}
