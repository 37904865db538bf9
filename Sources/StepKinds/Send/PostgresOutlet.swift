internal import Calls
internal import Databases
internal import Runs
internal import Steps
internal import Values

/// Puts rows into a table of a PostgreSQL database. A row whose key is there already has been sent, and is left as it is.
///
/// A server that nobody can reach is waited for before anything is sent. Once the statement is on its way, it is never
/// sent again by itself: a connection that breaks, or a time-out, leaves open what became of it.
final class PostgresOutlet: Outlet {
    typealias Rendered = SQLMessage.Rendered

    private let table: SQLMessage.Table
    /// Nil in a plan that nobody runs, for which no address is looked up.
    private let pool: PostgresPool?
    private let caller: DatabaseCaller

    /// - Parameter stopping: once it is raised, nobody waits for a server that is out of reach any more.
    init(_ table: SQLMessage.Table, at address: PostgresAddress?, stopping: StopFlag) {
        self.table = table
        caller = DatabaseCaller(stopping: stopping)
        pool = address.map { PostgresPool($0, writes: true) }
    }

    var standardTimeout: Swift.Duration { .seconds(60) }
    var statusUnseen: Value { "inserted" }
    var width: StepWidth? { pool.map { .fixed($0.width) } }

    private static let unopened = Failure(.unreachable, "the address of the database was not looked up")

    // MARK: Sending

    func send(_ message: SQLMessage.Rendered, key: String, timeout: Swift.Duration) async -> SendEnding {
        guard let pool else { return .outOfReach(Self.unopened) }
        let statement = table.numberedStatement
        let values = message.values.map(\.statementValue) + [.string(key)]
        let ending = await caller.call {
            await pool.run { connection, stop throws(DatabaseProblem) in
                try connection.change(statement, values, wait: PostgresWait(within: timeout, unless: stop))
            }
        }
        switch ending {
        case .answered(let count): return .sent(status: count > 0 ? "inserted" : "there already")
        case .failed(let failure): return .failed(failure)
        case .outOfReach(let failure): return .outOfReach(failure)
        case .stopped: return .stopped
        }
    }

    // MARK: The table

    var databaseName: String { table.database.name }

    func prepare() async throws(Failure) {
        guard let pool else { throw Self.unopened }
        let table = table
        let ending = await caller.call {
            await pool.run { connection, stop throws(DatabaseProblem) in
                try Self.check(table, on: connection, wait: PostgresWait(within: .seconds(30), unless: stop))
            }
        }
        switch ending {
        case .answered, .stopped: return
        case .failed(let failure), .outOfReach(let failure): throw failure
        }
    }

    /// Why no row can be sent there; nil where it can, or where that is not to be looked at. Blocks.
    func problemWithTable() -> DatabaseProblem? {
        guard let pool else { return nil }
        do throws(DatabaseProblem) {
            let connection = try PostgresConnection(pool.address, within: 5)
            try Self.check(table, on: connection, wait: PostgresWait(within: .seconds(10)))
            return nil
        } catch {
            return error
        }
    }

    /// Its columns by name, and whether each is unique by itself.
    private static let columns = """
        SELECT a.attname, EXISTS (
            SELECT 1 FROM pg_index i
            WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
              AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
        FROM pg_attribute a
        WHERE a.attrelid = to_regclass(:table) AND a.attnum > 0 AND NOT a.attisdropped
        """

    private static func check(
        _ table: SQLMessage.Table, on connection: PostgresConnection, wait: PostgresWait
    ) throws(DatabaseProblem) {
        let query: QueryText
        do throws(QueryText.Fault) {
            query = try QueryText(columns, dialect: .postgres)
        } catch {
            throw DatabaseProblem(.refused, error.message)
        }
        let place = table.database.name
        var isUnique: [String: Bool] = [:]
        let found = try connection.rows(query, [.string(table.quotedPath)], atMost: 10_000, wait: wait)
        for case .text(let name)? in found.rows.map(\.first) { isUnique[name] = false }
        for row in found.rows where row.last == .bool(true) {
            if case .text(let name)? = row.first { isUnique[name] = true }
        }
        guard !isUnique.isEmpty else {
            throw DatabaseProblem(.refused, "\(place) has no table '\(table.name)'")
        }
        let key = table.keyColumn
        if let column = (table.columns + [key]).first(where: { isUnique[$0] == nil }) {
            let mend =
                column == key ? "; add it: ALTER TABLE \(table.quotedPath) ADD \(key.quotedName) text UNIQUE" : ""
            throw DatabaseProblem(.refused, "the table '\(table.name)' of \(place) has no column '\(column)'\(mend)")
        }
        guard isUnique[key] == true else {
            throw DatabaseProblem(
                .refused,
                "the column '\(key)' of '\(table.name)' is not unique, so nobody could tell a row that was sent twice; "
                    + "make it so: ALTER TABLE \(table.quotedPath) ADD UNIQUE (\(key.quotedName))")
        }
    }
}

extension SendStep: DatabaseUser where Way == PostgresOutlet {
    var databaseName: String { outlet.databaseName }
    func databaseProblem() -> String? { outlet.problemWithTable()?.message }
}

extension SQLMessage.Table {
    /// The name with its schema, if it has one, each part quoted.
    fileprivate var quotedPath: String {
        name.split(separator: ".").map { String($0).quotedName }.joined(separator: ".")
    }

    fileprivate var numberedStatement: String {
        insertion(into: quotedPath) { "$\($0)" }
    }
}

extension Value {
    /// As a column takes it.
    fileprivate var statementValue: Value {
        switch self {
        case .list, .map, .bytes: .string(cellText)
        case .optional(let value): value?.statementValue ?? .null
        default: self
        }
    }
}
