package import Calls
internal import GRDBSQLite
package import Values

/// One query on a SQLite file that is opened for reading only.
///
/// Holds a connection and a prepared statement; one caller at a time, whichever thread it is on.
package final class SQLiteReader: @unchecked Sendable {
    private let connection: OpaquePointer
    private let statement: OpaquePointer
    private let path: String
    package let columns: [QueryColumn]
    /// For each place of the statement, which parameter of the query stands there.
    private let places: [Int]
    private let watch = Watch()

    /// What ends a statement that takes too long; seen by SQLite every so many steps.
    private final class Watch {
        var deadline: ContinuousClock.Instant?
        var stop: StopFlag?
        var timedOut = false
        var cancelled = false

        func isOver() -> Bool {
            if Task.isCancelled || stop?.raised ?? false { cancelled = true }
            if let deadline, ContinuousClock.now >= deadline { timedOut = true }
            return cancelled || timedOut
        }
    }

    /// Opens the file and prepares the query, so that what is wrong with either shows at once.
    package init(path: String, query: QueryText) throws(DatabaseProblem) {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard let opened else { throw DatabaseProblem(.unreachable, "cannot open \(path): out of memory") }
        guard code == SQLITE_OK else {
            let problem = SQLiteReader.problem(code, opened, path)
            sqlite3_close_v2(opened)
            throw problem
        }
        // A writer's lock is over in moments; who waits longer asks again.
        sqlite3_busy_timeout(opened, 250)
        var prepared: OpaquePointer?
        let compiled = sqlite3_prepare_v3(
            opened, query.text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard compiled == SQLITE_OK, let prepared else {
            let problem = SQLiteReader.problem(compiled, opened, path)
            sqlite3_close_v2(opened)
            throw problem
        }
        self.path = path
        connection = opened
        statement = prepared
        columns = (0..<sqlite3_column_count(prepared)).map { SQLiteReader.column($0, of: prepared) }
        var places: [Int] = []
        for place in 0..<sqlite3_bind_parameter_count(prepared) {
            let name = sqlite3_bind_parameter_name(prepared, place + 1).map { String(cString: $0).dropFirst() } ?? ""
            places.append(query.parameters.firstIndex { $0.utf8.elementsEqual(name.utf8) } ?? -1)
        }
        self.places = places
        let readsOnly = sqlite3_stmt_readonly(prepared) != 0
        sqlite3_progress_handler(
            opened, 10_000,
            { context in
                guard let context else { return 0 }
                return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().isOver() ? 1 : 0
            }, Unmanaged.passUnretained(watch).toOpaque())
        guard readsOnly else {
            throw DatabaseProblem(.refused, "the query would write to \(path); a query only reads")
        }
    }

    deinit {
        sqlite3_finalize(statement)
        sqlite3_close_v2(connection)
    }

    // MARK: Asking

    /// Every row, at most so many.
    package func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration?, unless stop: StopFlag? = nil
    ) throws(DatabaseProblem) -> [[ColumnValue]] {
        watch.stop = stop
        try begin(parameters, within: timeout)
        defer { end() }
        var rows: [[ColumnValue]] = []
        while rows.count < limit, let row = try next() { rows.append(row) }
        return rows
    }

    /// Binds the values; the rows follow one by one.
    package func begin(_ parameters: [Value], within timeout: Swift.Duration? = nil) throws(DatabaseProblem) {
        watch.deadline = timeout.map { ContinuousClock.now + $0 }
        watch.timedOut = false
        watch.cancelled = false
        for (index, parameter) in places.enumerated() where parameters.indices.contains(parameter) {
            try bind(parameters[parameter], at: CInt(index + 1))
        }
    }

    /// The next row; nil behind the last.
    package func next() throws(DatabaseProblem) -> [ColumnValue]? {
        switch sqlite3_step(statement) {
        case SQLITE_ROW:
            var row: [ColumnValue] = []
            row.reserveCapacity(columns.count)
            for column in columns.indices { row.append(try value(CInt(column))) }
            return row
        case SQLITE_DONE: return nil
        case let code:
            if watch.timedOut {
                throw DatabaseProblem(
                    .timedOut, "the query on \(path) took longer than its time-out; an index on what it looks for helps"
                )
            }
            if watch.cancelled { throw DatabaseProblem(.cancelled, "stopped") }
            throw SQLiteReader.problem(code, connection, path)
        }
    }

    /// Ends a reading, also before its last row.
    package func end() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    private func bind(_ value: Value, at place: CInt) throws(DatabaseProblem) {
        let code: CInt
        switch value {
        case .null, .optional(nil): code = sqlite3_bind_null(statement, place)
        case .optional(let inner?): return try bind(inner, at: place)
        case .bool(let truth): code = sqlite3_bind_int64(statement, place, truth ? 1 : 0)
        case .int(let number): code = sqlite3_bind_int64(statement, place, number)
        case .double(let number): code = sqlite3_bind_double(statement, place, number)
        default:
            guard let text = value.parameterText else {
                throw DatabaseProblem(.refused, "a list or a map cannot be bound to a name of a query")
            }
            code = bind(text, at: place)
        }
        guard code == SQLITE_OK else { throw SQLiteReader.problem(code, connection, path) }
    }

    private func bind(_ text: String, at place: CInt) -> CInt {
        var text = text
        return text.withUTF8 { bytes in
            // An empty text may have no address, which would bind null.
            let address = UnsafeRawPointer(bytes.baseAddress) ?? UnsafeRawPointer(statement)
            return sqlite3_bind_text(
                statement, place, address.assumingMemoryBound(to: CChar.self), CInt(bytes.count),
                unsafeBitCast(-1, to: sqlite3_destructor_type.self))
        }
    }

    private func value(_ column: CInt) throws(DatabaseProblem) -> ColumnValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT: return .double(sqlite3_column_double(statement, column))
        case SQLITE_TEXT:
            // The address first: asking for it may change the length.
            let address = sqlite3_column_text(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            let bytes = UnsafeBufferPointer(start: address, count: address == nil ? 0 : count)
            guard let text = String(validating: bytes, as: UTF8.self) else { return .bytes(count) }
            return .text(text)
        default: return .bytes(Int(sqlite3_column_bytes(statement, column)))
        }
    }

    // MARK: What SQLite says

    /// The type that the table's column was declared with, by SQLite's own rules of affinity.
    private static func column(_ index: CInt, of statement: OpaquePointer) -> QueryColumn {
        let name = sqlite3_column_name(statement, index).map { String(cString: $0) } ?? ""
        guard let declared = sqlite3_column_decltype(statement, index) else { return QueryColumn(name, .any) }
        let type = String(cString: declared).uppercased()
        let kind: QueryColumn.Kind =
            if type.contains("BOOL") {
                .boolean
            } else if type.contains("INT") {
                .integer
            } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
                .text
            } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
                .number
            } else {
                .any
            }
        return QueryColumn(name, kind)
    }

    private static func problem(_ code: CInt, _ connection: OpaquePointer, _ path: String) -> DatabaseProblem {
        let words = String(cString: sqlite3_errmsg(connection))
        switch code & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return DatabaseProblem(.passing, "another program keeps \(path) locked; end it or wait for it")
        case SQLITE_CANTOPEN, SQLITE_IOERR, SQLITE_PERM, SQLITE_AUTH:
            return DatabaseProblem(
                .unreachable, "cannot read \(path): \(words); look whether the file is there and may be read")
        case SQLITE_NOTADB:
            return DatabaseProblem(.unreachable, "\(path) is no SQLite database")
        case SQLITE_CORRUPT:
            return DatabaseProblem(.unreachable, "\(path) is damaged: \(words); put back a copy of it")
        default: return DatabaseProblem(.refused, "\(path): \(words)")
        }
    }
}

extension Value {
    /// What is bound where a text stands for the value; nil for what is no single value.
    var parameterText: String? {
        switch self {
        case .string(let text), .type(let text): text
        case .timestamp(let moment): moment.rfc3339
        case .duration(let length): length.text
        case .bool(let truth): truth ? "true" : "false"
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .double(let number): String(number)
        case .bytes, .list, .map, .null, .optional: nil
        }
    }
}
