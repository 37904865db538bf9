internal import GRDB
internal import Runs
internal import Steps
internal import Synchronization
internal import Values

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Puts rows into a table of an SQLite database. A row whose key is there already has been sent, and is left as it is.
final class SQLiteOutlet: Outlet {
    typealias Rendered = SQLMessage.Rendered

    private let table: SQLMessage.Table
    private let path: String
    private let opened = Mutex<DatabaseQueue?>(nil)

    init(_ table: SQLMessage.Table, path: String) {
        self.table = table
        self.path = path
    }

    /// How long another program may hold the database.
    var standardTimeout: Swift.Duration { .seconds(30) }
    var statusUnseen: Value { "inserted" }

    var lack: Failure? {
        do throws(Failure) {
            try checkTable()
            return nil
        } catch {
            return error
        }
    }

    func send(_ message: SQLMessage.Rendered, key: String, timeout: Swift.Duration) async -> SendEnding {
        do throws(Failure) {
            let queue = try database()
            let table = table
            let isNew: Bool
            do {
                isNew = try await queue.write { database in
                    try database.execute(sql: table.statement, arguments: table.arguments(message.values, key: key))
                    return database.changesCount > 0
                }
            } catch is CancellationError {
                return .stopped
            } catch {
                throw failure(error)
            }
            return .sent(status: isNew ? "inserted" : "there already")
        } catch {
            return .failed(error)
        }
    }

    private func database() throws(Failure) -> DatabaseQueue {
        do {
            return try opened.withLock { opened in
                if let opened { return opened }
                var configuration = Configuration()
                configuration.busyMode = .timeout(30)
                // A database that is not there is a mistake in a path, and none is made.
                guard access(path, F_OK) == 0 else { throw missing }
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                opened = queue
                return queue
            }
        } catch let error as Failure {
            throw error
        } catch {
            throw failure(error)
        }
    }

    private var missing: Failure { Failure(.unreachable, "there is no database \(path)") }

    /// SQLite says no before it has done anything: a row is there whole or not at all.
    private func failure(_ error: any Error) -> Failure {
        let words = (error as? DatabaseError)?.message ?? "\(error)"
        return Failure(.refusedRequest, "\(path) refused the row for '\(table.name)': \(words)")
    }

    private func checkTable() throws(Failure) {
        let queue = try database()
        let found: (columns: Set<String>, isUnique: Bool)
        do {
            found = try queue.read { [table] database in
                guard try database.tableExists(table.name) else { return ([], false) }
                let columns = try database.columns(in: table.name).map { $0.name.lowercased() }
                let isUnique = try database.table(table.name, hasUniqueKey: [table.keyColumn])
                return (Set(columns), isUnique)
            }
        } catch {
            throw Failure(
                .unreachable, "\(path) cannot be read: \((error as? DatabaseError)?.message ?? "\(error)")")
        }
        guard !found.columns.isEmpty else {
            throw Failure(.refusedRequest, "the database \(path) has no table '\(table.name)'")
        }
        if let column = (table.columns + [table.keyColumn]).first(where: { !found.columns.contains($0.lowercased()) }) {
            let mend =
                column == table.keyColumn
                ? "; add it: ALTER TABLE \(table.name.quotedName) ADD COLUMN \(column.quotedName) TEXT, and make it unique"
                : ""
            throw Failure(
                .refusedRequest, "the table '\(table.name)' of \(path) has no column '\(column)'\(mend)")
        }
        guard found.isUnique else {
            throw Failure(
                .refusedRequest,
                "the column '\(table.keyColumn)' of '\(table.name)' is not unique, so nobody could tell a row that was sent "
                    + "twice; make it so: CREATE UNIQUE INDEX \("\(table.name)_\(table.keyColumn)".quotedName) ON "
                    + "\(table.name.quotedName) (\(table.keyColumn.quotedName))")
        }
    }
}

extension SQLMessage.Table {
    fileprivate var statement: String { insertion(into: name.quotedName) { _ in "?" } }

    fileprivate func arguments(_ values: [Value], key: String) -> StatementArguments {
        StatementArguments(values.map(\.databaseValue) + [key.databaseValue])
    }
}

extension Value {
    /// As a column takes it.
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .bool(let truth): truth.databaseValue
        case .int(let number): number.databaseValue
        case .uint(let number): Int64(exactly: number)?.databaseValue ?? String(number).databaseValue
        case .double(let number): number.databaseValue
        case .string(let text): text.databaseValue
        case .optional(let value): value?.databaseValue ?? .null
        case .timestamp, .duration, .bytes, .list, .map, .type: cellText.databaseValue
        }
    }
}
