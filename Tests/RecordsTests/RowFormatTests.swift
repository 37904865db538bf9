import Digests
import Runs
import Testing
import Values

@testable import Records

@Suite struct RowFormatTests {
    private func text(_ format: any RowFormat, slots: Slots = Slots(count: 0), flags: [String] = []) throws -> String {
        let origin = RecordOrigin(source: "x", content: Fingerprint(of: "x"))
        let record = Record(ordinal: 0, id: "a,b", origin: origin, input: ["name": "Ada", "age": 36])
        var bytes: [UInt8] = []
        try format.append(FinishedRecord(record: record, slots: slots, flags: flags), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private func cell(_ value: Value) throws -> String {
        try text(
            CSVRows([OutputColumn("x", .computed { _ throws(Failure) in value }), OutputColumn("y", .input("age"))]))
    }

    @Test(
        arguments: [
            (nil, ""), (true, "true"), (12, "12"), (0.5, "0.5"), ("plain", "plain"), ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""), ("two\nlines", "\"two\nlines\""), ("cr\r", "\"cr\r\""),
            ("caf\u{E9}; x", "caf\u{E9}; x"), (["a", 1], "\"[\"\"a\"\",1]\""), (["k": nil], "\"{\"\"k\"\":null}\""),
            (.timestamp(Timestamp(seconds: 0)), "1970-01-01T00:00:00Z"), (.optional(nil), ""), (.optional("x"), "x"),
            (.uint(7), "7"), (" spaced ", " spaced "),
        ] as [(Value, String)])
    func `a CSV cell`(value: Value, written: String) throws {
        #expect(try cell(value) == written + ",36\n")
    }

    @Test(
        arguments: [
            .double(.nan), .double(.infinity), .list([1, .double(-.infinity)]), ["a": ["b": .double(.nan)]],
        ] as [Value])
    func `a number that is not finite fails the record, in every format`(value: Value) {
        let columns = [OutputColumn("r", .computed { _ throws(Failure) in value })]
        for format in [CSVRows(columns), JSONRows.lines(columns), JSONRows.array(columns)] as [any RowFormat] {
            let failure = #expect(throws: Failure.self) { try text(format) }
            #expect(failure?.cause == .expression)
            #expect(failure?.message.hasPrefix("the column 'r' has ") == true)
        }
    }

    @Test func `the header is quoted like any row`() {
        let format = CSVRows([OutputColumn("a", .id), OutputColumn("Company, \"Name\"", .id)])
        #expect(String(decoding: format.header, as: UTF8.self) == "a,\"Company, \"\"Name\"\"\"\n")
    }

    @Test func `the only column writes an empty cell so that its row is not lost`() throws {
        #expect(try text(CSVRows([OutputColumn("x", .input("missing"))])) == "\"\"\n")
    }

    @Test func `without columns JSONL has id, flags and every step's answer`() throws {
        var slots = Slots(count: 4)
        slots[2] = ["text": "short"]
        let format = JSONRows.lines(OutputColumn.everything(steps: [("summary", 2), ("facts", 3)]))
        #expect(
            try text(format, slots: slots, flags: ["too \"long\""])
                == "{\"id\":\"a,b\",\"flags\":[\"too \\\"long\\\"\"],\"summary\":{\"text\":\"short\"},\"facts\":null}\n"
        )
    }

    @Test func `a column of an input column's name takes its place, and new ones follow`() {
        let kept = ["a", "b", "c"].map { OutputColumn($0, .input($0)) }
        let merged = OutputColumn.keeping(kept, with: [OutputColumn("d", .id), OutputColumn("b", .id)])
        #expect(merged.map(\.name) == ["a", "b", "c", "d"])
        guard case .id = merged[1].source else {
            Issue.record("the kept column stands")
            return
        }
    }

    @Test func `a column that cannot be computed leaves nothing of its row`() throws {
        let columns = [
            OutputColumn("id", .id),
            OutputColumn("bad", .computed { _ throws(Failure) in throw Failure(.expression, "no such field") }),
        ]
        let path = try #require(OutputPath("a.json"))
        let sink = FileSink(folder: "nowhere", path: path, format: JSONRows.array(columns))
        let origin = RecordOrigin(source: "x", content: Fingerprint(of: "x"))
        let record = FinishedRecord(
            record: Record(ordinal: 0, id: "a", origin: origin, input: nil), slots: Slots(count: 0), flags: [])
        var bytes = Array("before".utf8)
        #expect(throws: Failure(.expression, "no such field")) { try sink.format(record, into: &bytes) }
        #expect(bytes == Array("before".utf8))
    }

    @Test func `what is written as CSV is read back as it was`() throws {
        let scratch = try Scratch()
        let texts = ["", "x", "a,b", "\"", "\"\"", "x\r\ny", "\n", "\u{FEFF}x", "e\u{301}", " "]
        let columns = texts.enumerated().map { index, text in
            OutputColumn("c\(index)", .computed { _ throws(Failure) in .string(text) })
        }
        let format = CSVRows(columns)
        let path = try scratch.write("a.csv", String(decoding: format.header, as: UTF8.self) + text(format))
        let read = try ReadOut(CSVSource(path: path, name: "a.csv"))
        #expect(read.inputs.first?.map?.values == texts.map(Value.string))
    }
}
