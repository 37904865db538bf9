internal import Databases

/// Where the rows of a query come from.
enum QueryDatabase: Sendable {
    case sqlite(path: String, name: String)
    case postgres(PostgresAddress)

    /// As messages have it.
    var name: String {
        switch self {
        case .sqlite(_, let name): name
        case .postgres(let address): "\(address)"
        }
    }

    /// The query begun, its rows to follow.
    func open(_ query: QueryText) throws(DatabaseProblem) -> any RowCursor {
        switch self {
        case .sqlite(let path, _): try SQLiteCursor(SQLiteReader(path: path, query: query))
        case .postgres(let address): try PostgresCursor(PostgresConnection(address), query)
        }
    }
}

/// Rows one after another, as a database gives them. One caller at a time.
protocol RowCursor: AnyObject {
    var columns: [QueryColumn] { get }

    /// Nil behind the last.
    func next() throws(DatabaseProblem) -> [ColumnValue]?
}

/// Reads a SQLite file as it was when the reading began.
private final class SQLiteCursor: RowCursor {
    private let reader: SQLiteReader

    init(_ reader: SQLiteReader) throws(DatabaseProblem) {
        self.reader = reader
        try reader.begin([])
    }

    var columns: [QueryColumn] { reader.columns }
    func next() throws(DatabaseProblem) -> [ColumnValue]? { try reader.next() }
}

/// Lets libpq hand over a row as it comes, so that no result is ever whole in memory.
private final class PostgresCursor: RowCursor {
    private let connection: PostgresConnection
    let columns: [QueryColumn]
    /// How long a server may take for its next row: the first may need a sort of a whole table.
    private static let patience = Swift.Duration.seconds(600)

    init(_ connection: PostgresConnection, _ query: QueryText) throws(DatabaseProblem) {
        self.connection = connection
        columns = try connection.columns(of: query, wait: PostgresWait(within: .seconds(30)))
        try connection.stream(query)
    }

    func next() throws(DatabaseProblem) -> [ColumnValue]? {
        try connection.next(PostgresWait(within: Self.patience))
    }
}
