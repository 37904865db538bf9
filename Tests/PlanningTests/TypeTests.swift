import Planning
import Testing
import Values

/// Types of conditions, calls, templates, and what may be null.
@Suite struct TypeTests {
    @Test func `a condition is true or false`() throws {
        try check(
            """
            steps:
              - name: one
                when: «1»input.size
                set: {a: 1}
                expect: [{rule: «2»one.a + 1}]
            """,
            "'when' must be true or false, and this is integer",
            "a rule must be true or false, and this is integer")
    }

    @Test func `a call with a wrong type is told at its argument`() throws {
        try check(
            """
            steps:
              - name: one
                set: {a: input.text.startsWith(«1»input.size), b: input.text.truncate(«2»"3")}
            """,
            "'startsWith' takes a string here, not an integer; write `string(input.size)`",
            "'truncate' takes an integer here, not a string")
    }

    @Test func `a field that may be null is tested before it is read`() throws {
        try check(
            """
            steps:
              - name: one
                set: {a: size(«1»input.title)}
              - name: two
                set: {a: 'input.title != null ? size(input.title) : 0', b: 'input.?title.orValue("none")'}
              - name: three
                when: input.title != null
                set: {a: size(input.title), b: "{{ input.title }}"}
            """,
            "'input.title' may be null here; write `input.?title.orValue(\"\")`"
        )
    }

    @Test func `a step with a when may be null, and its when does not hold for later ones`() throws {
        try check(
            """
            steps:
              - name: page
                when: input.size > 10
                ask: {prompt: hi, answer: {text: string}}
              - name: two
                set: {a: «1»page.text}
              - name: three
                when: page != null && page.text != ""
                ask: {prompt: "{{ page.text }}"}
                expect: [{rule: three.text != page.text}]
              - name: four
                set: {a: "{{ «2»page.text }}", b: page.?text.orValue("")}
            """,
            "'page' may be null here; write `page.?text.orValue(\"\")`",
            "'page' may be null here; write `page.?text.orValue(\"\")`")
    }

    @Test func `a text shows no list and no null`() throws {
        try check(
            """
            steps:
              - name: one
                ask: {prompt: "{{ «1»input.tags }} {{ «2»input.title }} {{ «3»input }} {{ input.size }}"}
            """,
            "'input.tags' is a list; write `input.tags.join(\", \")` or `json(input.tags)`",
            "'input.title' may be null, and null has no text; write `input.?title.orValue(\"\")`",
            "'input' is a map; write `json(input)` or read one field")
    }

    @Test func `a text that is only a known name was meant to be read`() throws {
        try check(
            """
            steps:
              - name: one
                ask: {prompt: «1»input.text}
                expect:
                  - {rule: one.text != "", because: «2»one.text}
                  - {rule: one.text != "", because: nothing is known of it}
              - name: two
                ask: {prompt: «3»one}
              - name: three
                ask: {prompt: summarise}
            """,
            "'input.text' is taken as it stands, word for word; did you mean `{{ input.text }}`?",
            "'one.text' is taken as it stands, word for word; did you mean `{{ one.text }}`?",
            "'one' is taken as it stands, word for word; did you mean `{{ one }}`?")
    }

    // MARK: Flagged steps

    @Test func `reading the answer of a step that may be flagged is warned of`() throws {
        try checkWarnings(
            """
            steps:
              - name: facts
                ask: {prompt: hi, answer: {kind: string, people: [string]}}
                otherwise: flag
              - name: card
                set: {a: «1»facts.kind}
            """,
            "'facts' has no answer where it was flagged without one, and a record without it fails here; to go on "
                + "with it, test it: `facts != null`")
    }

    @Test(arguments: [
        "set: {a: 'facts != null ? facts.kind : \"\"'}", "set: {a: 'facts.?kind.orValue(\"\")'}",
        "{when: facts != null, set: {a: facts.kind}}", "set: {a: 'facts != null && facts.kind == \"x\"'}",
    ])
    func `nothing is warned of where the answer is tested`(step: String) throws {
        let body = step.hasPrefix("{") ? String(step.dropFirst().dropLast()) : step
        let planned = try planned(
            """
            steps:
              - {name: facts, ask: {prompt: hi, answer: {kind: string}}, otherwise: flag}
              - {name: card, \(body)}
            """)
        #expect(planned.errors == [])
        #expect(planned.warnings == [])
    }

    @Test func `a check that flags has its findings all the same`() throws {
        try checkWarnings(
            """
            steps:
              - {name: rules, check: [{rule: input.size > 1}], otherwise: flag}
              - {name: card, set: {a: rules.passed}}
            """)
    }

    @Test func `a flagged step with a when is an error to read untested, as any with a when`() throws {
        try check(
            """
            steps:
              - {name: facts, when: input.size > 1, ask: {prompt: hi, answer: {kind: string}}, otherwise: flag}
              - {name: card, set: {a: «1»facts.kind}}
            """,
            "'facts' may be null here; write `facts.?kind.orValue(\"\")`")
    }

    @Test func `the plan shows what may be null`() throws {
        let planned = try planned(
            """
            steps:
              - {name: plain, ask: {prompt: hi, answer: {n: integer}}}
              - {name: flagged, ask: {prompt: hi, answer: {n: integer}}, otherwise: flag}
              - {name: rules, check: [{rule: input.size > 1}], otherwise: flag}
              - {name: left_out, when: plain.n > 1, set: {n: 1}}
            """)
        #expect(
            planned.plan?.steps.map(\.type.description) == [
                "{n: integer}", "{n: integer} or null", "{passed: boolean}", "{n: integer} or null",
            ])
    }
}
