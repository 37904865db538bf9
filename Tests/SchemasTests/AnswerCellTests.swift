import Schemas
import Testing
import Values

@Suite struct AnswerCellTests {
    @Test(
        arguments: [
            ("string", "", ""), ("string", " a ", " a "), ("string or null", "", nil),
            ("string or null", "null", "null"),
            ("integer", "12", 12), ("integer", "-3", -3), ("integer", "+3", 3), ("integer", " 7\t", 7),
            ("integer or null", "", nil),
            ("number", "12", 12.0), ("number", "-0.5", -0.5), ("number", "1e3", 1000.0), ("number", ".5", 0.5),
            ("boolean", "true", true), ("boolean", "FALSE", false), ("date", "2024-02-29", "2024-02-29"),
            ("date", " 2024-02-29", "2024-02-29"),
            ("timestamp", "1970-01-01T00:00:01Z", .timestamp(Timestamp(seconds: 1))),
            (["one of": ["a", "b c"]], "b c", "b c"),
            (["one of": ["a"], "or": "null"], "", nil),
        ] as [(Notation, String, Value)])
    func `a cell is read as its column's type`(notation: Notation, cell: String, value: Value) throws {
        #expect(try AnswerType(reading: notation).value(fromCell: cell) == .success(value))
    }

    @Test(
        arguments: [
            ("integer", "", "the cell is empty; 'integer or null' would allow it"),
            ("date", "", "the cell is empty; 'date or null' would allow it"),
            ("integer", "12.5", "'12.5' is no whole number"),
            ("integer", "99999999999999999999", "'99999999999999999999' is no whole number"),
            ("integer", "1 000", "'1 000' is no whole number"),
            ("number", "12,5", "'12,5' is no number; write it like 12.5"),
            ("number", "nan", "'nan' is no number; write it like 12.5"),
            ("number", "0x1p3", "'0x1p3' is no number; write it like 12.5"),
            ("number", "1e999", "'1e999' is no number; write it like 12.5"),
            ("number", " ", "' ' is no number; write it like 12.5"),
            ("boolean", "yes", "'yes' is neither true nor false"),
            ("date", "2025-02-30", "'2025-02-30' is no date; write it like 2026-03-01"),
            ("timestamp", "2026-03-01", "'2026-03-01' is no timestamp; write it like 2026-03-01T12:30:00Z"),
            (["one of": ["a", "b"]], " a", "' a' is none of a, b"), ("string <= 3", "abcd", "4 characters, at most 3"),
            (["string"], "x", "'x' is no cell of this column, which takes a list"),
        ] as [(Notation, String, String)])
    func `a cell that is no value of its type says why`(notation: Notation, cell: String, message: String) throws {
        #expect(try AnswerType(reading: notation).value(fromCell: cell) == .failure(CellError(message)))
    }

    @Test func `a text of any length is a cell unless the recipe bounds it`() throws {
        let text = String(repeating: "x", count: 5_000)
        #expect(try AnswerType(reading: "string").value(fromCell: text) == .success(.string(text)))
    }
}
