import Runs
import Testing
import Values

@Suite struct RunOutlineTests {
    private let outline = RunOutline(
        recipe: "test", about: "Tests.", recipePath: "r.yaml", input: "rows",
        steps: [
            .init(name: "one", kind: "ask", about: "Asks.", answered: true, model: "writer"),
            .init(name: "two", kind: "set", answered: false),
        ],
        models: ["writer": "local", "judge": "openai small"], currency: "EUR", outputFolder: "../out")

    @Test func `an outline comes back from the journal as it went in`() throws {
        #expect(RunOutline(try JSON.parse(JSON.bytes(of: outline.value))) == outline)
        var bare = RunOutline(recipe: "test", recipePath: "r.yaml", input: "rows", steps: [])
        #expect(RunOutline(bare.value) == bare)
        bare.outputFolder = ""
        #expect(RunOutline(bare.value) == bare)
    }

    @Test func `inner steps and collect steps come back, too`() throws {
        var nested = outline
        nested.steps.append(.init(name: "one.more", kind: "ask", answered: true, model: "writer", inside: "one"))
        nested.steps.append(.init(name: "mail", kind: "send", answered: true, passage: "a person, at 'look'"))
        nested.collect = [.init(name: "digest", kind: "ask", answered: true, model: "judge", unpriced: ["judge"])]
        #expect(RunOutline(try JSON.parse(JSON.bytes(of: nested.value))) == nested)
    }

    @Test func `equal outlines have equal bytes`() {
        var other = outline
        other.models = ["judge": "openai small", "writer": "local"]
        #expect(JSON.bytes(of: other.value) == JSON.bytes(of: outline.value))
    }

    @Test(arguments: ["recipe", "recipe_path", "input", "currency", "steps", "models"])
    func `what lacks a part is no outline`(part: String) {
        let parts = outline.value.map?.compactMap { key, value in key.text.map { ($0, value) } } ?? []
        #expect(parts.count == 9)
        #expect(RunOutline(.map(ValueMap(parts.filter { $0.0 != part }))) == nil)
    }

    @Test func `a step that cannot be read makes the whole none`() {
        let parts = outline.value.map?.compactMap { key, value in key.text.map { ($0, value) } } ?? []
        let broken = parts.map { $0.0 == "steps" ? ($0.0, Value.list([["name": "one"]])) : $0 }
        #expect(RunOutline(.map(ValueMap(broken))) == nil)
    }
}
