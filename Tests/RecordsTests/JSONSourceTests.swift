import Runs
import Schemas
import Testing
import Values

@testable import Records

@Suite struct JSONSourceTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func lines(_ text: String, key: String? = nil, fields: [AnswerType.Field] = []) throws -> JSONLSource {
        try JSONLSource(path: try scratch.write("posts.jsonl", text), name: "posts.jsonl", key: key, fields: fields)
    }

    private func array(_ text: String, key: String? = nil, fields: [AnswerType.Field] = []) throws -> JSONSource {
        try JSONSource(path: try scratch.write("posts.json", text), name: "posts.json", key: key, fields: fields)
    }

    // MARK: Fields

    @Test func `without fields the first records say which there are`() throws {
        let source = try lines(
            """
            {"id": 1, "name": "Ada", "score": 1, "tags": ["x"], "more": {"a": 1}, "odd": 1, "gone": null}
            {"id": 2, "name": null, "score": 1.5, "tags": [], "odd": "x", "ok": true}
            """)
        #expect(
            ValueType.object(source.type).description
                == "{id: integer, name: string or null, score: number, tags: list of any, "
                + "more: map of string to any or null, odd: any, gone: any, ok: boolean or null}")
        let read = try ReadOut(source)
        #expect(
            read.inputs.last == [
                "id": 2, "name": nil, "score": 1.5, "tags": [], "more": nil, "odd": "x", "gone": nil, "ok": true,
            ])
        #expect(read.inputs.first?["score"] == 1.0)
    }

    @Test func `a later record that disagrees with the first ones fails by field`() throws {
        var text = (1...100).map { "{\"id\": \($0)}\n" }.joined()
        text += "{\"id\": \"x\"}\n{}\n{\"id\": 103, \"new\": 1}\n"
        let read = try ReadOut(lines(text))
        #expect(read.causes == [.field, .field])
        #expect(
            read.messages == [
                "line 101 of posts.jsonl: field 'id': a string, expected an integer; the first records made it "
                    + "'integer', name its type under `fields`",
                "line 102 of posts.jsonl: field 'id' is missing; the first records made it 'integer', name its type "
                    + "under `fields`",
            ])
        #expect(read.inputs.last == ["id": 103, "new": 1])
    }

    @Test func `declared fields are held to, and others stay behind them`() throws {
        let source = try lines(
            "{\"x\": 1, \"day\": \"2024-02-30\"}\n{\"x\": 2, \"day\": \"2024-02-29\"}\n{\"x\": 3, \"n\": 4}\n",
            fields: [.init("day", .nullable(.date)), .init("n", .nullable(.number))])
        #expect(source.columns == ["day", "n"])
        let read = try ReadOut(source)
        #expect(
            read.messages == [
                "line 1 of posts.jsonl: field 'day': \"2024-02-30\" is no date, write YYYY-MM-DD"
            ])
        #expect(read.inputs == [["day": "2024-02-29", "n": nil, "x": 2], ["day": nil, "n": 4.0, "x": 3]])
    }

    // MARK: Ids

    @Test func `a key is a text or a whole number, and a second one fails`() throws {
        let text = """
            {"id": "a", "n": {"id": "inner"}}
            {"n": "\\"id\\": 1", "id": 7}
            {"id": "7"}
            {"\\u0069d": "b"}
            {"id": 1.5}
            {"n": 1}
            {"id": "a"}
            """
        let read = try ReadOut(
            lines(text, key: "id", fields: [.init("n", .nullable(.string(maxLength: nil)))]), limit: 2)
        #expect(read.ids == ["7", "b"])
        #expect(read.failed.map(\.id) == ["a", "7", "row 5", "row 6", "a"])
        #expect(read.causes == [.field, .duplicateID, .field, .field, .duplicateID])
        #expect(read.messages[1].hasPrefix("line 3 of posts.jsonl: '7' is already the id of row 2"))
        #expect(read.messages[3] == "line 6 of posts.jsonl: the key 'id' is missing")
    }

    @Test func `without a key the line's number is the id, whatever lines are empty`() throws {
        let read = try ReadOut(lines("\u{FEFF}\n{\"a\": 1}\r\n\r\n  \n{\"a\": 2}"))
        #expect(read.ids == ["2", "5"])
        #expect(read.records.map(\.origin.line) == [2, 5])
    }

    // MARK: Bad lines and files

    @Test func `a line that is no JSON object fails by line and column`() throws {
        let read = try ReadOut(lines("{\"a\": 1}\n{\"a\": }\n[1]\n{\"a\": 2} x\n{\"a\": 3}\n"))
        #expect(read.ids == ["1", "5"])
        #expect(read.causes == [.malformed, .malformed, .malformed])
        #expect(
            read.messages == [
                "line 2, column 7 of posts.jsonl: no value starts like this",
                "line 3 of posts.jsonl is no object, but a list",
                "line 4, column 10 of posts.jsonl: the text goes on after its value",
            ])
    }

    @Test(arguments: [
        ("", "posts.json is empty; there is no record to read"),
        (
            "{\"a\": 1}",
            "posts.json begins with '{'; an input is an array of objects, and an object a line is read with `jsonl`"
        ),
        ("17", "posts.json is no JSON array; an input is an array of objects, such as [{\"id\": 1}]"),
        ("[{\"a\": 1},\n", "posts.json does not end with ']'; it may have been cut short, write it again"),
    ])
    func `a file that is no array stops the run`(text: String, problem: String) throws {
        let path = try scratch.write("posts.json", text)
        #expect(whyNot { () throws(SourceError) in _ = try JSONSource(path: path, name: "posts.json") } == problem)
    }

    @Test func `an array in a JSONL file is told apart`() throws {
        let path = try scratch.write("posts.jsonl", "[{\"a\": 1}]")
        #expect(
            whyNot { () throws(SourceError) in _ = try JSONLSource(path: path, name: "posts.jsonl") }
                == "posts.jsonl begins with '[', so it is one JSON array; read it with `json`")
    }

    // MARK: Arrays

    @Test(arguments: [
        "[{\"a\":1},{\"a\":2}]", " [\n {\"a\": 1} ,\n\n {\"a\":2}\n]\n", "\u{FEFF}[{\"a\": 1 },{\"a\":2 } ] ",
    ])
    func `elements come one by one`(text: String) throws {
        let source = try array(text)
        #expect(try source.count() == 2)
        #expect(try ReadOut(source, limit: 1).inputs == [["a": 1], ["a": 2]])
    }

    @Test func `an empty array has no records`() throws {
        for text in ["[]", "[ \n ]\n"] { #expect(try array(text).count() == 0) }
    }

    @Test func `lines of elements are counted over line breaks in and between them`() throws {
        let read = try ReadOut(array("[\n\n{\n\"a\": 1},\n{\"a\": 2},   {\n\"a\": 3}\n]"), limit: 1)
        #expect(read.records.map(\.origin.line) == [3, 5, 5])
    }

    @Test func `brackets, commas and quotes in texts end no element`() throws {
        let read = try ReadOut(array(#"[{"a": "],[{\"}\\"}, {"a": ["x,]", {"b": "{"}]}]"#))
        #expect(read.inputs == [["a": "],[{\"}\\"], ["a": ["x,]", ["b": "{"]]]])
    }

    @Test func `a bad element fails alone`() throws {
        let read = try ReadOut(array("[{\"a\": 1},\n{\"a\" 2}, 17, {\"a\": 3},\n]"))
        #expect(read.ids == ["1", "4"])
        #expect(
            read.messages == [
                "line 2, column 6 of posts.json: ':' is missing", "line 2 of posts.json is no object, but a number",
            ])
    }

    @Test func `the same elements come whatever the batches, and a reader goes on behind any`() throws {
        let text = "[" + (1...200).map { "{\"id\":\($0),\n\"t\":\"\($0 % 3),]\"}" }.joined(separator: ", ") + "]"
        let source = try array(text, key: "id")
        let whole = try ReadOut(source, limit: 1)
        #expect(whole.records.count == 200)
        for index in [0, 99, 198] {
            let rest = try ReadOut(source, from: whole.batches[index], limit: 7)
            #expect(rest.records.map(\.origin) == whole.records.dropFirst(index + 1).map(\.origin))
        }
    }
}
