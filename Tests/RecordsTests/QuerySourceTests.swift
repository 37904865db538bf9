import Databases
import Runs
import Schemas
import TestSupport
import Testing
import Values

@testable import Records

/// The rows of a query as records.
@Suite struct QuerySourceTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/crm.sqlite" }

    init() throws {
        folder = try TemporaryFolder()
        try SQLiteFile.run(
            """
            CREATE TABLE leads(id INTEGER PRIMARY KEY, domain TEXT, seats INT, paid BOOLEAN, note);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
              INSERT INTO leads SELECT i, 'company-' || i || '.example', nullif(i % 9, 0), i % 2, 'n' || i FROM n;
            """, on: folder.path + "/crm.sqlite")
    }

    private func source(
        _ text: String = "SELECT * FROM leads ORDER BY id", key: String? = nil, fields: [AnswerType.Field] = []
    ) throws -> QuerySource {
        try QuerySource(
            .sqlite(path: path, name: "crm.sqlite"), QueryText(text, dialect: .sqlite), key: key, declared: fields)
    }

    private func all(_ source: QuerySource, from position: InputPosition? = nil, limit: Int = 512) throws
        -> [ReadRecord]
    {
        var records: [ReadRecord] = []
        let reader = try source.reader(from: position)
        while let batch = try reader.next(limit: limit, bytes: 1 << 20) { batch.forEach { records.append($0) } }
        return records
    }

    private func failure(_ read: ReadRecord) -> Failure? {
        if case .unreadable(let record) = read { record.failure } else { nil }
    }

    private func record(_ read: ReadRecord) -> Record? {
        if case .record(let record) = read { record } else { nil }
    }

    @Test func `fields have the types of their columns, and may be null where one of the first was`() throws {
        let source = try source()
        #expect(
            "\(ValueType.object(source.type))"
                == "{id: integer, domain: string, seats: integer or null, paid: boolean, note: string}")
        #expect(try source.count() == 5000)
        let first = try #require(record(try all(source)[0]))
        #expect(first.id == "1")
        #expect(
            first.input == ["id": 1, "domain": "company-1.example", "seats": 1, "paid": true, "note": "n1"])
    }

    @Test func `a row's key is its id, and of two rows with one key the second fails`() throws {
        try SQLiteFile.run("UPDATE leads SET domain = 'company-1.example' WHERE id = 3", on: path)
        let read = try all(source(key: "domain"))
        #expect(record(read[1])?.id == "company-2.example")
        #expect(failure(read[2])?.cause == .duplicateID)
        #expect(read.compactMap(record).count == 4999)
    }

    @Test func `a value that does not fit its type fails its row, by name`() throws {
        try SQLiteFile.run(
            "UPDATE leads SET seats = 'many' WHERE id = 2000; UPDATE leads SET note = x'00' WHERE id = 7", on: path)
        let read = try all(source(key: "domain", fields: [.init("note", .string(maxLength: nil))]))
        #expect(failure(read[1999])?.message.contains("row 2000 of crm.sqlite: field 'seats'") == true)
        #expect(failure(read[6])?.message.contains("'note' holds 1 bytes") == true)
        #expect(read.compactMap(record).count == 4998)
    }

    @Test func `a reader goes on behind any batch, with the same contents`() throws {
        let source = try source(key: "domain")
        let whole = try all(source)
        let first = try #require(try source.reader(from: nil).next(limit: 700, bytes: 1 << 20))
        #expect(first.count == 700)
        let rest = try all(source, from: first.end)
        #expect(rest.count == 4300)
        #expect(rest.compactMap(record).map(\.id) == whole[700...].compactMap(record).map(\.id))
        #expect(rest.compactMap(record).map(\.ordinal).first == 700)
        let again = try #require(try source.reader(from: nil).next(limit: 700, bytes: 1 << 20))
        #expect(again.content == first.content)
        #expect(again.end == first.end)
        try SQLiteFile.run("UPDATE leads SET seats = 99 WHERE id = 5", on: path)
        #expect(try source.reader(from: nil).next(limit: 700, bytes: 1 << 20)?.content != first.content)
        try SQLiteFile.run("DELETE FROM leads WHERE id > 10", on: path)
        #expect(throws: SourceError.self) { try source.reader(from: first.end) }
    }

    @Test func `a batch ends with its bytes, and what follows is counted`() throws {
        let source = try source()
        let reader = try source.reader(from: nil)
        let batch = try #require(try reader.next(limit: 5000, bytes: 1000))
        #expect(batch.count < 50)
        #expect(try reader.countRest() == 5000 - batch.count)
    }

    @Test func `what a query lacks is told with its mend`() throws {
        func message(_ text: String, _ fields: [AnswerType.Field] = []) throws -> String? {
            let query = try QueryText(text, dialect: .sqlite)
            do throws(SourceError) {
                _ = try QuerySource(.sqlite(path: path, name: "crm.sqlite"), query, key: nil, declared: fields)
                return nil
            } catch {
                return error.message
            }
        }
        #expect(try message("SELECT absent FROM leads") == "\(path): no such column: absent")
        #expect(
            try message("SELECT domain FROM leads", [.init("domian", .integer)])?.contains("did you mean 'domain'")
                == true)
        #expect(
            try message("SELECT domain FROM leads", [.init("domain", .integer)])?.contains("is text, and `fields` says")
                == true)
        #expect(try message("SELECT id, domain AS id FROM leads")?.contains("two columns 'id'") == true)
    }
}
