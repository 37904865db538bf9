import Schemas
import Testing
import Values

@Suite struct JSONSchemaTests {
    private func schema(_ text: String, load: @escaping JSONSchema.Loader = { _ in nil }) throws -> JSONSchema {
        try JSONSchema.compile(try JSON.parse(text), load: load)
    }

    @Test(arguments: [
        (#"{"type":"integer"}"#, #""3""#, "a string, expected an integer"),
        (#"{"type":["array","null","string"]}"#, "3", "an integer, expected a string, a list or null"),
        (#"{"enum":["a",1]}"#, #""b""#, #""b" is none of "a", 1"#),
        (#"{"const":{"a":1}}"#, "2", #"2, expected {"a":1}"#),
        (#"{"minimum":5}"#, "3", "3 is less than 5"), (#"{"exclusiveMaximum":5}"#, "5", "5 is not less than 5"),
        (#"{"maximum":5}"#, "5.5", "5.5 is more than 5"), (#"{"exclusiveMinimum":5}"#, "5", "5 is not more than 5"),
        (#"{"multipleOf":0.01}"#, "0.015", "0.015 is no multiple of 0.01"),
        (#"{"maxLength":3}"#, #""abcd""#, "4 characters, at most 3"),
        (#"{"minLength":2}"#, #""😀""#, "1 character, at least 2"),
        (#"{"pattern":"^a+$"}"#, #""b""#, #""b" does not match ^a+$"#),
        (#"{"maxItems":1}"#, "[1,2]", "2 items, at most 1"),
        (#"{"uniqueItems":true}"#, "[1,2,1.0]", "`[2]`: the same as item 0"),
        (#"{"contains":{"type":"string"}}"#, "[1]", "no item is what one of them must be"),
        (#"{"contains":true,"maxContains":1}"#, "[1,2]", "2 fitting items, at most 1"),
        (#"{"minProperties":2}"#, #"{"a":1}"#, "1 field, at least 2"), (#"{"required":["a"]}"#, "{}", "`a`: missing"),
        (#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, "`b`: missing beside 'a'"),
        (#"{"additionalProperties":false}"#, #"{"a b":1}"#, #"`["a b"]`: no such field is allowed"#),
        (#"{"propertyNames":{"maxLength":1}}"#, #"{"ab":1}"#, "`ab`: no name that is allowed here"),
        (#"{"not":{"type":"string"}}"#, #""a""#, "this is just what is ruled out here"),
        ("false", "1", "nothing is allowed here"),
        (#"{"oneOf":[{"minimum":1},{"maximum":5}]}"#, "3", "fits 2 of the forms of which it may fit one"),
        (
            #"{"properties":{"a":{"items":{"properties":{"n":{"type":"integer"}}}}}}"#, #"{"a":[{},{"n":"x"}]}"#,
            "`a[1].n`: a string, expected an integer"
        ),
        (
            #"{"properties":{"a":{"anyOf":[{"type":"string","maxLength":2},{"type":"null"}]}}}"#, #"{"a":"abc"}"#,
            "`a`: 3 characters, at most 2"
        ),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1", "an integer, expected a string or null"),
        (
            #"{"anyOf":[{"required":["a","b"]},{"properties":{"c":{"type":"null"}}}]}"#, #"{"c":1}"#,
            "fits none of the 2 forms allowed here; of the nearest: `c`: an integer, expected null"
        ),
        (
            #"{"unevaluatedProperties":false,"properties":{"a":true}}"#, #"{"a":1,"b":2}"#,
            "`b`: no such field is allowed"
        ),
        (#"{"prefixItems":[true],"unevaluatedItems":{"type":"null"}}"#, "[1,2]", "`[1]`: an integer, expected null"),
        (##"{"$ref":"#/$defs/s","$defs":{"s":{"type":"string"}}}"##, "1", "an integer, expected a string"),
        (##"{"$ref":"#"}"##, "1", "too deep: the schema leads back to itself more than 400 times"),
    ])
    func `what is wrong with a value is told so that it can be mended`(schema: String, value: String, message: String)
        throws
    {
        let compiled = try self.schema(schema)
        let value = try JSON.parse(value)
        #expect(compiled.validate(value).map(\.description) == [message])
        #expect(!compiled.allows(value))
    }

    @Test func `all that is wrong is told at once`() throws {
        let schema = try schema(#"{"properties":{"a":{"type":"string"},"b":{"minimum":2}},"required":["c","d"]}"#)
        #expect(schema.validate(["a": 1, "b": 1]).map(\.path) == ["c", "d", "a", "b"])
    }

    @Test(arguments: [
        (#"{"type":"strin"}"#, "`type`: expected a type or a list of types"),
        (#"{"properties":{"a":{"minLength":-1}}}"#, "`properties.a.minLength`: expected a whole number from 0 on"),
        (#"{"properties":{"a":3}}"#, "`properties`: expected schemas by name"),
        ("[]", "expected a schema, which is an object, true or false"),
        (#"{"allOf":[]}"#, "`allOf`: expected a list of schemas"),
        (#"{"required":["a","a"]}"#, "`required`: expected a list of names, no two alike"),
        (#"{"multipleOf":0}"#, "`multipleOf`: expected a number above 0"),
        (#"{"$anchor":"a b"}"#, #"`["$anchor"]`: expected a name: letters, digits, '_', '-' and '.'"#),
        (##"{"items":{"$ref":"#/nowhere"}}"##, ##"`items["$ref"]`: '#/nowhere' leads to no schema"##),
        (#"{"$ref":"other.json"}"#, #"`["$ref"]`: nothing is found at 'other.json'"#),
        (##"{"$ref":"#a%zz"}"##, ##"`["$ref"]`: '#a%zz' has a percent sign that stands for nothing"##),
        (
            #"{"$schema":"http://json-schema.org/draft-07/schema#"}"#,
            #"`["$schema"]`: 'http://json-schema.org/draft-07/schema' is another language; schemas are read as draft 2020-12, 'https://json-schema.org/draft/2020-12/schema'"#
        ),
    ])
    func `a schema that is none is refused at its place`(text: String, message: String) {
        let error = #expect(throws: SchemaViolations.self) { try schema(text) }
        #expect(error?.description == message)
    }

    @Test func `a pattern with look-ahead is refused with the reason`() {
        let error = #expect(throws: SchemaViolations.self) { try schema(#"{"pattern":"a(?=b)"}"#) }
        #expect(error?.all.first?.path == "pattern")
        #expect(error?.description.contains("is no pattern") == true)
    }

    @Test func `other documents are found by their URI, each asked for once`() throws {
        let asked = Asked()
        let load: JSONSchema.Loader = { uri in
            asked.uris.append(uri)
            return uri == "file:///recipes/parts/name.json"
                ? ["$defs": ["short": ["type": "string", "maxLength": 3]], "$ref": "#/$defs/short"] : nil
        }
        let schema = try JSONSchema.compile(
            ["properties": ["a": ["$ref": "parts/name.json"], "b": ["$ref": "parts/name.json#/$defs/short"]]],
            at: "file:///recipes/facts.json", load: load)
        #expect(schema.validate(["a": "abcd", "b": 1]).map(\.path) == ["a", "b"])
        #expect(asked.uris == ["file:///recipes/parts/name.json"])
    }

    @Test func `a fault in another document names that document`() {
        let error = #expect(throws: SchemaViolations.self) {
            try schema(#"{"$ref":"x:other"}"#, load: { _ in ["properties": ["a": ["type": "int"]]] })
        }
        #expect(error?.description == "`x:other#properties.a.type`: expected a type or a list of types")
    }

    @Test(arguments: [
        ("9007199254740993", "9007199254740992.0", false), ("9223372036854775807", "9223372036854775808", false),
        ("1", "1.0", true), ("18446744073709551615", "18446744073709551616", true),
        ("[1,{\"a\":2.0}]", "[1.0,{\"a\":2}]", true),
    ])
    func `numbers are equal when they are the same number`(one: String, other: String, same: Bool) throws {
        #expect(try schema("{\"const\":\(one)}").allows(try JSON.parse(other)) == same)
    }

    @Test(arguments: [
        ("9223372036854775807", "9223372036854775808.0", true), ("9223372036854775808.0", "9223372036854775807", false),
        ("9007199254740993", "9007199254740992.5", false), ("-9223372036854775808", "-9223372036854777000.0", false),
        ("3", "3.5", true), ("3.5", "3", false), ("-3", "-3.5", false), ("1e300", "1e301", true),
        ("1", "-1e300", false),
    ])
    func `numbers are compared exactly`(one: String, other: String, less: Bool) throws {
        #expect(try schema("{\"exclusiveMaximum\":\(other)}").allows(try JSON.parse(one)) == less)
    }

    @Test(arguments: [
        ("0.0075", "0.0001", true), ("0.00751", "0.0001", false), ("4.5", "1.5", true), ("1e308", "0.123456789", false),
        ("12391239123", "1e-8", true), ("0", "7", true), ("-21", "7", true), ("1e20", "3", false), ("3e300", "3", true),
        ("9223372036854775807", "7", true), ("0.1", "10", false), ("5e-324", "5e-323", false),
        ("9007199254740991.0", "1", true),
    ])
    func `a multiple is one of the decimals as they are written`(number: String, divisor: String, isMultiple: Bool)
        throws
    {
        #expect(try schema("{\"multipleOf\":\(divisor)}").allows(try JSON.parse(number)) == isMultiple)
    }

    @Test func `names are told apart by their bytes`() throws {
        let schema = try schema("{\"properties\":{\"\u{E9}\":{\"type\":\"string\"}},\"additionalProperties\":false}")
        #expect(schema.allows(["\u{E9}": "x"]))
        #expect(!schema.allows(["e\u{301}": "x"]))
    }

    @Test func `a schema follows a value down and gives up before the stack does`() throws {
        let schema = try schema(##"{"type":"array","items":{"$ref":"#"}}"##)
        let depth = 150
        let deep = try JSON.parse(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        #expect(schema.allows(deep))
        let most = JSON.depthLimit
        let deepest = try JSON.parse(String(repeating: "[", count: most) + String(repeating: "]", count: most))
        #expect(
            schema.validate(deepest).map(\.message) == ["too deep: the schema leads back to itself more than 400 times"]
        )
        let wrong = try JSON.parse(
            String(repeating: "[", count: depth - 1) + "1" + String(repeating: "]", count: depth - 1))
        #expect(schema.validate(wrong).map(\.message) == ["an integer, expected a list"])
    }

    @Test func `the schema of an answer takes what the answer's type takes`() throws {
        let type = try AnswerType(reading: [
            "text": "string <= 5", "kind": ["one of": ["a", "b"], "or": "null"], "n": "integer or null",
            "rows": ["list of": ["x": "number"], "at most": "2"],
        ])
        let schema = try JSONSchema.compile(type.jsonSchema)
        let good: Value = ["text": "abc", "kind": nil, "n": 3.0, "rows": [["x": 1]]]
        #expect(schema.allows(good) && type.validate(good).isEmpty)
        for (field, value) in [
            ("text", "abcdef"), ("kind", "c"), ("n", 2.5), ("rows", [[:]]), ("rows", [["x": 1], ["x": 2], ["x": 3]]),
            ("more", 1),
        ] as [(String, Value)] {
            var bad = good.map ?? ValueMap()
            bad.set(field, to: value)
            #expect(!schema.allows(.map(bad)))
            #expect(!type.validate(.map(bad)).isEmpty)
        }
    }
}

/// What a loader was asked for, on the one thread that compiles.
private final class Asked {
    var uris: [String] = []
}
