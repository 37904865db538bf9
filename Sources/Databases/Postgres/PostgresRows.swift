internal import CPQ
internal import Values

/// What a server sent back, freed with it.
final class PostgresRows {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    var count: Int { Int(PQntuples(result)) }
    var isRow: Bool { PQresultStatus(result) == PGRES_SINGLE_TUPLE }

    /// The five characters of SQL's error codes, and what the server said; nil where nothing is wrong.
    var error: (state: String, message: String)? {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE: return nil
        case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
            // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY, which are characters.
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? "08000"
            let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))).map { String(cString: $0) }
            return (state, primary ?? String(cString: PQresultErrorMessage(result)))
        default: return ("0A000", "the query is of a kind that gives no rows")
        }
    }

    /// How many rows a statement changed.
    var changed: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// Whether an error says nothing of what became of the statement: it is about the connection or the server's end.
    var leavesDoubt: Bool {
        guard let state = error?.state else { return false }
        return state.hasPrefix("08") || state.hasPrefix("57P") || state == "40003"
    }

    var columns: [QueryColumn] {
        (0..<PQnfields(result)).map { index in
            QueryColumn(String(cString: PQfname(result, index)), PostgresType(PQftype(result, index)).kind)
        }
    }

    func row(_ row: Int) -> [ColumnValue] {
        (0..<PQnfields(result)).map { column in
            guard PQgetisnull(result, Int32(row), column) == 0, let start = PQgetvalue(result, Int32(row), column)
            else { return .null }
            let bytes = UnsafeRawBufferPointer(
                start: start, count: Int(PQgetlength(result, Int32(row), column)))
            return PostgresType(PQftype(result, column)).value(String(decoding: bytes, as: UTF8.self))
        }
    }
}

/// The types of PostgreSQL whose texts mean more than themselves, by the numbers that they have in every database.
struct PostgresType {
    private let number: UInt32

    init(_ number: UInt32) { self.number = number }

    var kind: QueryColumn.Kind {
        switch number {
        case 16: .boolean
        case 20, 21, 23: .integer
        case 700, 701, 1700: .number
        case 1082: .date
        case 1114, 1184: .timestamp
        case 114, 3802: .json
        case 17: .bytes
        default: .text
        }
    }

    func value(_ text: String) -> ColumnValue {
        switch number {
        case 16: .bool(text == "t")
        case 20, 21, 23: Int64(text).map(ColumnValue.int) ?? .text(text)
        case 700, 701: Double(text).map(ColumnValue.double) ?? .text(text)
        case 1700: .decimal(text)
        case 1114, 1184: ColumnValue.moment(text).map(ColumnValue.timestamp) ?? .text(text)
        case 114, 3802: .json(text)
        case 17: .bytes(max(0, (text.utf8.count - 2) / 2))
        default: .text(text)
        }
    }
}
