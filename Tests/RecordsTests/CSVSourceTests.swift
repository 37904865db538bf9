import Runs
import Schemas
import Testing
import Values

@testable import Records

@Suite struct CSVSourceTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func source(
        _ text: String, key: String? = nil, fields: [AnswerType.Field] = [], block: Int? = nil, row: Int? = nil
    ) throws -> CSVSource {
        try source(Array(text.utf8), key: key, fields: fields, block: block, row: row)
    }

    private func source(
        _ bytes: [UInt8], key: String? = nil, fields: [AnswerType.Field] = [], block: Int? = nil, row: Int? = nil
    ) throws -> CSVSource {
        var source = try CSVSource(
            path: try scratch.write("leads.csv", bytes), name: "leads.csv", key: key, fields: fields)
        if let block { source.bounds.block = block }
        if let row { source.bounds.row = row }
        return source
    }

    // MARK: What a table says

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `rows end with LF, CRLF or CR`(end: String) throws {
        let read = try ReadOut(source(["a,b", "1,2", "\"3\(end)x\",4", "5,6"].joined(separator: end)))
        #expect(read.texts("a") == ["1", "3\(end)x", "5"])
        #expect(read.texts("b") == ["2", "4", "6"])
        #expect(read.records.map(\.origin.line) == [2, 3, 5])
    }

    @Test func `blank lines without end take no memory, and lines are counted across them`() throws {
        try scratch.write("a.csv", "a\n" + String(repeating: "\n", count: 10_000) + "x\n\ny\n")
        var source = try CSVSource(path: scratch.at("a.csv"), name: "a.csv")
        source.bounds = RowBounds(block: 64, row: 1 << 20)
        let reader = try source.reader(from: nil)
        let batch = try #require(try reader.next(limit: 10, bytes: 1 << 20) as? RowBatch<CSVTable>)
        #expect(batch.block.bytes.count < 500)
        var lines: [Int?] = []
        batch.forEach { read in
            if case .record(let record) = read { lines.append(record.origin.line) }
        }
        #expect(lines.first == 10_002)
        #expect(try ReadOut(source).texts("a") == ["x", "y"])
    }

    @Test func `a quoted cell holds commas, line ends and doubled quotes`() throws {
        let read = try ReadOut(source("a,b\n\"x, \"\"y\"\"\nz\",\"\"\n"))
        #expect(read.texts("a") == ["x, \"y\"\nz"])
        #expect(read.texts("b") == [""])
    }

    @Test func `a quote inside a cell that begins without one is text`() throws {
        let read = try ReadOut(source("a,b\n5\" pipe,37°36'37.8\"N\n6,7\n"))
        #expect(read.texts("a") == ["5\" pipe", "6"])
        #expect(read.failed.isEmpty)
    }

    @Test func `a byte order mark is no part of the first column's name`() throws {
        let source = try source([0xEF, 0xBB, 0xBF] + Array("id,name\n7,Ada\n".utf8), key: "id")
        #expect(source.columns == ["id", "name"])
        #expect(try ReadOut(source).ids == ["7"])
    }

    @Test func `empty lines are no rows, and one quoted empty cell is one`() throws {
        let read = try ReadOut(source("\n\nname\n\nAda\n\"\"\n\n\nBob\n\n"))
        #expect(read.texts("name") == ["Ada", "", "Bob"])
        #expect(read.ids == ["1", "2", "3"])
        #expect(read.records.map(\.origin.line) == [5, 6, 9])
    }

    @Test func `columns are text unless their fields are typed`() throws {
        let fields: [AnswerType.Field] = [
            .init("employees", .nullable(.integer)), .init("share", .number), .init("active", .boolean),
            .init("founded", .date), .init("grade", .oneOf(["A", "B"])),
        ]
        let source = try source(
            "name,employees,share,active,founded,grade\nAcme,12,0.25,true,2001-02-28,A\nBeta,,-3, FALSE ,2000-02-29,B\n",
            fields: fields)
        #expect(
            ValueType.object(source.type).description
                == "{name: string, employees: integer or null, share: number, active: boolean, founded: string, grade: string}"
        )
        let read = try ReadOut(source)
        #expect(
            read.inputs == [
                [
                    "name": "Acme", "employees": 12, "share": 0.25, "active": true, "founded": "2001-02-28",
                    "grade": "A",
                ],
                [
                    "name": "Beta", "employees": nil, "share": -3.0, "active": false, "founded": "2000-02-29",
                    "grade": "B",
                ],
            ])
    }

    @Test(arguments: [
        "0", "-0", "12.5", "-12.50", "007", "1e3", ".5", "5.", "+7", "999999999999999", "0.1", "123456.789012",
        "4503599627370497.5", "0.3", "1.7976931348623157e308", "-", ".", "-.5", "1.2.3", "12 ", "0x10", "nan",
    ])
    func `the short way to a number takes and gives what the type does`(cell: String) throws {
        for type in [AnswerType.integer, .number] {
            let expected = type.value(fromCell: cell)
            let read = try ReadOut(source("n\n\"\(cell)\"\n", fields: [.init("n", type)]))
            switch expected {
            case .success(let value): #expect(read.inputs == [["n": value]], "\(type)")
            case .failure: #expect(read.causes == [.field], "\(type)")
            }
        }
    }

    @Test(arguments: ["2024-02-29", "2023-02-29", "2024-13-01", "0000-01-01", "2024-1-1", "2024-01-28", "2024-04-31"])
    func `the short way to a date takes what the type does`(cell: String) throws {
        let read = try ReadOut(source("d\n\(cell)\n", fields: [.init("d", .date)]))
        switch AnswerType.date.value(fromCell: cell) {
        case .success(let value): #expect(read.inputs == [["d": value]])
        case .failure: #expect(read.causes == [.field])
        }
    }

    // MARK: What bad rows get

    @Test func `a ragged row fails by line and counts, and the others go on`() throws {
        let read = try ReadOut(source("a,b\n1,2\n3\n4,5,6\n7,8\n"))
        #expect(read.ids == ["1", "4"])
        #expect(read.failed.map(\.id) == ["2", "3"])
        #expect(read.causes == [.ragged, .ragged])
        #expect(
            read.messages.first
                == "line 3 of leads.csv has 1 cell, the header has 2; a cell that holds ',' or a line end stands in quotes"
        )
        #expect(read.messages.last?.hasPrefix("line 4 of leads.csv has 3 cells, the header has 2") == true)
    }

    @Test func `bytes that are no UTF-8 fail their row alone`() throws {
        let read = try ReadOut(
            source(Array("id,b\nx,gr\u{FC}n\ny,caf".utf8) + [0xE9] + Array("\nz,3\n".utf8), key: "id"))
        #expect(read.ids == ["x", "z"])
        #expect(read.failed.map(\.id) == ["y"])
        #expect(read.causes == [.undecodable])
        #expect(
            read.messages == [
                "line 3 of leads.csv: byte 6 of the row, 0xE9, is not UTF-8; save the file as CSV UTF-8"
            ])
    }

    @Test func `a cell against its type fails its row and names the column`() throws {
        let read = try ReadOut(
            source("id,n\na,1\nb,many\nc,\n", key: "id", fields: [.init("n", .integer)]))
        #expect(read.ids == ["a"])
        #expect(read.causes == [.field, .field])
        #expect(
            read.messages == [
                "line 3 of leads.csv, column 'n': 'many' is no whole number",
                "line 4 of leads.csv, column 'n': the cell is empty; 'integer or null' would allow it",
            ])
    }

    @Test func `a quote that is never closed fails by the place where it was opened`() throws {
        let read = try ReadOut(source("a,b\n1,2\n3,\"4\n5,6\n7,8\n"))
        #expect(read.ids == ["1"])
        #expect(read.causes == [.malformed])
        #expect(
            read.messages == [
                "the quote on line 3, column 3 of leads.csv is never closed, so that the file's last 3 line ends were "
                    + "read as one cell; close it, or write it twice if it is text"
            ])
    }

    @Test func `one line end that a quote has swallowed is told as one`() throws {
        let read = try ReadOut(source("a,b\n3,\"4\n"))
        #expect(read.messages.first?.contains("so that the file's last line end was read as one cell") == true)
    }

    @Test func `text behind a closing quote fails its row`() throws {
        let read = try ReadOut(source("a,b\n\"x\ny\" z,2\n3,4\n"))
        #expect(read.ids == ["2"])
        #expect(
            read.messages == [
                "line 3, column 3 of leads.csv: text follows a cell's closing quote; a quote inside a quoted cell is "
                    + "written twice"
            ])
    }

    @Test func `of two rows with one id the first stands and the second fails, whatever the batches`() throws {
        let text = "name,id\nx,1\ny,2\nz,1\nv,\"1\"\nw,3\n"
        for limit in [1, 2, 100] {
            let read = try ReadOut(source(text, key: "id"), limit: limit)
            #expect(read.ids == ["1", "2", "3"])
            #expect(read.texts("name") == ["x", "y", "w"])
            #expect(read.failed.map(\.id) == ["1", "1"])
            #expect(read.causes == [.duplicateID, .duplicateID])
            #expect(
                read.messages.first
                    == "line 4 of leads.csv: '1' is already the id of row 1; the first stands, and every 'id' must be another"
            )
        }
    }

    @Test func `ids are compared by bytes, so NFC and NFD are two`() throws {
        let read = try ReadOut(source("id\ncaf\u{E9}\ncafe\u{301}\n", key: "id"))
        #expect(read.records.count == 2)
    }

    @Test func `an id that a broken row has is taken`() throws {
        let read = try ReadOut(source("id,b\nx,1,2\nx,3\n", key: "id"))
        #expect(read.failed.map(\.id) == ["x", "x"])
        #expect(read.causes == [.ragged, .duplicateID])
    }

    @Test func `an empty key fails its row`() throws {
        let read = try ReadOut(source("id,b\n,1\n,2\nx,3\n", key: "id"))
        #expect(read.ids == ["x"])
        #expect(read.failed.map(\.id) == ["row 1", "row 2"])
        #expect(read.messages.first == "line 2 of leads.csv: the key column 'id' is empty")
    }

    @Test func `a row beyond the bound fails by name, and the next one is read`() throws {
        let long = String(repeating: "x", count: 5_000)
        let read = try ReadOut(source("a,b\n1,2\n3,\"\(long)\n\(long)\"\n5,6\n", block: 512, row: 4_000))
        #expect(read.ids == ["1", "3"])
        #expect(read.failed.map(\.id) == ["2"])
        #expect(read.failed.map(\.origin.line) == [3])
        #expect(read.records.last?.origin.line == 5)
        #expect(read.messages.first?.contains("has 10006 bytes, more than the 4000 that a row may have") == true)
    }

    // MARK: What a bad file gets

    @Test(arguments: [
        ("", "leads.csv is empty; its first line must be a header that names the columns"),
        ("\n\r\n", "leads.csv is empty; its first line must be a header that names the columns"),
        ("a,b,a\n1,2,3\n", "the header of leads.csv has 'a' twice, as columns 1 and 3; rename one"),
        ("a,,c\n1,2,3\n", "column 2 of leads.csv has no name in the header; name it, or remove it"),
        ("a,\"b\n1,2\n", "the header of leads.csv has a quote that is never closed, or text behind a closing quote"),
    ])
    func `a header that is missing or broken stops the run`(text: String, problem: String) throws {
        let path = try scratch.write("leads.csv", text)
        #expect(whyNot { () throws(SourceError) in _ = try CSVSource(path: path, name: "leads.csv") } == problem)
    }

    @Test func `a column that the header lacks is told with the nearest`() throws {
        let path = try scratch.write("leads.csv", "name,domain\n1,2\n")
        let problem = whyNot { () throws(SourceError) in
            _ = try CSVSource(path: path, name: "leads.csv", key: "domian")
        }
        #expect(problem == "leads.csv has no column 'domian'; did you mean 'domain'?")
    }

    @Test func `a folder and a missing file are told apart`() throws {
        let paths = [scratch.path, scratch.at("none/leads.csv")]
        let problems = paths.map { path in
            whyNot { () throws(SourceError) in _ = try CSVSource(path: path, name: "x.csv") }
        }
        #expect(
            problems == [
                "'x.csv' is not a file; name one, or use `folder` for a folder of documents",
                "no file '\(scratch.path)/none/leads.csv'; the nearest folder that exists is '\(scratch.path)'",
            ])
    }

    // MARK: Batches and positions

    @Test func `the same records come whatever the blocks and batches`() throws {
        var text = "id,text,note\r\n"
        for row in 1...300 {
            let note = row % 7 == 0 ? "\"a \"\"\(row)\"\"\r\nb, c\"" : row % 11 == 0 ? "n\u{F6}te" : "plain"
            text += "\(row),\(String(repeating: "x", count: row % 50)),\(note)\(row % 5 == 0 ? "\n" : "\r\n")"
        }
        let whole = try ReadOut(source(text, key: "id"))
        #expect(whole.records.count == 300)
        for block in [1, 2, 7, 64, 1_000] {
            let read = try ReadOut(source(text, key: "id", block: block), limit: block * 3, bytes: block * 20)
            #expect(read.inputs == whole.inputs, "block \(block)")
            #expect(read.records.map(\.origin) == whole.records.map(\.origin), "block \(block)")
        }
    }

    @Test func `a reader goes on behind any batch, and still knows the ids before it`() throws {
        let source = try source("id,b\n1,\"x\ny\"\n\n2,x\n3,x\n1,x\n4,x\n2,x\n", key: "id")
        let whole = try ReadOut(source, limit: 1)
        #expect(whole.ids == ["1", "2", "3", "4"])
        for (index, position) in whole.batches.enumerated() {
            let rest = try ReadOut(source, from: position, limit: 2)
            #expect(rest.records.map(\.origin) == whole.records.filter { $0.ordinal > index }.map(\.origin))
            #expect(rest.messages == whole.failed.filter { $0.ordinal > index }.map(\.failure.message))
        }
    }

    @Test func `a position that is none of this file is refused`() throws {
        let source = try source("id\n1\n2\n3\n", key: "id")
        let problem = whyNot { () throws(SourceError) in
            _ = try source.reader(from: InputPosition(ordinal: 2, offset: 4, line: 3))
        }
        #expect(problem == "leads.csv is not the file that this run began with; start anew with --fresh")
    }

    @Test func `rows are counted as they are read, bad ones too`() throws {
        #expect(try source("id\n1\n\n1\n\"a\nb\"\nc,d\n", key: "id").count() == 4)
    }

    @Test func `a batch's content changes with its bytes`() throws {
        let one = try ReadOut(source("a\n1\n2\n")).content
        let same = try ReadOut(source("a\n1\n2\n")).content
        let other = try ReadOut(source("a\n1\n3\n")).content
        #expect(one == same && one != other)
    }
}
