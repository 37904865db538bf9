import Testing
import Values

@Suite struct PackedTests {
    @Test func `a packed value comes back as it was, type and all`() {
        let value: Value = [
            "null": nil, "truth": true, "int": .int(-5), "uint": .uint(5), "double": .double(-0.0), "text": "é\u{0}",
            "bytes": .bytes([0, 255]), "list": [1, [], [:]], "type": .type("int"), "none": .optional(nil),
            "some": .optional(.string("x")), "when": .timestamp(Timestamp(seconds: -1, nanoseconds: 7)),
            "long": .duration(Duration(seconds: 3, nanoseconds: 9)),
            "keys": .map(ValueMap(shape: MapShape([.int(1), .uint(2), .bool(true)]), values: [1, 2, 3])),
        ]
        #expect(Value(packed: value.packed) == value)
    }

    @Test func `bytes that are cut or go on are no value`() {
        let packed = Value.list(["a", .int(2), ["b": nil]]).packed
        for count in 0..<packed.count { #expect(Value(packed: Array(packed.prefix(count))) == nil) }
        #expect(Value(packed: packed + [0]) == nil)
        #expect(Value(packed: [7, 255, 255, 255, 255, 255, 255, 255, 255]) == nil)
        #expect(Value(packed: [99]) == nil)
    }
}
