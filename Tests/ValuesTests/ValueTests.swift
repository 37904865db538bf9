import Testing
import Values

@Suite struct ValueTests {
    @Test(
        arguments: [
            (Value.int(1), Value.double(1)), (.int(1), .uint(1)), (.double(0), .double(-0.0)), ("\u{E9}", "e\u{301}"),
            (.null, .optional(nil)), ([1], [1, 2]), (["a": 1], ["b": 1]), (["a": 1], ["a": 1, "b": 2]),
        ] as [(Value, Value)])
    func `values that are not exactly alike differ`(one: Value, other: Value) {
        #expect(one != other)
        #expect(Set([one, other]).count == 2)
    }

    @Test(
        arguments: [
            (Value.double(.nan), Value.double(-.nan)), (["a": 1, "b": [2]], ["b": [2], "a": 1]),
            ("wieder", "wieder"), (.optional(1), .optional(1)),
        ] as [(Value, Value)])
    func `values that are alike are one in a set, whatever the order of their keys`(one: Value, other: Value) {
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
    }

    @Test func `a field is replaced in its place and a new one added at the end`() {
        var map = ValueMap([("a", 1), ("b", 2)])
        let copy = map
        map.set("a", to: 3)
        map.set("c", to: 4)
        #expect(JSON.text(of: .map(map)) == #"{"a":3,"b":2,"c":4}"#)
        #expect(JSON.text(of: .map(copy)) == #"{"a":1,"b":2}"#)
    }

    @Test(arguments: [3, 9, 40])
    func `a key is found by its bytes in narrow and wide shapes`(width: Int) {
        let shape = MapShape((0..<width).map { .string("k\($0)") } + [.int(1), .string("\u{E9}")])
        #expect(shape.position(of: "k\(width - 1)") == width - 1)
        #expect(shape.position(of: .int(1)) == width)
        #expect(shape.position(of: .uint(1)) == nil)
        #expect(shape.position(of: "\u{E9}") == width + 1)
        #expect(shape.position(of: "e\u{301}") == nil)
    }

    @Test func `texts sort by their bytes`() {
        let texts = ["b", "\u{E9}", "a", "e\u{301}", "ab", "", "\u{1F600}", "\u{FFFD}"].map(ByteText.init)
        #expect(texts.sorted().map(\.text.utf8.first) == [nil, 0x61, 0x61, 0x62, 0x65, 0xC3, 0xEF, 0xF0])
    }

    @Test func `a type reads as an author would say it`() {
        let type = ValueType.object(ObjectType([.init("title", .string), .init("words", .list(.int).orNull)]))
        #expect(type.description == "{title: string, words: list of integer or null}")
    }
}

@Suite struct DecimalTests {
    @Test(arguments: [
        ("12", 12.0), ("-0.5", -0.5), ("+.5", 0.5), (".5", 0.5), ("5.", 5), ("007", 7), ("1e3", 1_000),
        ("1.5E-2", 0.015),
        ("0.1", 0.1), ("123456789012345678", 123_456_789_012_345_680), ("9007199254740993", 9_007_199_254_740_992),
        ("0.30000000000000004", 0.30000000000000004), ("00000000000000000000000001", 1), ("-0", -0.0),
    ])
    func `a decimal number is rounded once`(text: String, number: Double) {
        #expect(Double(decimal: text)?.bitPattern == number.bitPattern)
    }

    @Test(arguments: ["", "-", ".", "1.2.3", "1,5", " 1", "0x10", "inf", "nan", "1e", "1e999", "--1", "1-", "e5", "١"])
    func `no other text is one`(text: String) {
        #expect(Double(decimal: text) == nil)
    }
}
