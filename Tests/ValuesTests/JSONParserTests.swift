import Testing
import Values

@Suite struct JSONParserTests {
    @Test(
        arguments: [
            ("null", Value.null), (" true\n", true), ("\t[false ]\r\n", [false]), ("{}", [:]), ("[]", []),
            ("\"\"", ""), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{C}\n\r\tz"),
            (#""\u00e9\u20AC\ud83d\ude00""#, "é€😀"), (#""é€😀""#, "é€😀"), (#"["\u0000"]"#, ["\u{0}"]),
            (#"{"a":{"b":[1,{"c":null}]}}"#, ["a": ["b": [1, ["c": nil]]]]),
            ("\u{FEFF}{}", [:]),
        ] as [(String, Value)])
    func `a text is read as the value it says`(text: String, value: Value) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(
        arguments: [
            ("0", Value.int(0)), ("-0", .int(0)), ("7", .int(7)), ("-12", .int(-12)),
            ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("123456789012345678901234", .double(1.2345678901234568e23)),
            ("1.0", .double(1)), ("-0.0", .double(-0.0)), ("1e3", .double(1_000)), ("1E-2", .double(0.01)),
            ("0.1", .double(0.1)),
            ("635.38", .double(635.38)), ("0.30000000000000004", .double(0.30000000000000004)),
            ("2.2250738585072014e-308", .double(2.2250738585072014e-308)), ("5e-324", .double(.leastNonzeroMagnitude)),
            ("1e-400", .double(0)),
            ("9007199254740993.0", .double(9_007_199_254_740_992)),
            ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
            ("0.000000000000000000000000000001", .double(1e-30)),
            ("123456789012345678e-5", .double(1234567890123.45678)),
        ] as [(String, Value)])
    func `a number keeps its kind and is rounded once`(text: String, value: Value) throws {
        #expect(try JSON.parse(text) == value)
    }

    @Test(arguments: [
        ("", 0, "a value is missing"), ("[1,", 3, "a value is missing"), ("[1 2]", 3, "',' or ']' is missing"),
        ("[1", 2, "a list is never closed"), (#"{"a":1"#, 6, "an object is never closed"),
        (#"{"a" 1}"#, 5, "':' is missing"), (#"{"a":1,}"#, 7, "a name in quotes is missing"),
        (#"{a:1}"#, 1, "a name in quotes is missing"), (#"{"a":1 "b"}"#, 7, "',' or '}' is missing"),
        ("nul", 0, "no value starts like this"), ("NaN", 0, "no value starts like this"),
        ("01", 0, "a number cannot start with 0"), ("-", 1, "a digit is missing"), ("1.", 2, "a digit is missing"),
        ("1e+", 3, "a digit is missing"), (".5", 0, "no value starts like this"),
        ("1e400", 0, "no 64-bit number is as large as this"), ("1 2", 2, "the text goes on after its value"),
        ("\"abc", 4, "a text is never closed"), ("\"a\nb\"", 2, "a control character in a text must be escaped"),
        (#""a\x""#, 2, "no escape is written like this"), (#""\u12G4""#, 1, "\\u takes four hexadecimal digits"),
        (#""\ud800""#, 1, "half of a surrogate pair stands alone"),
        (#""\ud800\u0041""#, 1, "half of a surrogate pair stands alone"),
    ])
    func `what is no JSON is refused where it shows`(text: String, offset: Int, message: String) {
        #expect(throws: JSONError(offset: offset, message: message)) { try JSON.parse(text) }
    }

    @Test(arguments: [
        ([0x22, 0x61, 0xFF, 0x22], 2), ([0x22, 0xC3, 0x22], 1), ([0x22, 0xC0, 0x80, 0x22], 1),
        ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xC3, 0xA9, 0x5C, 0x6E, 0xF5, 0x22], 5),
        ([0x7B, 0x22, 0x61, 0xFE, 0x22, 0x3A, 0x31, 0x7D], 3),
    ])
    func `bytes that are no UTF-8 are refused, not replaced`(bytes: [UInt8], offset: Int) {
        #expect(throws: JSONError(offset: offset, message: "not UTF-8")) { try JSON.parse(bytes) }
    }

    @Test func `an error tells its line and column`() throws {
        let text = Array("{\"é\": 1,\n  \"b\": tru}".utf8)
        let error = try #require(throws: JSONError.self) { try JSON.parse(text) }
        let place = error.place(in: text)
        #expect((place.line, place.column) == (2, 8))
    }

    @Test func `of a name that comes twice the last value stands in the first place`() throws {
        let value = try JSON.parse(#"{"a":1,"b":2,"a":3,"c":4,"b":5}"#)
        #expect(JSON.text(of: value) == #"{"a":3,"b":5,"c":4}"#)
    }

    @Test func `names that differ only in normalisation are two names`() throws {
        #expect(try JSON.parse("{\"\u{E9}\":1,\"e\u{301}\":2}").map?.count == 2)
    }

    @Test func `a name with escapes is the same name as without`() throws {
        var parser = JSONParser()
        let one = try parser.parse(#"{"a\"b":1,"c":2}"#)
        let same = try parser.parse(#"{"\u0061\"b":1,"\u0063":2}"#)
        #expect(one == same)
        #expect(one.map?.shape === same.map?.shape)
        #expect(throws: JSONError.self) { try parser.parse(#"{"a"b":1}"#) }
    }

    @Test func `nesting up to the limit is read and beyond it refused at once`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
        }
        #expect(throws: Never.self) { try JSON.parse(nested(JSON.depthLimit)) }
        let tooDeep = JSONError(offset: JSON.depthLimit, message: "nested deeper than \(JSON.depthLimit)")
        #expect(throws: tooDeep) { try JSON.parse(nested(JSON.depthLimit + 1)) }
        #expect(throws: tooDeep) { try JSON.parse(nested(1_000_000)) }
    }

    @Test func `no change of a byte breaks the reader, and what it still reads it writes back`() throws {
        let text = Array(
            #"[{"a\n":-1.5e3,"b":[true,null,"é😀\u00e9\ud83d\ude00"]},{"a\n":12,"long name":""}, 0.25 ]"#.utf8)
        var random = SystemRandomNumberGenerator()
        var parser = JSONParser()
        for _ in 0..<4_000 {
            var changed = text
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
                case 1: changed[place] = text[Int.random(in: 0..<text.count, using: &random)]
                case 2: changed.remove(at: place)
                default: changed.removeLast(Int.random(in: 0..<min(changed.count - 1, 10), using: &random))
                }
            }
            do throws(JSONError) {
                let value = try parser.parse(changed)
                #expect(try JSON.parse(JSON.bytes(of: value)) == value)
            } catch {
                #expect((0...changed.count).contains(error.offset))
            }
        }
    }

    @Test func `a value can be read out of what follows it`() throws {
        let text = Array(#"  {"a":1} {"a":2}"#.utf8)
        var parser = JSONParser()
        try text.withUnsafeBufferPointer { bytes in
            let first = try parser.parseValue(in: bytes)
            #expect(first.value == ["a": 1])
            #expect(first.end == 9)
            let second = try parser.parseValue(in: bytes, from: first.end)
            #expect(second.value == ["a": 2])
            #expect(second.end == text.count)
        }
    }
}

@Suite struct JSONShapeTests {
    @Test func `rows of one file share one shape`() throws {
        var parser = JSONParser()
        let rows = try (0..<3).map {
            try parser.parse(#"{"id":\#($0),"city":{"name":"x","a long name of a field":1}}"#)
        }
        #expect(rows[0].map?.shape === rows[2].map?.shape)
        #expect(rows[0]["city"]?.map?.shape === rows[2]["city"]?.map?.shape)
        #expect(rows[2]["id"] == 2)
    }

    @Test func `shapes that take turns are each kept apart`() throws {
        var parser = JSONParser()
        let texts = [#"{"a":1,"b":2}"#, #"{"a":1}"#, #"{"b":1,"a":2}"#, #"{"a":1,"c":3}"#, "{}", #"{"ab":1,"b":2}"#]
        let first = try texts.map { try parser.parse($0) }
        let again = try texts.map { try parser.parse($0) }
        #expect(first == again)
        #expect(again.map { JSON.text(of: $0) } == texts)
        for (one, other) in zip(first, again) { #expect(one.map?.shape === other.map?.shape) }
    }

    @Test func `an object of ten thousand names is read, its doubled names too`() throws {
        let names = (0..<10_000).map { "name \($0)" }
        let text = "{" + (names + ["name 7"]).map { "\"\($0)\":\"\($0)\"" }.joined(separator: ",") + "}"
        var parser = JSONParser()
        for _ in 0..<2 {
            let map = try #require(try parser.parse(text).map)
            #expect(map.count == 10_000)
            #expect(map["name 7"] == "name 7")
            #expect(map["name 9999"] == "name 9999")
        }
    }

    @Test func `names that never come again do not crowd out those that do`() throws {
        var parser = JSONParser()
        for number in 0..<2_000 {
            let value = try parser.parse(#"{"key \#(number)":{"k\#(number)":1},"z":0}"#)
            #expect(value["key \(number)"]?["k\(number)"] == 1)
        }
        let rows = try (0..<500).map { try parser.parse(#"{"a":\#($0)}"#) }
        #expect(rows[498].map?.shape === rows[499].map?.shape)
    }
}

@Suite struct JSONScannerTests {
    @Test(arguments: [
        #"{"a":"}]\"","b":[1,{"c":"\\"}]}"#, #"["[",{}]"#, #""te,xt\"""#, "12.5e3", "true", " \n\t [1]", #"{"é":"ü"}"#,
    ])
    func `a value ends where it ends, however the bytes arrive`(value: String) throws {
        let text = Array((value + " ,null").utf8)
        let end = value.utf8.count
        #expect(text.withUnsafeBufferPointer { JSONScanner.endOfValue(in: $0) } == end)
        for cut in 0...end {
            var scanner = JSONScanner()
            let found = text[..<cut].withUnsafeBufferPointer { scanner.end(in: $0) }
            if let found {
                #expect(found == end)
            } else {
                #expect(text[cut...].withUnsafeBufferPointer { scanner.end(in: $0) } == end - cut)
            }
        }
    }

    @Test func `the elements of a list are found one after another`() throws {
        let text = Array(#"[ {"a":1} , {"a":2},3 ]"#.utf8)
        var found: [String] = []
        text.withUnsafeBufferPointer { bytes in
            var at = 1
            while let end = JSONScanner.endOfValue(in: bytes, from: at) {
                found.append(String(decoding: bytes[at..<end], as: UTF8.self).filter { $0 != " " })
                guard let comma = bytes[end...].firstIndex(of: UInt8(ascii: ",")) else { break }
                at = comma + 1
            }
        }
        #expect(found == [#"{"a":1}"#, #"{"a":2}"#, "3"])
    }
}
