import Schemas
import Testing
import Values

@Suite struct AnswerAcceptingTests {
    @Test(
        arguments: [
            ("string <= 3", "é😀x", "é😀x"), ("string", "", ""), ("integer", 3, 3), ("integer", 3.0, 3),
            ("integer", .double(-0.0), 0), ("number", 3, 3.0), ("number", 2.5, 2.5), ("boolean", false, false),
            ("date", "2024-02-29", "2024-02-29"),
            ("timestamp", "2026-03-01T12:30:00Z", .timestamp(Timestamp(seconds: 1_772_368_200))),
            ("integer or null", nil, nil), ("integer or null", 4.0, 4), (["one of": ["a", "b"]], "b", "b"),
            (["number"], [1, 2.5], [1.0, 2.5]), (["list of": "integer", "at most": "2"], [1.0, 2], [1, 2]),
        ] as [(Notation, Value, Value)])
    func `a value that fits is taken as its type has it`(notation: Notation, value: Value, accepted: Value) throws {
        #expect(try AnswerType(reading: notation).accept(value) == .success(accepted))
    }

    @Test(
        arguments: [
            ("string <= 3", "abcd", "4 characters, at most 3"), ("string", 5, "an integer, expected a string"),
            ("string", nil, "null, expected a string"), ("integer", 2.5, "2.5 is no whole number"),
            ("integer", 1e20, "1e+20 is too large"), ("integer", "3", "a string, expected an integer"),
            ("number or null", "3", "a string, expected a number"),
            ("boolean", "true", "a string, expected true or false"),
            ("date", "2025-02-30", #""2025-02-30" is no date, write YYYY-MM-DD"#),
            ("date", "March 5th", #""March 5th" is no date, write YYYY-MM-DD"#),
            ("timestamp", "2026-03-01", #""2026-03-01" is no timestamp, write it like 2026-03-01T12:30:00Z"#),
            (["one of": ["a", "b"]], "c", #""c" is none of a, b"#),
            (["one of": ["a", "b"]], nil, "null, expected one of a, b"),
            (["list of": "integer", "at most": "2"], [1, 2, 3], "3 items, at most 2"),
            (["integer"], "x", "a string, expected a list"),
            (["a": "string"], [], "a list, expected an object"),
            (
                "date", .string(String(repeating: "x", count: 100)),
                "\"\(String(repeating: "x", count: 56))… is no date, write YYYY-MM-DD"
            ),
        ] as [(Notation, Value, String)])
    func `a value that does not fit is told what is wrong`(notation: Notation, value: Value, message: String) throws {
        #expect(try AnswerType(reading: notation).validate(value).map(\.description) == [message])
    }

    @Test func `of much that is wrong the first ten are told, and of long names the beginning`() throws {
        let type = try AnswerType(reading: ["integer"])
        guard case .failure(let violations) = type.accept(.list(Array(repeating: "x", count: 500))) else {
            Issue.record("it was accepted")
            return
        }
        let lines = violations.description.split(separator: "\n")
        #expect(lines.count == 11 && lines.last?.hasPrefix("and ") == true && lines.last?.hasSuffix(" more") == true)
        let long = String(repeating: "k", count: 5_000)
        let unknown = try AnswerType(reading: ["a": "string"]).validate(.map(ValueMap([("a", "x"), (long, 1)])))
        #expect(unknown.count == 1 && unknown.allSatisfy { $0.description.utf8.count < 120 })
    }

    @Test func `all that is wrong is told at once, each at its place`() throws {
        let type = try AnswerType(reading: [
            "people": ["list of": "string <= 40", "at most": "12"], "when": ["day": "date"], "note": "string or null",
            "rows": [["n": "integer"]], "kind": "string",
        ])
        let value: Value = [
            "people": ["Ada", .string(String(repeating: "x", count: 52))], "when": ["day": "soon"],
            "rows": [["n": 1], ["n": "two"], 3], "extra field": 1, "kind": nil,
        ]
        #expect(
            type.validate(value).map(\.description) == [
                "`people[1]`: 52 characters, at most 40",
                "`when.day`: \"soon\" is no date, write YYYY-MM-DD",
                "`note`: missing, write null if there is none",
                "`rows[1].n`: a string, expected an integer",
                "`rows[2]`: an integer, expected an object",
                "`kind`: null, expected a string",
                "`[\"extra field\"]`: no such field was asked for",
            ])
    }

    @Test func `fields come in the order of the declaration`() throws {
        let type = try AnswerType(reading: ["a": "integer", "b": ["c": "number", "d": "string"]])
        let accepted = try type.accept(["b": ["d": "x", "c": 1], "a": 2.0]).get()
        #expect(JSON.text(of: accepted) == #"{"a":2,"b":{"c":1.0,"d":"x"}}"#)
    }

    @Test func `an unbounded text or list of an answer keeps the filled-in bound, one of the user's own does not`()
        throws
    {
        let type = try AnswerType(reading: ["text": "string", "items": ["integer"]])
        let value: Value = [
            "text": .string(String(repeating: "x", count: 1_501)), "items": .list(Array(repeating: 1, count: 51)),
        ]
        #expect(
            type.validate(value).map(\.description) == [
                "`text`: 1501 characters, at most 1500", "`items`: 51 items, at most 50",
            ])
        #expect(type.validate(value, as: .input).isEmpty)
    }

    @Test func `a record of the user's own may lack what may be null and keeps what nobody declared`() throws {
        let type = try AnswerType(reading: ["a": "integer", "b": "string or null"], for: .input)
        let accepted = try type.accept(["more": [1], "a": 1.0], as: .input).get()
        #expect(JSON.text(of: accepted) == #"{"a":1,"b":null,"more":[1]}"#)
        #expect(type.validate(["b": "x"], as: .input).map(\.description) == ["`a`: missing"])
    }

    @Test func `rows of one shape share it after they were accepted`() throws {
        let type = try AnswerType(reading: ["a": "integer", "b": "number"])
        var parser = JSONParser()
        let rows = try (0..<2).map { try type.accept(try parser.parse(#"{"a":\#($0),"b":1}"#)).get() }
        #expect(rows[0].map?.shape === rows[1].map?.shape)
        let turned = try (0..<2).map { try type.accept(try parser.parse(#"{"b":\#($0),"a":1}"#)).get() }
        #expect(turned[0] == ["a": 1, "b": 0.0])
    }

    @Test func `a schema of the author's own is validator and type in one`() throws {
        let document: Value = [
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": [
                "name": ["type": "string", "minLength": 2], "price": ["type": "number"],
                "parts": ["type": "array", "items": ["$ref": "#/$defs/part"]],
            ], "$defs": ["part": ["type": ["string", "null"]]],
        ]
        let type = AnswerType.schema(try SchemaFile(path: "facts.json", document: document))
        #expect(
            "\(type.valueType)"
                == "{name: string, price: number or null, parts: list of string or null or null}"
                || "\(type.valueType)".hasPrefix("{name: string, price: number or null"))
        let accepted = try type.accept(["name": "Bob", "price": 3]).get()
        #expect(accepted["price"] == 3.0 && accepted["parts"] == .null)
        #expect(throws: SchemaViolations.self) { try type.accept(["name": "B"]).get() }
        #expect(type.jsonSchema == document)
    }
}
