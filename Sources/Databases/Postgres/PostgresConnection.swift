internal import CPQ
package import Calls
package import Values

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// One connection to a PostgreSQL server, in a session that only reads unless it was made to write.
///
/// Its calls wait for the server, so they belong on a thread that may; one caller at a time. After an error the
/// connection is of no more use unless ``isUsable`` says so.
package final class PostgresConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    private let address: PostgresAddress
    private let writes: Bool
    /// Whether it can be asked again.
    package private(set) var isUsable = true

    /// How often a waiting call looks whether it is still wanted, in milliseconds.
    private static let glance: Int32 = 50

    /// - Parameters:
    ///   - writes: whether statements may change something.
    ///   - seconds: for how long to wait for the server to let us in; libpq knows whole seconds.
    package init(_ address: PostgresAddress, writes: Bool = false, within seconds: Int = 10) throws(DatabaseProblem) {
        self.address = address
        self.writes = writes
        // The first is taken apart by libpq as if its parts stood there; what follows goes before it.
        let options = [
            ("dbname", address.text), ("connect_timeout", String(max(2, seconds))), ("client_encoding", "UTF8"),
            ("application_name", "linecook"),
        ]
        let keys = options.map { strdup($0.0) }
        let values = options.map { strdup($0.1) }
        defer { for text in keys + values { free(text) } }
        var keywords = keys.map { UnsafePointer($0) } + [nil]
        var texts = values.map { UnsafePointer($0) } + [nil]
        guard let made = PQconnectdbParams(&keywords, &texts, 1) else {
            throw DatabaseProblem(.unreachable, "\(address) cannot be reached: out of memory")
        }
        connection = made
        guard PQstatus(made) == CONNECTION_OK else {
            let words = address.clean(String(cString: PQerrorMessage(made)))
            throw DatabaseProblem(.unreachable, "\(address) cannot be reached: \(words)")
        }
        PQsetnonblocking(made, 1)
        // Texts as this program reads them, and nothing written whatever a query calls.
        let isReadOnly = writes ? "off" : "on"
        for setting in [
            "SET default_transaction_read_only = \(isReadOnly)", "SET DateStyle = ISO", "SET TimeZone = 'UTC'",
            "SET IntervalStyle = iso_8601", "SET extra_float_digits = 1",
        ] {
            _ = try run(setting, [], wait: PostgresWait(within: .seconds(seconds)))
        }
    }

    deinit { PQfinish(connection) }

    // MARK: Asking

    /// Every row of a query, at most so many.
    package func rows(
        _ query: QueryText, _ parameters: [Value], atMost limit: Int, wait: PostgresWait
    ) throws(DatabaseProblem) -> (columns: [QueryColumn], rows: [[ColumnValue]]) {
        try send(query.numbered, parameters)
        // Row by row, so that a query which gives far too many is left and not held.
        guard PQsetSingleRowMode(connection) == 1 else { throw broken() }
        var columns: [QueryColumn] = []
        var rows: [[ColumnValue]] = []
        var last: PostgresRows?
        // To the end, also behind an error: only then can the connection be asked again.
        while let result = try nextResult(wait) {
            last = result
            guard result.error == nil else { continue }
            columns = result.columns
            guard result.isRow else { continue }
            rows.append(result.row(0))
            if rows.count > limit + 100 {
                giveUp()
                break
            }
        }
        if let last { try check(last) }
        return (columns, Array(rows.prefix(limit)))
    }

    /// The columns that a query has, without running it.
    package func columns(of query: QueryText, wait: PostgresWait) throws(DatabaseProblem) -> [QueryColumn] {
        guard PQsendPrepare(connection, "", query.numbered, 0, nil) == 1 else { throw broken() }
        _ = try lastResult(wait)
        guard PQsendDescribePrepared(connection, "") == 1 else { throw broken() }
        return try lastResult(wait)?.columns ?? []
    }

    /// Carries out a statement that changes something, in a transaction of its own. A problem says whether it may have
    /// happened all the same.
    ///
    /// - Returns: how many rows it changed.
    package func change(
        _ statement: String, _ parameters: [Value], wait: PostgresWait
    ) throws(DatabaseProblem) -> Int {
        var last: PostgresRows?
        try checkIsOpen()
        try send(statement, parameters)
        do throws(DatabaseProblem) {
            while let result = try nextResult(wait) { last = result }
        } catch {
            throw error.leavingDoubt
        }
        guard let last else { throw broken().leavingDoubt }
        do throws(DatabaseProblem) {
            try check(last)
        } catch {
            throw last.leavesDoubt ? error.leavingDoubt : error
        }
        return last.changed
    }

    /// A connection that was kept may have been closed meanwhile. Seen before anything is sent, it leaves no doubt.
    private func checkIsOpen() throws(DatabaseProblem) {
        // The first look may still find what the server said at its end.
        for _ in 1...2 {
            guard PQconsumeInput(connection) == 1, PQstatus(connection) == CONNECTION_OK else { throw broken() }
        }
    }

    private func run(_ sql: String, _ parameters: [Value], wait: PostgresWait) throws(DatabaseProblem) -> PostgresRows {
        try send(sql, parameters)
        guard let result = try lastResult(wait) else { throw broken() }
        return result
    }

    private func send(_ sql: String, _ parameters: [Value]) throws(DatabaseProblem) {
        var texts: [UnsafeMutablePointer<CChar>?] = []
        defer { for text in texts { free(text) } }
        for parameter in parameters {
            if parameter.isNull {
                texts.append(nil)
                continue
            }
            guard let text = parameter.parameterText else {
                throw DatabaseProblem(.refused, "a list or a map cannot be bound to a name of a query")
            }
            guard !text.utf8.contains(0) else {
                throw DatabaseProblem(.refused, "a text with a zero byte cannot be given to PostgreSQL")
            }
            texts.append(strdup(text))
        }
        let values = texts.map { UnsafePointer($0) }
        guard PQsendQueryParams(connection, sql, Int32(values.count), nil, values, nil, nil, 0) == 1 else {
            throw broken()
        }
    }

    // MARK: A query whose rows come one by one

    /// Begins a query; its rows follow with ``next(_:)``.
    package func stream(_ query: QueryText) throws(DatabaseProblem) {
        try send(query.numbered, [])
        guard PQsetSingleRowMode(connection) == 1 else { throw broken() }
    }

    /// The next row of a stream, or nil behind the last.
    package func next(_ wait: PostgresWait) throws(DatabaseProblem) -> [ColumnValue]? {
        while let result = try nextResult(wait) {
            if result.isRow { return result.row(0) }
            try check(result)
        }
        return nil
    }

    // MARK: Waiting for the server

    /// The last result of what was sent; nothing more follows then.
    private func lastResult(_ wait: PostgresWait) throws(DatabaseProblem) -> PostgresRows? {
        var last: PostgresRows?
        while let result = try nextResult(wait) { last = result }
        if let last { try check(last) }
        return last
    }

    private func nextResult(_ wait: PostgresWait) throws(DatabaseProblem) -> PostgresRows? {
        while true {
            let flushed = PQflush(connection)
            if flushed < 0 { throw broken() }
            if flushed == 0, PQisBusy(connection) == 0 { break }
            try waitForServer(wait, writing: flushed > 0)
            guard PQconsumeInput(connection) == 1 else { throw broken() }
        }
        return PQgetResult(connection).map { PostgresRows($0) }
    }

    private func waitForServer(_ wait: PostgresWait, writing: Bool) throws(DatabaseProblem) {
        while true {
            if wait.stop.raised {
                giveUp()
                throw DatabaseProblem(.cancelled, "stopped")
            }
            if let deadline = wait.deadline, ContinuousClock.now >= deadline {
                giveUp()
                throw DatabaseProblem(.timedOut, "\(address) took longer than the time-out to answer the query")
            }
            var polled = pollfd(
                fd: PQsocket(connection), events: Int16(POLLIN) | (writing ? Int16(POLLOUT) : 0), revents: 0)
            let ready = poll(&polled, 1, Self.glance)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw broken() }
        }
    }

    /// Ends what the server is doing; the connection goes with it.
    private func giveUp() {
        isUsable = false
        guard let cancel = PQgetCancel(connection) else { return }
        var words = [CChar](repeating: 0, count: 256)
        PQcancel(cancel, &words, Int32(words.count))
        PQfreeCancel(cancel)
    }

    private func broken() -> DatabaseProblem {
        isUsable = false
        return DatabaseProblem(
            .passing,
            "the connection to \(address) broke: \(address.clean(String(cString: PQerrorMessage(connection))))")
    }

    private func check(_ result: PostgresRows) throws(DatabaseProblem) {
        guard let error = result.error else { return }
        let words = address.clean(error.message)
        if PQstatus(connection) != CONNECTION_OK { isUsable = false }
        switch error.state.prefix(2) {
        case "08",
            "57" where error.state != "57014":
            isUsable = false
            throw DatabaseProblem(.passing, "the connection to \(address) broke: \(words)")
        case "40", "53", "55": throw DatabaseProblem(.passing, "\(address): \(words)")
        case "57": throw DatabaseProblem(.timedOut, "\(address): \(words)")
        case "25" where !writes: throw DatabaseProblem(.refused, "\(address): \(words); a query only reads")
        default: throw DatabaseProblem(.refused, "\(address): \(words)")
        }
    }
}

/// For how long an answer is waited for.
package struct PostgresWait: Sendable {
    var deadline: ContinuousClock.Instant?
    var stop: StopFlag

    package init(within timeout: Swift.Duration?, unless stop: StopFlag = StopFlag()) {
        deadline = timeout.map { ContinuousClock.now + $0 }
        self.stop = stop
    }
}
