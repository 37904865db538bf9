import Diagnostics
import Schemas
import TestSupport
import Testing
import Values

@Suite struct AnswerReadingTests {
    @Test(arguments: [
        ("string", AnswerType.string(maxLength: nil)), ("string <= 700", .string(maxLength: 700)),
        ("string<=700", .string(maxLength: 700)), ("  integer ", .integer), ("number", .number), ("boolean", .boolean),
        ("date", .date), ("timestamp", .timestamp), ("integer or null", .nullable(.integer)),
        ("string <= 40 or null", .nullable(.string(maxLength: 40))),
        ("string\n  or null", .nullable(.string(maxLength: nil))),
    ])
    func `a word is a type`(word: String, type: AnswerType) {
        var problems = Problems()
        #expect(AnswerType.read(.word(LocatedText(word)), problems: &problems) == type)
        #expect(problems.all.isEmpty)
    }

    @Test func `every form of the notation is read`() throws {
        let type = try AnswerType(reading: [
            "text": "string <= 700", "people": ["list of": "string", "at most": "12"], "dates": ["date"],
            "kind": ["one of": ["report", "letter", "other"]], "label": ["one of": ["a", "b"], "or": "null"],
            "address": ["street": "string", "zip": "integer or null", "or": "null"],
            "lines": ["list of": ["item": "string", "price": "number"], "or": "null"], "or": "boolean",
        ])
        #expect(
            type
                == .object([
                    .init("text", .string(maxLength: 700)),
                    .init("people", .list(of: .string(maxLength: nil), atMost: 12)),
                    .init("dates", .list(of: .date, atMost: nil)),
                    .init("kind", .oneOf(["report", "letter", "other"])),
                    .init("label", .nullable(.oneOf(["a", "b"]))),
                    .init(
                        "address",
                        .nullable(
                            .object([.init("street", .string(maxLength: nil)), .init("zip", .nullable(.integer))]))),
                    .init(
                        "lines",
                        .nullable(
                            .list(
                                of: .object([.init("item", .string(maxLength: nil)), .init("price", .number)]),
                                atMost: nil))),
                    .init("or", .boolean),
                ]))
        #expect(
            type.valueType.description
                == """
                {text: string, people: list of string, dates: list of string, kind: string, label: string or null, \
                address: {street: string, zip: integer or null} or null, \
                lines: list of {item: string, price: number} or null, or: boolean}
                """)
        #expect(
            type.description
                == """
                {text: string <= 700, people: {list of: string, at most: 12}, dates: [date], \
                kind: {one of: [report, letter, other]}, label: {one of: [a, b], or: null}, \
                address: {street: string, zip: integer or null, or: null}, \
                lines: {list of: {item: string, price: number}, or: null}, or: boolean}
                """)
    }

    @Test(arguments: [
        ("«1»strng«2»", "no type is called 'strng'; did you mean 'string'?"),
        ("«1»int«2» or null", "no type is called 'int'; write integer"),
        ("«1»Text«2»", "no type is called 'Text'; write string"),
        ("«1»enum«2»", "no type is called 'enum'; write {one of: […]}"),
        (
            "«1»frobnicate«2»",
            "no type is called 'frobnicate'; known are string, integer, number, boolean, date, timestamp, [type], {one of: […]} and nested fields"
        ),
        ("string «1»< 700«2»", "a string is bounded with '<=', such as 'string <= 700'"),
        ("string «1»<= many«2»", "a length is a whole number from 1 on, such as 'string <= 700'"),
        ("string «1»<= 0«2»", "a length is a whole number from 1 on, such as 'string <= 700'"),
        ("string «1»<=«2»", "a length is a whole number from 1 on, such as 'string <= 700'"),
        (
            "integer «1»<= 5«2»",
            "only a string is bounded here; write 'integer', and a rule under `expect` for the rest"
        ),
        ("string «1»| null«2»", "for what may be null write 'string or null'"),
        ("string«1»?«2»", "for what may be null write 'string or null'"),
        ("string «1»or nil«2»", "for what may be null write 'string or null'"),
        ("string or null «1»please«2»", "nothing can follow 'null' here"),
        ("string «1»of«2» names", "'of' cannot follow 'string'; write 'string' or 'string or null'"),
        ("«1»quote(input.text)«2»", "only an 'ask' can quote: its answer is compared with what the model was shown"),
        (
            "«1»«2»",
            "a type is missing; known are string, integer, number, boolean, date, timestamp, [type], {one of: […]} and nested fields"
        ),
    ])
    func `a word that is no type is told at its place with its mend`(marked: String, message: String) {
        let word = MarkedText(marked)
        var problems = Problems()
        #expect(AnswerType.read(.word(LocatedText(word.text)), problems: &problems) == nil)
        let span = SourceSpan(file: "recipe.yaml", start: word[1], end: word[2])
        #expect(problems.all == [.error(message, at: span)])
    }

    @Test(
        arguments: [
            ([] as Notation, "a list names the type of its items, such as [string]"),
            (["a", "b"], "a list has one type for all its items; for a choice write {one of: [a, b]}"),
            (["string", ["x": "string"]], "a list has one type for all its items; for a choice write {one of: […]}"),
            ([:], "name at least one field, such as {text: string}"),
            (["one of": []], "'one of' needs at least one choice"),
            (["one of": "a, b"], "'one of' takes a list of choices, such as [low, high]"),
            (["one of": ["a", "b", "a"]], "'a' is named twice"),
            (["one of": ["a", "null"]], "null is no choice; write {one of: […], or: null}"),
            (["one of": [["a": "b"]]], "a choice is a plain text"),
            (["one of": ["a"], "at least": "1"], "'one of' takes no 'at least' beside it, only 'one of', 'or'"),
            (["list of": "string", "atmost": "3"], "'list of' takes no 'atmost' beside it; did you mean 'at most'?"),
            (["list of": "string", "at most": "0"], "'at most' takes a whole number from 1 on"),
            (["list of": "string", "at most": ["3"]], "'at most' takes a whole number from 1 on"),
            (["oneof": ["a", "b"]], "a field cannot be called 'oneof'; did you mean 'one of'?"),
            (["List_Of": "string"], "a field cannot be called 'List_Of'; did you mean 'list of'?"),
            (["at most": "3"], "'at most' bounds a list; write {list of: string, at most: 12}"),
            (
                ["first name": "string"],
                "'first name' cannot name a field of an answer: letters a to z, digits and _, at most 64, no digit first"
            ),
            (
                ["1st": "string"],
                "'1st' cannot name a field of an answer: letters a to z, digits and _, at most 64, no digit first"
            ),
            (
                ["schema": "facts.json"],
                "a schema file can only be named by the 'answer' of a step"
            ),
        ] as [(Notation, String)])
    func `a form that means nothing is told with its mend`(notation: Notation, message: String) {
        var problems = Problems()
        #expect(AnswerType.read(notation.answer, problems: &problems) == nil || problems.hasErrors)
        #expect(problems.all.map(\.message) == [message])
    }

    @Test func `every mistake of a notation is told in one pass`() {
        let notation: Notation = [
            "a": "strng", "b": ["c": "string <= x", "d": ["one of": ["x", "x"]]], "e": "number",
        ]
        var problems = Problems()
        #expect(AnswerType.read(notation.answer, problems: &problems) == nil)
        #expect(problems.all.count == 3)
    }

    @Test func `columns of the user's own may have any name`() throws {
        let type = try AnswerType(reading: ["First Name": "string", "last-modified": "date"], for: .input)
        #expect(type == .object([.init("First Name", .string(maxLength: nil)), .init("last-modified", .date)]))
    }

    @Test(
        arguments: [
            ("string", "an answer has named fields; write {text: string}"),
            (["string"], "an answer has named fields; write {text: [string]}"),
            (["a": "string", "or": "null"], "the whole cannot be null; leave `or: null` out here"),
        ] as [(Notation, String)])
    func `a whole answer has named fields`(notation: Notation, message: String) {
        var problems = Problems()
        #expect(AnswerType.readFields(notation.answer, problems: &problems) == nil)
        #expect(problems.all.map(\.message) == [message])
    }
}
