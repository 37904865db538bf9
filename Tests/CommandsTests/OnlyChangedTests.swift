import TestSupport
import Testing
import Values

/// `only: changed`.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct OnlyChangedTests {
    private static func recipe(_ rule: String = "size(input.text) > 3", about: String = "Night.") -> String {
        """
        recipe: posts
        about: \(about)
        models: {clerk: local}
        settings: {tone: {type: string, default: plain}}
        input: {folder: docs, match: "*.md", only: changed}
        steps:
          - name: house
            check: [{rule: \(rule), because: too short}]
            otherwise: flag
          - name: tone
            ask: {model: clerk, prompt: "{{ settings.tone }}: {{ input.text }}", answer: {text: string <= 40}}
        output: [{jsonl: out.jsonl, columns: {path: input.path}}]

        """
    }

    private func paths(_ kitchen: Kitchen) throws -> [String] {
        try kitchen.lines("out/out.jsonl").compactMap { try JSON.parse($0)["path"]?.string }
    }

    private func run(_ kitchen: Kitchen, _ server: ModelServer, _ more: String...) async throws -> Finished {
        try await kitchen.linecook(["run", "recipe.yaml", "--model", server.asClerk] + more)
    }

    @Test func `only what is new, changed or did not end well is taken again`() async throws {
        let kitchen = try Kitchen(
            Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post.", "c.md": "C", "d.md": "D post."])
        let server = try ModelServer()
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == ["a.md", "b.md", "c.md", "d.md"])

        try kitchen.write("docs/b.md", "B post, edited.")
        try kitchen.write("docs/e.md", "E post.")
        let second = try await run(kitchen, server)
        #expect(second.code == 0)
        // c was flagged, so it is looked at again.
        #expect(try paths(kitchen) == ["b.md", "c.md", "e.md"])
        #expect(second.err.contains("2 skipped"), "\(second.err)")

        // What was skipped as unchanged still is, one run later.
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == ["c.md"])
    }

    @Test func `a recipe that would make something else of records takes all of them, another comment none`()
        async throws
    {
        let kitchen = try Kitchen(Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post."])
        let server = try ModelServer()
        #expect(try await run(kitchen, server).code == 0)
        try kitchen.write("recipe.yaml", "# Only a comment.\n" + Self.recipe(about: "Every night."))
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == [])
        try kitchen.write("recipe.yaml", Self.recipe("size(input.text) > 4"))
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == ["a.md", "b.md"])
        #expect(try await run(kitchen, server, "--set", "tone=warm").code == 0)
        #expect(try paths(kitchen) == ["a.md", "b.md"])
        #expect(try await run(kitchen, server, "--set", "tone=warm").code == 0)
        #expect(try paths(kitchen) == [])
    }

    @Test func `a record that a run did not come to is taken by the next`() async throws {
        let kitchen = try Kitchen(Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post."])
        let server = try ModelServer()
        #expect(try await run(kitchen, server, "--limit", "1").code == 0)
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == ["b.md"])
    }
}
