import GRDBSQLite
import Schemas
import TestSupport
import Testing
import Values

@testable import Databases

/// A small SQLite file for a test.
struct SQLiteSample {
    let folder: TemporaryFolder
    var path: String { folder.path + "/crm.sqlite" }

    struct NotMade: Error { var message: String }

    init(_ sql: String) throws {
        folder = try TemporaryFolder()
        try run(sql)
    }

    func run(_ sql: String) throws {
        var database: OpaquePointer?
        guard sqlite3_open(path, &database) == SQLITE_OK else { throw NotMade(message: "cannot open \(path)") }
        defer { sqlite3_close(database) }
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw NotMade(message: String(cString: sqlite3_errmsg(database)))
        }
    }

    func reader(_ text: String) throws -> SQLiteReader {
        try SQLiteReader(path: path, query: QueryText(text, dialect: .sqlite))
    }
}

@Suite struct SQLiteReaderTests {
    private static let sample = """
        CREATE TABLE accounts(id INTEGER PRIMARY KEY, domain TEXT, seats INT, spend DOUBLE, paid BOOLEAN, raw BLOB, odd);
        INSERT INTO accounts VALUES
          (1, 'größe.example', 12, 4.5, 1, x'FF00', 'x'),
          (2, '', NULL, NULL, 0, NULL, 7),
          (3, 'it''s; DROP TABLE accounts; --', 0, -1, 1, x'', 1.5);
        """

    @Test func `columns have the types that the table declares, and values those that they are`() throws {
        let reader = try SQLiteSample(Self.sample).reader("SELECT *, count(*) OVER () AS n FROM accounts ORDER BY id")
        #expect(reader.columns.map(\.name) == ["id", "domain", "seats", "spend", "paid", "raw", "odd", "n"])
        #expect(
            reader.columns.map(\.kind) == [.integer, .text, .integer, .number, .boolean, .any, .any, .any])
        let rows = try reader.rows([], atMost: 10, within: nil)
        #expect(rows.count == 3)
        #expect(
            rows[0] == [
                .int(1), .text("größe.example"), .int(12), .double(4.5), .int(1), .bytes(2), .text("x"), .int(3),
            ])
        #expect(rows[1][1] == .text(""))
        #expect(rows[1][2] == .null)
    }

    @Test func `a value is bound, whatever stands in it`() throws {
        let sample = try SQLiteSample(Self.sample)
        let reader = try sample.reader("SELECT id FROM accounts WHERE domain = :domain")
        #expect(try reader.rows([.string("it's; DROP TABLE accounts; --")], atMost: 2, within: nil) == [[.int(3)]])
        #expect(try reader.rows([.string("")], atMost: 2, within: nil) == [[.int(2)]])
        #expect(try reader.rows([.string("' OR 1=1 --")], atMost: 2, within: nil) == [])
        #expect(try reader.rows([.null], atMost: 2, within: nil) == [])
        #expect(throws: DatabaseProblem.self) { try reader.rows([.list([])], atMost: 2, within: nil) }
        #expect(try reader.rows([.string("größe.example")], atMost: 2, within: nil) == [[.int(1)]])
    }

    @Test func `what is wrong with file or query is told when it is opened`() throws {
        let sample = try SQLiteSample(Self.sample)
        func problem(_ path: String, _ text: String) throws -> DatabaseProblem? {
            let query = try QueryText(text, dialect: .sqlite)
            do throws(DatabaseProblem) {
                _ = try SQLiteReader(path: path, query: query)
                return nil
            } catch {
                return error
            }
        }
        #expect(try problem(sample.path, "SELECT nothing FROM accounts")?.reason == .refused)
        #expect(try problem(sample.path, "SELECT nothing FROM accounts")?.message.contains("nothing") == true)
        #expect(try problem(sample.folder.path + "/none.sqlite", "SELECT 1")?.reason == .unreachable)
        let text = try sample.folder.write("notes.txt", String(repeating: "no database at all\n", count: 90))
        #expect(try problem(text, "SELECT * FROM t")?.message.contains("no SQLite database") == true)
    }

    @Test func `a query that takes too long ends at its time-out`() throws {
        let reader = try SQLiteSample(Self.sample).reader(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
        do throws(DatabaseProblem) {
            _ = try reader.rows([], atMost: 1, within: .milliseconds(20))
            Issue.record("an endless query ended")
        } catch {
            #expect(error.reason == .timedOut)
        }
    }

    @Test func `a type takes what a database has of its own kind`() {
        #expect(ColumnValue.int(1).value(as: .boolean) == .bool(true))
        #expect(ColumnValue.int(2).value(as: .boolean) == .int(2))
        #expect(ColumnValue.decimal("12.50").value(as: .string(maxLength: nil)) == .string("12.50"))
        #expect(ColumnValue.decimal("12.50").value(as: .number) == .double(12.5))
        #expect(ColumnValue.text("[1,2]").value(as: .list(of: .integer, atMost: nil)) == .list([.int(1), .int(2)]))
        #expect(ColumnValue.null.value(as: .nullable(.integer)) == .null)
        let moment = Timestamp(rfc3339: "2026-03-01T12:30:00Z").map(Value.timestamp)
        #expect(ColumnValue.text("2026-03-01 12:30:00").value(as: .timestamp) == moment)
        #expect(ColumnValue.text("2026-03-01 14:30:00+02").value(as: .timestamp) == moment)
    }
}
