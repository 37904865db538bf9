import TestSupport
import Testing
import Values

@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ModelOptionTests {
    private let key = "sk-very-secret-4711"

    /// Looks for the key everywhere that a run writes.
    private func expectNowhere(_ kitchen: Kitchen, _ run: Finished) throws {
        #expect(!run.out.contains(key))
        #expect(!run.err.contains(key))
        #expect(try !kitchen.allBytes(below: "run").contains(key))
        #expect(try !kitchen.allBytes(below: "out").contains(key))
    }

    @Test func `--model NAME=URL#model?key=ENV asks there with the key, which stands nowhere`() async throws {
        var documents = SampleRecipes.documents(2)
        // The provider says the key back to us.
        documents["echo.md"] = SampleRecipes.document(3, "[fault echokey]")
        let kitchen = try Kitchen(SampleRecipes.ask, documents: documents)
        let server = try ModelServer("--key", key)
        let run = try await kitchen.run(
            "--model", "clerk=\(server.url)?key=KITCHEN_KEY#test", environment: ["KITCHEN_KEY": key])
        #expect(run.code == 4, "\(run.err)")
        let counts = try kitchen.report()["counts"]
        #expect(counts?["done"] == 2 && counts?["not_reached"] == 1)
        #expect(run.err.contains("API key"), "\(run.err)")
        try expectNowhere(kitchen, run)
    }

    @Test func `a wrong key fails at once with the provider's words and the variable's name`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let server = try ModelServer("--key", "another")
        let run = try await kitchen.run(
            "--model", "clerk=\(server.url)#test?key=KITCHEN_KEY", environment: ["KITCHEN_KEY": key])
        #expect(run.code == 4)
        #expect(run.err.contains("no such key"))
        #expect(run.err.contains("KITCHEN_KEY"))
        #expect(try await server.figure("requests") == 1)
        try expectNowhere(kitchen, run)
    }

    @Test func `Anthropic's side answers too, and its key stands nowhere`() async throws {
        let server = try ModelServer("--key", key)
        let model =
            "models: {clerk: {provider: anthropic, url: \"\(server.url)\", model: test, key: {env: KITCHEN_KEY}}}"
        let kitchen = try Kitchen(
            SampleRecipes.ask.replacing("models: {clerk: local}", with: model),
            documents: ["a.md": SampleRecipes.document(1), "b.md": SampleRecipes.document(2, "[fault echokey]")])
        let run = try await kitchen.run(environment: ["KITCHEN_KEY": key])
        #expect(run.code == 4, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 1)
        #expect(try kitchen.lines("out/out.partial.jsonl").count == 1)
        try expectNowhere(kitchen, run)
    }

    @Test func `--model of a name that the recipe lacks is told with the near one`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let run = try await kitchen.run("--model", "clark=http://127.0.0.1:1/v1#test")
        #expect(run.code == 2 || run.code == 64)
        #expect(run.err.contains("no model 'clark' (did you mean 'clerk'?); its model is 'clerk'"), "\(run.err)")
        try kitchen.write("rows.csv", SampleRecipes.rows)
        try kitchen.write("recipe.yaml", SampleRecipes.table)
        let none = try await kitchen.run("--model", "clerk=http://127.0.0.1:1/v1#test")
        #expect(none.err.contains("the recipe has no model 'clerk'; it has none"), "\(none.err)")
        #expect(!kitchen.exists("run"))
    }

    @Test func `a model with a price shows what was spent`() async throws {
        let server = try ModelServer()
        let model =
            "models: {clerk: {provider: openai, url: \"\(server.url)\", model: test, price: {input: 1000, output: 2000}}}"
        let kitchen = try Kitchen(
            SampleRecipes.ask.replacing("models: {clerk: local}", with: model), documents: SampleRecipes.documents(3))
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        let report = try kitchen.report()
        let step = try #require(report["steps"]?.list?.first)
        let tokens = (step["tokens_in"]?.number ?? 0, step["tokens_out"]?.number ?? 0)
        let expected = (tokens.0 * 1000 + tokens.1 * 2000) / 1_000_000
        let spent = try #require(report["spend"]?["total"]?.number)
        #expect(abs(spent - expected) < 1e-9)
        #expect(spent > 0)
    }

    @Test func `a server that asks for a day stops the run, with its address, and fails no record`() async throws {
        var documents = SampleRecipes.documents(3)
        documents["d02.md"] = SampleRecipes.document(2, "[fault 429]")
        let kitchen = try Kitchen(SampleRecipes.ask, documents: documents)
        // Longer than anybody waits, so that it is given up at once.
        let server = try ModelServer("--retry-after", "86400")
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 4, "\(run.err)")
        #expect(run.err.contains(server.url))
        #expect(run.err.contains("answered 429"))
        let counts = try kitchen.report()["counts"]
        #expect(counts?["done"] == 2 && counts?["failed"] == 0 && counts?["not_reached"] == 1)
        #expect(try await server.figure("requests") == 3)
    }
}
