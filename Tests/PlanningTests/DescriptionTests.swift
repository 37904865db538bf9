import Planning
import TestSupport
import Testing

@Suite struct DescriptionTests {
    @Test func `a plan reads as its golden file shows`() throws {
        let plan = try #require(
            try planned(
                """
                about: Shows every part of a plan.
                models: {writer: local}
                steps:
                  - name: summary
                    ask: {model: writer, prompt: "{{ input.text }}", answer: {text: string}}
                    expect:
                      - rule: |
                          summary.text != ""
                            && size(summary.text) < 700
                    otherwise: flag
                  - name: facts
                    when: summary != null
                    ask: {model: writer, prompt: hi}
                    attempts: 1
                    otherwise: skip
                  - name: rules
                    check: [{rule: input.size > 1}]
                    otherwise: flag
                  - name: card
                    set: {words: size(input.text.words())}
                out: ../out
                output: [{lines: a.txt}, {lines: b/c.txt}]
                """
            ).plan)
        #expect(try differenceFromGolden(PlanDescription(plan: plan, records: 20).text, "every-part.txt") == nil)
    }

    @Test func `a plan that asks nobody and writes nothing says so`() throws {
        let plan = try #require(try planned("steps: [{name: card, set: {a: 1}}]\n").plan)
        #expect(try differenceFromGolden(PlanDescription(plan: plan, records: 1).text, "nothing-asked.txt") == nil)
    }
}
