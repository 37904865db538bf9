import Foundation
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

    // MARK: Before it is run

    @Test func `plan tells how many are unchanged, and the calls are of the others`() async throws {
        let kitchen = try Kitchen(
            Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post.", "c.md": "C", "d.md": "D post."])
        let server = try ModelServer()
        func plan(_ more: String...) async throws -> String {
            let plan = try await kitchen.linecook(["plan", "recipe.yaml", "--model", server.asClerk] + more)
            #expect(plan.code == 0, "\(plan.err)")
            return plan.out
        }
        let first = try await plan()
        #expect(first.contains("(*.md): 4 records, none of them skipped as unchanged since an earlier run\n"))
        #expect(first.contains("calls    4 if every first answer is good, 12 if every attempt is used\n"), "\(first)")
        #expect(try await run(kitchen, server).code == 0)

        try kitchen.write("docs/b.md", "B post, edited.")
        try kitchen.write("docs/e.md", "E post.")
        let second = try await plan()
        #expect(second.contains("(*.md): 5 records, 2 of them skipped as unchanged since an earlier run\n"))
        #expect(second.contains("calls    3 if every first answer is good, 9 if every attempt is used\n"), "\(second)")
        #expect(try await plan("--set", "tone=warm").contains("5 records, none of them"))
        #expect(try await plan("--limit", "1").contains("1 record, 1 of them skipped"))
        let taken = try await run(kitchen, server)
        #expect(taken.err.contains("2 skipped"), "\(taken.err)")
    }

    @Test func `plan of a run that is not over goes by the runs before it`() async throws {
        let kitchen = try Kitchen(Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post."])
        let server = try ModelServer()
        #expect(try await run(kitchen, server, "--limit", "1").code == 0)
        try kitchen.write("docs/c.md", "C post. [fault hang]")
        let stopped = try kitchen.start(["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "1"])
        try await server.wasAsked(3)
        stopped.send(SIGTERM)
        // Two signals that come together are one.
        #expect(await stopped.says("stopping: finishing what is in flight"))
        stopped.send(SIGTERM)
        _ = await stopped.end()
        // b ended in the run that is not over, and going on with it counts b as done.
        let plan = try await kitchen.linecook(["plan", "recipe.yaml", "--model", server.asClerk])
        #expect(plan.out.contains("3 records, 1 of them skipped as unchanged"), "\(plan.out)\(plan.err)")
    }

    @Test func `diff asks nothing for what is unchanged, and asks for what a changed recipe takes again`() async throws
    {
        let kitchen = try Kitchen(Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post."])
        let server = try ModelServer()
        func diff(_ words: String...) async throws -> String {
            let diff = try await kitchen.linecook(["diff", "recipe.yaml"] + words)
            #expect(diff.code == 0, "\(diff.err)")
            return diff.out
        }
        #expect(try await run(kitchen, server).code == 0)
        try kitchen.write("docs/c.md", "C post.")
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == ["c.md"])

        // The second run, gone on with as it is.
        let same = try await diff()
        #expect(same.contains("(*.md): 3 records, 2 of them skipped as unchanged since an earlier run\n"), "\(same)")
        #expect(same.contains("answers used again: 1 of tone\n") && same.contains("nothing is asked"), "\(same)")
        #expect(try JSON.parse(try await diff("--json"))["input"]?["unchanged"] == 2)

        try kitchen.write("docs/b.md", "B post, edited.")
        let edited = try await diff()
        #expect(edited.contains("3 records, 1 of them skipped as unchanged"), "\(edited)")
        #expect(edited.contains("tone: 1 record asks\n  1 record: the record changed, such as b.md\n"), "\(edited)")

        try kitchen.write(
            "recipe.yaml", Self.recipe().replacing("{{ input.text }}\", answer", with: "{{ input.text }}?\", answer"))
        let all = try await diff()
        #expect(all.contains("3 records, none of them skipped as unchanged"), "\(all)")
        #expect(all.contains("tone: 3 records ask\n"), "\(all)")
        #expect(all.contains("  1 record: the run passed it over as unchanged, such as a.md\n"), "\(all)")
        let before = try await server.figure("requests")
        #expect(try await kitchen.linecook("resume").code == 0)
        #expect(try await server.figure("requests") - before == 3)
    }

    @Test func `a record that a run did not come to is taken by the next`() async throws {
        let kitchen = try Kitchen(Self.recipe(), documents: ["a.md": "A post.", "b.md": "B post."])
        let server = try ModelServer()
        #expect(try await run(kitchen, server, "--limit", "1").code == 0)
        #expect(try await run(kitchen, server).code == 0)
        #expect(try paths(kitchen) == ["b.md"])
    }
}
