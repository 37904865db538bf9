import Planning
import TestSupport
import Testing
import Values

@Suite struct ItemPlanTests {
    private static let head = """
        steps:
          - name: first
            set: {a: 1}
          - name: notes

        """

    @Test func `inner answers are a typed list outside, and names inside`() throws {
        let planned = try planned(
            Self.head + """
                    each: {of: input.tags, as: tag}
                    steps:
                      - {name: note, ask: {prompt: "{{ tag }} {{ first.a }}"}, otherwise: flag}
                      - {name: size_of, when: note != null, set: {n: size(note.text)}}
                  - name: last
                    set: {all: "notes.map(n, n.size_of != null ? n.size_of.n : 0)", one: size(notes)}

                """)
        #expect(planned.errors == [])
        #expect(
            planned[step: "notes"]?.type.description
                == "list of {note: {text: string} or null, size_of: {n: integer} or null}")
        #expect(planned.plan?.allSteps.map(\.name) == ["first", "notes", "last", "notes.note", "notes.size_of"])
        #expect(planned.plan?.allSteps.map(\.place) == [0, 1, 2, 3, 4])
    }

    @Test func `inner names are visible inside alone`() throws {
        try check(
            Self.head + """
                    each: {of: input.tags}
                    steps:
                      - {name: note, ask: {prompt: "{{ item }} {{ «1»last.b }}"}}
                  - name: last
                    set: {b: «2»note.text, c: «3»item}

                """, "'last' is a later step; only what stands above can be read",
            "'note' is a step for each item of 'notes'; outside of it, its answers are `notes.map(x, x.note)`",
            "nothing here is called 'item'; a text needs quotes, \"item\"")
    }

    @Test func `what cannot stand inside is told with the reason`() throws {
        try check(
            Self.head + """
                    each: {of: input.tags}
                    attempts: «1»2
                    steps:
                      - name: «2»first
                        set: {b: 1}

                """, "'attempts' belongs to the inner steps, which are tried again one by one",
            "an outer step is called 'first', too; give the inner one another name")
        try check(
            Self.head + """
                    each: {of: input.tags}
                    steps:
                      - name: inner
                        «1»each: {of: input.tags}
                        steps: []

                """, "an 'each' inside an 'each' is not possible; let the first make one list, and go through that")
        try check(
            Self.head + """
                    each: {of: «1»input.text, as: tag}
                    steps: [{name: note, set: {b: 1}}]

                """, "'of' is a list, and this is string")
    }

    @Test func `inner steps are counted for each item`() throws {
        let plan = try #require(
            try planned(
                """
                models: {writer: {provider: local, price: {input: 1, output: 2}}}
                steps:
                  - name: notes
                    each: {of: input.tags, as: tag}
                    steps:
                      - {name: note, ask: {model: writer, prompt: "{{ tag }}"}}
                      - {name: more, when: note.text != "", ask: {model: writer, prompt: hi}, attempts: 1}
                    otherwise: flag
                limits: {spend: 5}

                """
            ).plan)
        #expect(try differenceFromGolden(PlanDescription(plan: plan, records: 20).text, "each.txt") == nil)
    }
}
