internal import Databases
internal import Runs
internal import Schemas
internal import Values

/// Rows, and how their columns are called.
struct LookupRows: Sendable {
    var columns: [QueryColumn]
    var rows: [[ColumnValue]]
}

/// What a lookup asks: one query on a database, or a table by its key.
protocol LookupSource: Sendable {
    /// Who is asked and what, without a secret: a part of the identity of every question.
    var identity: [String] { get }
    /// For people: file or host.
    var name: String { get }
    /// How many questions can be open at once; nil for no bound of its own.
    var width: Int? { get }
    var answersAtOnce: Bool { get }

    /// Finds out whether it is there, and waits for it as for an answer.
    func prepare() async -> DatabaseCaller.Ending<Bool>

    /// The rows, where they are to be had in a moment on this machine; nil where asking has to take the long way.
    func rowsAtOnce(_ parameters: [Value], atMost limit: Int) -> LookupRows?

    func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration
    ) async -> DatabaseCaller.Ending<LookupRows>

    /// Nil where it answers; else why not. Blocks.
    func problem() -> String?
}

/// A SQLite file on this machine.
final class SQLiteLookup: LookupSource {
    private let pool: SQLitePool
    private let query: QueryText
    private let caller: DatabaseCaller
    let name: String

    /// How long a lookup may hold up a lane before it takes the long way.
    private static let moment = Swift.Duration.milliseconds(100)

    init(path: String, name: String, query: QueryText, caller: DatabaseCaller) {
        pool = SQLitePool(path: path, query: query)
        self.query = query
        self.name = name
        self.caller = caller
    }

    var identity: [String] { ["sqlite", name, query.text] }
    var width: Int? { nil }
    var answersAtOnce: Bool { true }

    func prepare() async -> DatabaseCaller.Ending<Bool> {
        await caller.call { [pool] in
            await pool.ask { _ throws(DatabaseProblem) in
                try pool.open()
                return true
            }
        }
    }

    func rowsAtOnce(_ parameters: [Value], atMost limit: Int) -> LookupRows? {
        do throws(DatabaseProblem) {
            let found = try pool.rows(parameters, atMost: limit, within: Self.moment)
            return LookupRows(columns: found.columns, rows: found.rows)
        } catch {
            // Whatever it was: the long way meets it again, waits, and tells.
            return nil
        }
    }

    func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration
    ) async -> DatabaseCaller.Ending<LookupRows> {
        await caller.call { [pool] in
            await pool.ask { stop throws(DatabaseProblem) in
                let found = try pool.rows(parameters, atMost: limit, within: timeout, unless: stop)
                return LookupRows(columns: found.columns, rows: found.rows)
            }
        }
    }

    func problem() -> String? {
        do throws(DatabaseProblem) {
            try pool.open()
            return nil
        } catch {
            return error.message
        }
    }
}

/// A PostgreSQL server.
final class PostgresLookup: LookupSource {
    private let pool: PostgresPool
    private let query: QueryText
    private let caller: DatabaseCaller

    init(_ address: PostgresAddress, query: QueryText, caller: DatabaseCaller) {
        pool = PostgresPool(address)
        self.query = query
        self.caller = caller
    }

    var identity: [String] { ["postgres", name, query.text] }
    var name: String { "\(pool.address)" }
    var width: Int? { pool.width }
    var answersAtOnce: Bool { false }

    func prepare() async -> DatabaseCaller.Ending<Bool> {
        await caller.call { [pool] in await pool.run { _, _ throws(DatabaseProblem) in true } }
    }

    func rowsAtOnce(_ parameters: [Value], atMost limit: Int) -> LookupRows? { nil }

    func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration
    ) async -> DatabaseCaller.Ending<LookupRows> {
        await caller.call { [pool, query] in
            await pool.run { connection, stop throws(DatabaseProblem) in
                let found = try connection.rows(
                    query, parameters, atMost: limit, wait: PostgresWait(within: timeout, unless: stop))
                return LookupRows(columns: found.columns, rows: found.rows)
            }
        }
    }

    func problem() -> String? {
        do throws(DatabaseProblem) {
            _ = try PostgresConnection(pool.address)
            return nil
        } catch {
            return error.message
        }
    }
}
