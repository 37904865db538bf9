import Testing
import Values

@testable import Expressions

/// What recipes add to CEL or stress; CEL itself is tested by its conformance cases.
@Suite struct EvaluationTests {
    @Test(
        arguments: [
            ("input.score > 2", true), ("input.score * 2", 5.0), ("2 + input.score", 4.5), ("input.score == 3", false),
            ("input.score >= -2", true), ("facts.count > 1.5", true), ("facts.count > 0 ? input.score : 0", 2.5),
            ("optional.of(input.score).orValue(1)", 2.5),
        ] as [(String, Value)])
    func `a whole number written beside a number is a number`(text: String, value: Value) throws {
        #expect(try Workbench.value(text) == value)
    }

    @Test(
        arguments: [
            ("input.title.size() + size(facts.people)", 10),
            ("[1, 2, 3].filter(x, x > 1).map(x, string(x)).join(\"+\")", "2+3"),
            ("facts.people.map(p, p.startsWith(\"A\"), p.size())", [4]),
            ("notes.map(n, n.note.text).join(\",\")", "one,two"),
            ("notes[1].note.text", "two"),
            ("input[\"Company Name\"]", "Müller & Söhne"),
            ("\"b\" in input.meta.tags && !(\"c\" in input.meta.tags)", true),
            ("\"title\" in input", true),
            ("input.raw.n + 1", 2),
            ("seen.getFullYear(\"Europe/Berlin\")", 2009),
            ("seen + duration(\"30s\") > seen", true),
            ("type(seen) == google.protobuf.Timestamp", true),
            ("[input.path, input.title].exists_one(t, t.contains(\"letter\"))", false),
            ("{\"a\": 1, \"b\": 2}.map(k, k).join()", "ab"),
            ("\"%s is %.1f\".format([input.title, input.score])", "A letter is 2.5"),
            ("cel.bind(t, input.title, t + t)", "A letterA letter"),
            ("facts.people.exists(i, p, i == 1 && p == \"Bob\")", true),
        ] as [(String, Value)])
    func `expressions give their values`(text: String, value: Value) throws {
        #expect(try Workbench.value(text) == value)
    }

    @Test func `texts are compared and counted by code points, never by what they look like`() throws {
        #expect(try Workbench.value("\"\\u00e9\" == \"e\\u0301\"") == false)
        #expect(try Workbench.value("size(\"e\\u0301\")") == 2)
        #expect(try Workbench.value("\"a\\r\\nb\".split(\"\\n\").size()") == 2)
        #expect(try Workbench.value("\"👩‍👩‍👧\".size()") == 5)
    }

    @Test func `a part that decides makes up for one that fails`() throws {
        #expect(try Workbench.value("1 / 0 > 1 || true") == true)
        #expect(try Workbench.value("facts.people[9] == \"\" && false") == false)
        #expect(try Workbench.value("[0, 1].exists(x, 1 / x == 1)") == true)
        #expect(try Workbench.fault(in: "facts.count > 0 && 1 / 0 > 1") == "20: a division by zero")
    }

    @Test(arguments: [
        ("facts.people[9]", "1: there is no item 9; the list has 2"),
        ("input.raw.missing", "1: there is no field 'missing'"),
        ("input.raw[\"missing\"]", "1: there is no field 'missing'"),
        ("1 + 9223372036854775807", "1: the result is beyond the range of integers"),
        ("2 * int(\"x\")", "5: 'x' is not an integer"),
        ("input.raw.n && true", "1: this needs a boolean, not an integer"),
        ("input.raw + 1", "1: `+` cannot take a map and an integer"),
        (
            "page.?lang.value() + optional.none().value()",
            "22: this optional has no value; `orValue` gives another instead"
        ),
        ("input.title.matches(input.path + \"(\")", "1: 'letters/anna.md(' is no pattern: missing ): letters/anna.md("),
    ])
    func `an error tells its place and its reason`(text: String, fault: String) throws {
        #expect(try Workbench.fault(in: text) == fault)
    }

    @Test func `a condition that is no boolean is an error, never false`() throws {
        let expression = try Workbench.compile("input.raw")
        #expect(throws: EvaluationError.self) { try expression.isTrue(Workbench.slots) }
    }

    @Test func `one expression serves many threads at once`() async throws {
        let expression = try Workbench.compile("facts.people.all(p, input.text.mentions(p) && p.matches(\"^[A-Z]\"))")
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    (0..<100).allSatisfy { _ in (try? expression.isTrue(Workbench.slots)) == true }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }

    @Test(arguments: [
        ("input.title", ValueType.string), ("facts.people.map(p, p.size())", .list(.int)),
        ("page.?lang", .optional(.string)), ("page != null ? page.status : null", .nullable(.int)),
        ("input.raw.a", .any), ("[]", .list(.any)), ("{\"a\": [1]}", .map(key: .string, value: .list(.int))),
        ("seen - seen", .duration), ("optional.none()", .optional(.any)), ("notes[0].note", .object(Workbench.note)),
    ])
    func `the type is known before the run`(text: String, type: ValueType) throws {
        #expect(try Workbench.compile(text).type == type)
    }
}
