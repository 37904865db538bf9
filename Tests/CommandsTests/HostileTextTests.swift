import TestSupport
import Testing
import Values

/// What records, models and command lines bring does nothing beyond being read.
@Suite struct HostileTextTests {
    @Test func `the name of a file moves no terminal`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: lengths
            input: {folder: docs, match: "*.md"}
            steps: [{name: length, set: {of: size(input.text)}}]
            output: [{jsonl: out.jsonl}]

            """)
        try kitchen.write("docs/a\u{1B}]52;c;eA==\u{07}.md", [0xFF, 0x41])
        let finished = try await kitchen.run()
        #expect(finished.err.contains(#"a\u{1B}]52;c;eA==\u{7}.md"#), "\(finished.err)")
        let shown = try await kitchen.linecook("report", "run", "--show")
        for text in [finished.err, shown.err, shown.out] {
            #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" })
        }
    }

    @Test func `a key in a model's URL is shown by no command`() async throws {
        let recipe = SampleRecipes.ask.replacing(
            "{clerk: local}", with: "{clerk: {provider: openai, url: 'https://me:sk-123@gw.test/v1', model: m}}")
        let kitchen = try Kitchen(recipe, documents: SampleRecipes.documents(1))
        for command in ["check", "plan", "run"] {
            let finished = try await kitchen.linecook(command, "recipe.yaml")
            #expect(finished.code == 2)
            #expect(!(finished.err + finished.out).contains("sk-123"), "\(finished.err)")
        }
        try kitchen.write("recipe.yaml", SampleRecipes.ask)
        let finished = try await kitchen.run("--model", "clerk=https://gw.test/v1?api_key=sk-123#m")
        #expect(finished.code != 0)
        #expect(!(finished.err + finished.out).contains("sk-123"), "\(finished.err)")
    }

    @Test func `no option lets an output take the place of the input`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table.replacing("out.csv", with: "rows.csv"))
        try kitchen.write("rows.csv", SampleRecipes.rows)
        let finished = try await kitchen.run("--output", ".")
        #expect(finished.code == 2)
        #expect(finished.err.contains("this run's own input"), "\(finished.err)")
        #expect(try kitchen.read("rows.csv") == SampleRecipes.rows)
    }

    @Test func `the report names the model that answered`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 0)
        #expect(try kitchen.read("run/report.json").contains(JSON.text(of: .string("\(server.url) test"))))
    }
}
