internal import GRDB
internal import GRDBSQLite

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Writes rows and brings the write-ahead log back into the file.
///
/// `@unchecked Sendable`: made and used on the queue of its connection only.
final class JournalWriter: @unchecked Sendable {
    /// What a running journal has prepared; given back before the connection closes.
    private struct Prepared {
        var begin: SQLiteStatement
        var commit: SQLiteStatement
        var events: EventRows
        var chunks: ChunkRows
    }

    /// How many pages the log may have before they are brought into the file: large enough that a page is written back
    /// once for the many times it is in the log, small enough that this takes some milliseconds.
    private static let checkpointPages: CInt = 2000

    private let connection: SQLiteConnection
    private var prepared: Prepared?
    private let log = LogLength()
    private var nextCheckpoint = checkpointPages
    /// Whether the start of the run is still in the log alone.
    private var hasStarted = false

    init(on connection: SQLiteConnection) throws(SQLiteProblem) {
        self.connection = connection
        prepared = Prepared(
            begin: try SQLiteStatement("BEGIN IMMEDIATE", on: connection),
            commit: try SQLiteStatement("COMMIT", on: connection), events: try EventRows(on: connection),
            chunks: try ChunkRows(on: connection))
        let context = Unmanaged.passUnretained(log).toOpaque()
        sqlite3_wal_hook(
            connection,
            { context, _, _, pages in
                if let context { Unmanaged<LogLength>.fromOpaque(context).takeUnretainedValue().pages = pages }
                return SQLITE_OK
            }, context)
    }

    /// Brings everything to the disk in one transaction, or nothing.
    func commit(_ work: [CommitQueue.Work]) throws(SQLiteProblem) {
        guard prepared != nil else { throw SQLiteProblem(code: SQLITE_MISUSE, message: "the journal is closed") }
        try prepared?.begin.run()
        do throws(SQLiteProblem) {
            try prepared?.events.begin()
            for work in work { try write(work) }
            try prepared?.commit.run()
            try refuseMissing()
        } catch {
            // SQLite may have rolled back already; then there is nothing to roll back.
            if sqlite3_get_autocommit(connection) == 0 { sqlite3_exec(connection, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// A transaction of its own, beside those of the commit queue.
    ///
    /// - Parameter body: what it writes, and whether that is to stay.
    func transaction<Answer>(
        _ body: (SQLiteConnection) throws(SQLiteProblem) -> (Answer, commits: Bool)
    ) throws(SQLiteProblem) -> Answer {
        guard prepared != nil else { throw SQLiteProblem(code: SQLITE_MISUSE, message: "the journal is closed") }
        try prepared?.begin.run()
        do throws(SQLiteProblem) {
            try prepared?.events.begin()
            let (answer, commits) = try body(connection)
            if commits { try prepared?.commit.run() } else { try connection.execute("ROLLBACK") }
            try refuseMissing()
            return answer
        } catch {
            if sqlite3_get_autocommit(connection) == 0 { sqlite3_exec(connection, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// A file that was taken away can be written on and on, and all of it is gone with the process.
    private func refuseMissing() throws(SQLiteProblem) {
        var hasMoved: CInt = 0
        sqlite3_file_control(connection, nil, SQLITE_FCNTL_HAS_MOVED, &hasMoved)
        guard hasMoved != 0, let path = sqlite3_db_filename(connection, nil) else { return }
        // One that may not be looked at any more has not gone for that.
        guard access(path, F_OK) != 0, errno != ENOENT, errno != ENOTDIR else {
            throw SQLiteProblem(code: SQLiteProblem.moved, message: "the file has moved")
        }
    }

    /// Only in a transaction.
    ///
    /// - Returns: the event's number.
    func insert(_ entry: JournalEntry) throws(SQLiteProblem) -> Int64 {
        let number = prepared?.events.next ?? 0
        try prepared?.events.insert(entry)
        return number
    }

    func isAnyUntaken() throws(SQLiteProblem) -> Bool {
        guard prepared != nil else { throw SQLiteProblem(code: SQLITE_MISUSE, message: "the journal is closed") }
        return try connection.number("SELECT count(*) FROM decided WHERE taken = 0") > 0
    }

    private func write(_ work: CommitQueue.Work) throws(SQLiteProblem) {
        switch work {
        case .entries(let entries):
            for entry in entries { try prepared?.events.insert(entry) }
        case .chunks(let chunks, let entries):
            let since = prepared?.events.next ?? 0
            for chunk in chunks { try prepared?.chunks.insert(chunk, since: since) }
            for entry in entries { try prepared?.events.insert(entry) }
        case .start(let start):
            try RunRows.insert(start, on: connection)
            hasStarted = true
        case .end(let end): try RunRows.insert(end, on: connection)
        }
    }

    /// Brings the log into the file once it is long, and behind the start of a run: a journal that loses its log is still
    /// that of a run then, and no place for another one. A reader that looks at an old moment may delay that; then it is
    /// tried again when the log has grown as much again.
    func checkpointIfDue() throws(SQLiteProblem) {
        guard log.pages >= nextCheckpoint || hasStarted else {
            if log.pages < Self.checkpointPages { nextCheckpoint = Self.checkpointPages }
            return
        }
        let code = sqlite3_wal_checkpoint_v2(connection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw SQLiteProblem(code: code, on: connection) }
        nextCheckpoint = log.pages + Self.checkpointPages
        hasStarted = false
    }

    func letGo() {
        prepared = nil
        sqlite3_wal_hook(connection, nil, nil)
    }
}

/// How many pages the log has, as SQLite tells it after each commit.
private final class LogLength {
    var pages: CInt = 0
}
