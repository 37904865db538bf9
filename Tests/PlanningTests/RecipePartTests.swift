import Planning
import Recipes
import Steps
import Testing
import Values

/// Settings, limits, outputs and the keys that some steps cannot have.
@Suite struct RecipePartTests {
    private let step = "steps: [{name: one, ask: {prompt: \"{{ settings.tone }}\"}}]\n"

    private func options(_ settings: [String: String]) -> Planner.Options {
        var options = Planner.Options()
        options.settings = settings
        return options
    }

    // MARK: Settings

    @Test func `a setting has its default, or what the command line gives`() throws {
        #expect(try planned(step).plan?.settings["tone"] == "plain")
        #expect(try planned(step, options: options(["tone": "warm"])).plan?.settings["tone"] == "warm")
    }

    @Test func `the command line's value has the setting's type`() throws {
        let recipe = """
            recipe: a
            input: {rows: {a: string}}
            settings: {most: {type: integer, default: 3}}
            steps: [{name: one, set: {a: settings.most + 1}}]
            """
        #expect(try Planned(recipe, options: options(["most": "12"])).plan?.settings["most"] == 12)
        #expect(
            try Planned(recipe, options: options(["most": "many"])).errors == [
                "--set most=many: 'many' is no whole number"
            ])
    }

    @Test func `a setting that the recipe lacks is told with the nearest`() throws {
        #expect(
            try planned(step, options: options(["tune": "warm"])).errors == [
                "--set tune: the recipe has no setting 'tune'; did you mean 'tone'?"
            ])
    }

    @Test func `a setting without a value, with a wrong default or a wrong type is told, its readers are not`() throws {
        let planned = try Planned(
            """
            recipe: a
            input: {rows: {a: string}}
            settings:
              none: {type: string}
              bad: {type: integer, default: few}
              odd: {type: intger, default: 3}
            steps: [{name: one, set: {a: settings.none, b: settings.bad + 1, c: settings.odd + 1}}]
            """)
        #expect(
            planned.errors == [
                "4:3 the setting 'none' has no default; give it one, or run with --set none=VALUE",
                "5:33 the default does not fit its type: a string, expected an integer",
                "6:15 no type is called 'intger'; did you mean 'integer'?",
            ])
    }

    // MARK: Steps

    @Test func `a step that computes takes neither attempts nor a time limit`() throws {
        try check(
            """
            steps:
              - {name: one, set: {a: 1}, attempts: «1»2, timeout: «2»10s}
              - {name: two, check: [{rule: one.a > 0}], attempts: «3»2}
              - {name: three, ask: {prompt: hi}, attempts: 5, timeout: 10s}
            """,
            "'attempts' makes no sense on a 'set' step, which gives the same result every time; take it out",
            "'timeout' makes no sense on a 'set' step, which waits for nobody; take it out",
            "'attempts' makes no sense on a 'check' step, which gives the same result every time; take it out")
    }

    @Test func `a rule on an answer cannot be a warning`() throws {
        try check(
            """
            steps:
              - {name: two, ask: {prompt: hi}, expect: [«1»{rule: two.text != "", severity: warning}]}
            """,
            "a rule under 'expect' cannot be a warning; write it in a 'check' step")
    }

    @Test func `an ask has three attempts where it names none, and everything ends in failing`() throws {
        let planned = try planned(
            """
            steps:
              - {name: one, ask: {prompt: hi}}
              - {name: two, ask: {prompt: hi}, attempts: 7, timeout: 1m30s, otherwise: skip}
              - {name: three, set: {a: 1}}
            """)
        let steps = try #require(planned.plan?.steps)
        #expect(steps.map(\.attempts) == [3, 7, 1])
        #expect(steps.map(\.timeout) == [nil, .seconds(90), nil])
        #expect(steps.map(\.otherwise) == [.fail, .skip, .fail])
        #expect(steps.map(\.slot) == [4, 5, 6])
    }

    @Test func `with a budget every model that is asked has a price`() throws {
        try check(
            """
            models: {free: local, writer: «1»{provider: local, model: unpriced}, unused: {provider: local, model: unpriced}}
            steps:
              - {name: one, ask: {model: writer, prompt: hi}}
              - {name: two, ask: {model: writer, prompt: hi}}
              - {name: three, ask: {model: free, prompt: hi}}
            limits: {spend: 3}
            """,
            "the run has a budget ('limits: {spend: …}'), and the model 'writer' has no price; write what a million tokens "
                + "cost: 'price: {input: …, output: …}'")
    }

    @Test func `the plan says what a run costs at worst, and what it may cost`() throws {
        let plan = try #require(
            try planned(
                """
                models: {writer: {provider: local, price: {input: 0.5, output: 2}}}
                steps: [{name: one, ask: {model: writer, prompt: hi}, attempts: 2}]
                limits: {spend: 3, time: 90m}

                """
            ).plan)
        #expect(plan.limits.spend == 3_000_000_000)
        #expect(plan.limits.time == .seconds(5_400))
        let text = PlanDescription(plan: plan, records: 100).text
        // 100 records, two attempts each, 1,000 tokens an answer: 0.40; a thousand bytes for each prompt: 0.10.
        #expect(text.contains("money    at worst 0.40 for answers"))
        #expect(text.contains("and 0.10 for each 1,000 bytes that a prompt has"))
        #expect(text.contains("budget   3.00 (limits.spend)"))
        #expect(text.contains("time     at most 1 h 30 min (limits.time)"))
    }

    @Test func `the records held follow what the models take now`() throws {
        let plan = try #require(
            try planned(
                """
                models: {one: local, other: local}
                steps:
                  - {name: a, ask: {model: one, prompt: hi}}
                  - {name: b, ask: {model: one, prompt: hi}}
                  - {name: c, ask: {model: other, prompt: hi}}

                """
            ).plan)
        func width(_ one: StepWidth?, _ other: StepWidth?) -> Int {
            var plan = plan
            for (index, width) in [one, one, other].enumerated() {
                plan.steps[index].action = .answered(FakeAnswers(width: width))
            }
            return plan.width
        }
        #expect(width(.fixed(2), .fixed(3)) == 5)
        #expect(width(.found(4), .fixed(3)) == 4 + 16 + 3)
        #expect(width(.found(400), .found(80)) == 500 + 100)
        #expect(width(nil, nil) == 128)
    }

    @Test(arguments: [
        (Int64(5_000_000_000), "5.00"), (0, "0.00"), (123_456_000_000_000, "123456.00"), (31_000_000, "0.031"),
        (3_149_000, "0.0031"), (1, "0.000000001"), (99_999_999, "0.100"), (4_996_000_000, "5.00"),
    ])
    func `amounts of money are short and not nothing`(billionths: Int64, words: String) {
        #expect(Money.words(billionths) == words)
    }

    @Test func `the embedded model has no rates`() throws {
        try check(
            """
            models: {writer: {provider: local, limits: {requests_per_minute: «1»5, tokens_per_minute: «2»6}}}
            steps: [{name: one, ask: {prompt: hi}}]
            """,
            "'requests_per_minute' means nothing to the embedded model; take it out",
            "'tokens_per_minute' means nothing to the embedded model; take it out")
    }

    // MARK: Outputs and limits

    @Test func `two outputs have two paths`() throws {
        try check(
            """
            steps: [{name: one, set: {a: 1}}]
            output:
              - {lines: a.txt, columns: {x: input.«1»siz}}
              - lines: b.txt
              - lines: a.txt
              - «2»lines: b.txt
            """,
            "'input' has no field 'siz'; did you mean 'size'?",
            "two outputs write 'b.txt'; give one of them another name")
    }

    @Test func `two outputs have no file in common, on no disk`() throws {
        try check(
            """
            steps: [{name: one, set: {a: 1}}]
            output:
              - lines: a.part.txt
              - «1»lines: a.txt
              - lines: B.txt
              - «2»lines: b.txt
              - lines: caf\u{E9}.txt
              - «3»lines: cafe\u{301}.txt
            """,
            "the output 'a.txt' keeps its rows in 'a.part.txt' while it is not complete; give one of the outputs another "
                + "name", "'B.txt' and 'b.txt' are one file on some disks; give one of the outputs another name",
            "'caf\u{E9}.txt' and 'cafe\u{301}.txt' are one file on some disks; give one of the outputs another name")
    }

    @Test func `an output takes the place of neither input nor recipe`() throws {
        try check(
            """
            steps: [{name: one, set: {a: 1}}]
            out: .
            output:
              - «1»lines: input.csv
              - «2»lines: recipe.yaml
            """,
            "the output 'kitchen/./input.csv' would be a part of this run's own input, rows; give it another name, or "
                + "another folder with `out`",
            "the output 'kitchen/./recipe.yaml' would replace this recipe; give it another name")
    }

    @Test func `outputs go beside the recipe, where it says, or where the command line says`() throws {
        let steps = "steps: [{name: one, set: {a: 1}}]\n"
        #expect(try planned(steps).plan?.outputFolder == "kitchen/out")
        #expect(try planned(steps + "out: ../table\n").plan?.outputFolder == "kitchen/../table")
        #expect(try planned(steps + "out: /table\n").plan?.outputFolder == "/table")
        var options = Planner.Options()
        options.output = "here"
        #expect(try planned(steps + "out: ../table\n", options: options).plan?.outputFolder == "here")
    }

    @Test(arguments: [
        ("{}", nil, nil), ("{in_flight: auto}", nil, nil), ("{in_flight: 7}", 7, nil),
        ("{failures: 30%}", nil, FailureLimit.share(0.3)), ("{failures: 5}", nil, .count(5)),
    ])
    func `limits are what the recipe says`(limits: String, width: Int?, failures: FailureLimit?) throws {
        let plan = try #require(try planned(step + "limits: \(limits)\n").plan)
        #expect(plan.limits.inFlight == width)
        #expect(plan.limits.failures == failures)
        #expect(plan.width == width ?? 64)
    }

    @Test func `the command line's width goes before the recipe's`() throws {
        var options = Planner.Options()
        options.inFlight = .count(3)
        #expect(try planned(step + "limits: {in_flight: 7}\n", options: options).plan?.width == 3)
    }
}
