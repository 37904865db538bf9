package import Calls
internal import Locks
package import Values

/// Readers of one query on one SQLite file: as many as are used at once, kept for the next.
package final class SQLitePool: Sendable {
    package let path: String
    private let query: QueryText
    private let idle = Guarded<[SQLiteReader]>([])
    private let places = WaitingPlaces<Never>(count: 4, label: "sqlite")

    package init(path: String, query: QueryText) {
        self.path = path
        self.query = query
    }

    /// Makes sure that the file can be read and knows what the query asks.
    package func open() throws(DatabaseProblem) {
        let reader = try SQLiteReader(path: path, query: query)
        idle.withLock { $0.append(reader) }
    }

    /// Asks in the calling thread, which waits for the file.
    package func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration?, unless stop: StopFlag? = nil
    ) throws(DatabaseProblem) -> (columns: [QueryColumn], rows: [[ColumnValue]]) {
        let waiting = idle.withLock { $0.popLast() }
        let reader = if let waiting { waiting } else { try SQLiteReader(path: path, query: query) }
        let rows = try reader.rows(parameters, atMost: limit, within: timeout, unless: stop)
        // One that failed is not used again.
        idle.withLock { $0.append(reader) }
        return (reader.columns, rows)
    }

    /// Runs work on a thread that may wait.
    package func ask<Success: Sendable>(
        _ work: @escaping @Sendable (StopFlag) throws(DatabaseProblem) -> Success
    ) async -> Result<Success, DatabaseProblem> {
        await places.run { _, stop throws(DatabaseProblem) in try work(stop) }
    }
}
