import Testing
import Values

@Suite struct JSONWriterTests {
    @Test(
        arguments: [
            (Value.null, "null"), (true, "true"), (.int(.min), "-9223372036854775808"), (.int(0), "0"),
            (.int(10), "10"),
            (.uint(.max), "18446744073709551615"), ([], "[]"), ([:], "{}"), (["a", nil, [1]], #"["a",null,[1]]"#),
            (["b": 1, "a": ["c": 2]], #"{"b":1,"a":{"c":2}}"#),
            ("a\"\\/\u{8}\u{C}\n\r\t\u{1F}\u{7F}é😀", #""a\"\\/\b\f\n\r\t\u001f\#u{7F}é😀""#),
            ("1234567\"89012345\\", #""1234567\"89012345\\""#),
        ] as [(Value, String)])
    func `a value is written on one line without a blank`(value: Value, text: String) {
        #expect(JSON.text(of: value) == text)
    }

    @Test(arguments: [
        (1.0, "1.0"), (-2.5, "-2.5"), (0.0, "0.0"), (-0.0, "-0.0"), (635.38, "635.38"), (0.1, "0.1"), (100.0, "100.0"),
        (1.05, "1.05"), (-0.001, "-0.001"), (0.0001, "0.0001"), (1e-5, "1e-05"), (0.12345, "0.12345"),
        (0.1 + 0.2, "0.30000000000000004"), (1e22, "1e+22"), (99_999_999_999.9999, "99999999999.9999"),
        (1.0 / 3, "0.3333333333333333"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
        (.leastNonzeroMagnitude, "5e-324"),
        (.nan, #""NaN""#), (.infinity, #""Infinity""#), (-.infinity, #""-Infinity""#),
    ])
    func `a double is written with its point and no digit too many`(number: Double, text: String) {
        #expect(JSON.text(of: .double(number)) == text)
    }

    @Test(
        arguments: [
            (
                Value.timestamp(Timestamp(seconds: 1_772_368_200, nanoseconds: 250_000_000)),
                #""2026-03-01T12:30:00.25Z""#
            ),
            (.duration(Duration(seconds: -1, nanoseconds: -500_000_000)), #""-1.5s""#), (.bytes([]), #""""#),
            (.bytes([0xFF]), #""/w==""#), (.bytes([1, 2]), #""AQI=""#), (.bytes([1, 2, 0xFB]), #""AQL7""#),
            (.type("int"), #""int""#), (.optional(nil), "null"), (.optional(3), "3"),
            (
                .map(ValueMap(shape: MapShape([.int(-1), .uint(2), .bool(true)]), values: [1, 2, 3])),
                #"{"-1":1,"2":2,"true":3}"#
            ),
        ] as [(Value, String)])
    func `what CEL adds to JSON is written as protobuf writes it`(value: Value, text: String) {
        #expect(JSON.text(of: value) == text)
    }

    @Test func `every double comes back as it was`() throws {
        var random = SystemRandomNumberGenerator()
        for round in 0..<4_000 {
            let bits = Double(bitPattern: random.next())
            let short = (Double(Int64(truncatingIfNeeded: random.next()) >> 24) / 1e4)
            for number in [round.isMultiple(of: 2) ? bits : 1 / bits, short] where number.isFinite {
                let text = JSON.text(of: .double(number))
                #expect(try JSON.parse(text) == .double(number), "\(text)")
                if number.magnitude < 1e11, number.magnitude >= 1e-3 { #expect(text == number.description) }
            }
        }
    }

    @Test func `texts of every length and escape come back as they were`() throws {
        let parts: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{0}", "é", "😀", "z"]
        var random = SystemRandomNumberGenerator()
        for length in 0..<200 {
            for _ in 0..<5 {
                var text = ""
                for _ in 0..<length {
                    let plain = Int.random(in: 0..<4, using: &random) > 0
                    text.unicodeScalars.append(plain ? "x" : parts[Int.random(in: 0..<parts.count, using: &random)])
                }
                var bytes = Array("[".utf8)
                JSON.append(text, to: &bytes)
                bytes.append(UInt8(ascii: "]"))
                #expect(try JSON.parse(bytes) == [.string(text)])
            }
        }
    }

    @Test func `a large value outgrows no buffer`() throws {
        let value: Value = .list(
            (0..<2_000).map { ["n": .int($0), "text": .string(String(repeating: "\u{1}é", count: 40))] })
        #expect(try JSON.parse(JSON.bytes(of: value)) == value)
    }

    @Test func `for people a value is indented and short lists stay on their line`() {
        let value: Value = [
            "name": "x", "counts": [1, 2.5, "three"], "empty": [[], [:]], "nested": [["a": 1], ["b": [true]]],
        ]
        #expect(
            JSON.prettyText(of: value) == """
                {
                  "name": "x",
                  "counts": [1, 2.5, "three"],
                  "empty": [
                    [],
                    {}
                  ],
                  "nested": [
                    {
                      "a": 1
                    },
                    {
                      "b": [true]
                    }
                  ]
                }
                """)
    }
}
