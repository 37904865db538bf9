import Diagnostics
import Recipes
import Steps
import Testing

@testable import Commands

@Suite struct ModelPoolTests {
    private func spec(_ text: String, name: String) throws -> ModelSpec {
        var problems = Problems()
        return try #require(ModelSpec.specification(text, name: name, option: "--model", problems: &problems))
    }

    @Test func `two names of one model are one model, and one of other settings is another`() throws {
        let pool = ModelPool()
        let writer = try #require(pool.model(spec("local", name: "writer")))
        var paid = try spec("local", name: "checker")
        paid.price = Located(.init(input: 1, output: 2), at: paid.span)
        #expect(pool.model(paid) === writer)
        let hosted = try #require(pool.model(spec("http://a.test/v1#m", name: "judge")))
        #expect(try pool.model(spec("http://a.test/v1#m", name: "other")) === hosted)
        #expect(try pool.model(spec("http://a.test/v1#n", name: "judge")) !== hosted)
    }

    @Test func `the recipe's models are those that really answer`() throws {
        let text =
            "recipe: a\nmodels: {writer: {provider: local, temperature: 0.5}, judge: local}\n"
            + "input: {csv: a.csv}\nsteps: []\n"
        var problems = Problems()
        let catalog = Catalog.all(models: ModelPool())
        let read = Recipe.read(Array(text.utf8), file: "a.yaml", grammar: catalog.grammar, problems: &problems)
        let recipe = try #require(read)
        let other = try spec("http://a.test/v1#m", name: "writer")
        let pool = ModelPool(overrides: ["writer": other])
        let models = pool.applied(to: recipe).models
        #expect(models.map(\.name.value) == ["writer", "judge"])
        #expect(models.map(\.provider.value) == ["openai", "local"])
        #expect(models.first?.url?.text == "http://a.test/v1")
        #expect(models.first?.temperature?.value == 0.5)
    }
}
