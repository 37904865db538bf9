import Foundation
import TestSupport
import Testing
import Values

/// `diff` says what would be asked again before anybody is asked.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct DiffTests {
    /// `title` reads the answer of `topic`, `tone` does not.
    private static let recipe = """
        recipe: three
        models: {clerk: local}
        settings:
          style: {type: string, default: plain}
        input: {folder: docs, match: "*.md"}
        steps:
          - name: long
            check: [{rule: size(input.text) > 40, because: too short}]
          - name: topic
            ask: {model: clerk, prompt: "{{ input.text }} What is it about?", answer: {label: string <= 40}}
          - name: title
            ask: {model: clerk, prompt: "{{ input.text }} {{ topic.label }}: a title?", answer: {title: string <= 60}}
          - name: tone
            ask: {model: clerk, prompt: "{{ input.text }} Tone, in {{ settings.style }} words?", answer: {tone: string <= 60}}
        output:
          - {jsonl: out.jsonl, columns: {path: input.path, title: title.title, tone: tone.tone}}

        """

    /// A kitchen in which six documents were asked about, 18 questions, and one was too short to be.
    private func finished(_ server: ModelServer) async throws -> Kitchen {
        var documents = SampleRecipes.documents(6)
        documents["short.md"] = "No.\n"
        let kitchen = try Kitchen(Self.recipe, documents: documents)
        #expect(try await kitchen.run("--model", server.asClerk).code == 1)
        #expect(try await server.figure("requests") == 18)
        return kitchen
    }

    private func edit(_ kitchen: Kitchen, _ old: String, _ new: String) throws {
        #expect(Self.recipe.contains(old))
        try kitchen.write("recipe.yaml", Self.recipe.replacing(old, with: new))
    }

    private func diff(_ kitchen: Kitchen, _ words: String...) async throws -> Finished {
        try await kitchen.linecook(["diff", "run", "recipe.yaml"] + words)
    }

    /// Goes on with the run, and tells how many questions that took.
    private func resume(_ kitchen: Kitchen, _ server: ModelServer) async throws -> (asked: Int, err: String) {
        let before = try await server.figure("requests")
        let run = try await kitchen.linecook("resume", "run")
        return (try await server.figure("requests") - before, run.err)
    }

    // MARK: What is asked

    @Test func `an edited prompt is asked again, shown with both texts, and takes what reads its answer along`()
        async throws
    {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try edit(kitchen, "What is it about?", "What is it about, in a word?")
        let before = try kitchen.allBytes(below: "run")
        let diff = try await diff(kitchen)
        #expect(diff.code == 0, "\(diff.err)")
        #expect(diff.out.contains("topic: 6 records ask\n  6 records: the prompt changed\n"), "\(diff.out)")
        #expect(diff.out.contains("- {{ input.text }} What is it about?\n"))
        #expect(diff.out.contains("+ {{ input.text }} What is it about, in a word?\n"))
        #expect(diff.out.contains("title: 6 records may ask, once the answers before are there\n"))
        #expect(diff.out.contains("6 records: an earlier answer changes"))
        #expect(!diff.out.contains("tone: "))
        #expect(diff.out.contains("answers used again: 6 of tone\n"))
        #expect(diff.out.contains("expected, at the means of the run: up to 12 calls, "))
        #expect(diff.out.contains("no price is known"))
        // Nobody was asked and the run is as it was.
        #expect(try await server.figure("requests") == 18)
        #expect(try kitchen.allBytes(below: "run") == before)

        let resumed = try await resume(kitchen, server)
        #expect(resumed.asked == 12)
        #expect(resumed.err.contains("asks topic for 6 records: the prompt changed\n"), "\(resumed.err)")
        #expect(resumed.err.contains("may ask title for 6 records: an earlier answer changes\n"))
        let again = try await self.diff(kitchen)
        #expect(again.out.contains("nothing is asked: it costs nothing"), "\(again.out)")
    }

    @Test(arguments: [
        (
            "answer: {label: string <= 40}", "answer: {label: string <= 30}", "topic", "the answer changed",
            "string <= 30"
        ),
        (
            "prompt: \"{{ input.text }} What", "system: Be brief., prompt: \"{{ input.text }} What", "topic",
            "the system changed", "system is new:\n    + Be brief."
        ),
        (
            "prompt: \"{{ input.text }} What", "temperature: 0.5, prompt: \"{{ input.text }} What", "topic",
            "the temperature changed", "- 0.0\n    + 0.5"
        ),
        (
            "prompt: \"{{ input.text }} What", "max_tokens: 50, prompt: \"{{ input.text }} What", "topic",
            "the max_tokens changed", "- 1024\n    + 50"
        ),
        (
            "default: plain", "default: rude", "tone", "the setting 'style' changed, which it reads",
            "tone: 6 records ask"
        ),
    ])
    func `each part of a question is named when it changed`(
        old: String, new: String, step: String, reason: String, shown: String
    ) async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try edit(kitchen, old, new)
        let diff = try await diff(kitchen)
        #expect(diff.code == 0, "\(diff.err)")
        #expect(diff.out.contains("\(step): 6 records ask\n  6 records: \(reason)\n"), "\(diff.out)")
        #expect(diff.out.contains(shown), "\(diff.out)")
        #expect(try await server.figure("requests") == 18)
    }

    @Test func `another model is told by who it is, and reckoned at its price as it is now`() async throws {
        let server = try ModelServer()
        func recipe(_ model: String, _ price: String) -> String {
            Self.recipe.replacing(
                "{clerk: local}",
                with: "{clerk: {provider: openai, url: \"\(server.url)\", model: \(model), price: \(price)}}")
        }
        let kitchen = try Kitchen(recipe("small", "{input: 1000, output: 2000}"), documents: SampleRecipes.documents(6))
        #expect(try await kitchen.run().code == 0)
        let spent = try #require(try kitchen.report()["spend"]?["total"]?.number)
        // A price is no part of any question.
        try kitchen.write("recipe.yaml", recipe("small", "{input: 3000, output: 6000}"))
        #expect(try await diff(kitchen).out.contains("nothing is asked"))
        try kitchen.write("recipe.yaml", recipe("large", "{input: 3000, output: 6000}"))
        let large = try await diff(kitchen)
        #expect(
            large.out.contains("topic: 6 records ask\n  6 records: the model changed\n"), "\(large.out)\(large.err)")
        #expect(large.out.contains("    - \(server.url)#small\n    + \(server.url)#large\n"), "\(large.out)")
        let value = try JSON.parse(try await diff(kitchen, "--json").out)
        let expected = try #require(value["expected"]?["cost"]?.number)
        #expect(abs(expected - 3 * spent) < 1e-6)
        #expect(value["expected"]?["calls"] == 18)
        #expect(try await server.figure("requests") == 18)
    }

    @Test func `who a model is needs neither its key nor its server`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        let other = try await diff(kitchen, "--model", "clerk=http://127.0.0.1:9/v1#other?key=NO_SUCH_KEY")
        #expect(other.code == 0, "\(other.err)")
        #expect(other.out.contains("tone: 6 records ask\n  6 records: the model changed\n"), "\(other.out)")
    }

    @Test func `rules, outputs and limits cost nothing, and that is said`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try kitchen.write(
            "recipe.yaml",
            Self.recipe.replacing("{path: input.path, ", with: "{").replacing(
                "output:\n", with: "limits: {time: 2h}\noutput:\n"
            )
            .replacing("answer: {tone: string <= 60}}", with: "answer: {tone: string <= 60}}\n    attempts: 5"))
        let diff = try await diff(kitchen)
        #expect(diff.code == 0, "\(diff.err)")
        #expect(
            diff.out.contains("changed and part of no question: tone: attempts; the output; the limits\n"),
            "\(diff.out)")
        #expect(diff.out.contains("nothing is asked: it costs nothing"))
        #expect(try await resume(kitchen, server).asked == 0)
    }

    @Test func `a rule that the kept answers break asks again, a rule that lets more records pass asks for those`()
        async throws
    {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try edit(
            kitchen, "answer: {tone: string <= 60}}", "answer: {tone: string <= 60}}\n    expect: [{rule: 'false'}]")
        let stricter = try await diff(kitchen)
        #expect(
            stricter.out.contains("6 records: the kept answer does not keep the rules as they are now"),
            "\(stricter.out)")
        try edit(kitchen, "> 40", "> 2")
        let looser = try await diff(kitchen)
        #expect(looser.out.contains("  1 record: it never was answered, such as short.md\n"), "\(looser.out)")
        let resumed = try await resume(kitchen, server)
        #expect(resumed.asked == 3)
        #expect(resumed.err.contains("asks topic for 1 record: it never was answered\n"), "\(resumed.err)")
    }

    @Test func `new, changed and vanished records are told from those that stay`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try kitchen.write("docs/d00.md", SampleRecipes.document(70))
        try kitchen.write("docs/d03.md", SampleRecipes.document(71))
        try FileManager.default.removeItem(atPath: kitchen.path("docs/short.md"))
        let diff = try await diff(kitchen)
        #expect(diff.code == 0, "\(diff.err)")
        for line in [
            "  1 record is new, such as d00.md\n", "  1 record is changed, such as d03.md\n",
            "  1 record is vanished, such as short.md\n", "  1 record: the record is new, such as d00.md\n",
            "  1 record: the record changed, such as d03.md\n",
            "answers used again: 5 of topic, 5 of title, 5 of tone\n",
        ] {
            #expect(diff.out.contains(line), "\(diff.out)")
        }
        #expect(try await resume(kitchen, server).asked == 6)
    }

    @Test func `a new step is asked for all, a step that is gone is named`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try kitchen.write(
            "recipe.yaml",
            Self.recipe.replacing("- name: tone", with: "- name: mood").replacing(
                "tone: tone.tone", with: "tone: mood.tone"
            )
            .replacing("Tone, in", with: "Mood, in"))
        let diff = try await diff(kitchen)
        #expect(diff.out.contains("the step 'tone' is gone\n"), "\(diff.out)\(diff.err)")
        #expect(diff.out.contains("mood: 6 records ask\n  6 records: the step is new\n"), "\(diff.out)")
        #expect(diff.out.contains("the run made no call of mood: what that costs is not known\n"))
    }

    // MARK: Runs

    @Test func `of a run that was stopped, what it did not come to is told as never answered`() async throws {
        let kitchen = try Kitchen(Self.recipe, documents: SampleRecipes.documents(12))
        let server = try ModelServer("--hold", "3")
        let run = try kitchen.start(["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "1"])
        try await server.wasAsked(4)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let asked = try await server.figure("requests")
        // Without a run's name, the newest of the recipe.
        let diff = try await kitchen.linecook("diff", "recipe.yaml", "--json")
        #expect(diff.code == 0, "\(diff.err)")
        let value = try JSON.parse(diff.out)
        let steps = try #require(value["steps"]?.list)
        let topic = try #require(steps.first)
        #expect(topic["reasons"]?.list?.first?["reason"] == "it never was answered")
        #expect(value["input"]?["new"] == 0)
        let most = steps.reduce(0) { $0 + ($1["asks"]?.int ?? 0) + ($1["may_ask"]?.int ?? 0) }
        #expect(most == Int64(36 - asked))
        #expect(try await kitchen.linecook("resume").code == 0)
        #expect(try await server.figure("requests") == 36)
    }

    @Test func `a run of more records than are rehearsed at once names the command that tells`() async throws {
        let recipe = SampleRecipes.ask.replacing(
            "{folder: docs, match: \"*.md\"}", with: "{csv: rows.csv, key: id, fields: {id: string, text: string}}"
        ).replacing("path: input.path", with: "id: input.id")
        let kitchen = try Kitchen(recipe)
        try kitchen.write("rows.csv", "id,text\n" + (1...10_001).map { "r\($0),Letter \($0)\n" }.joined())
        let server = try ModelServer("--hold", "2", "--delay", "20")
        let words = ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "2"]
        let run = try kitchen.start(words)
        try await server.wasAsked(4)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let asked = try await server.figure("requests")
        try kitchen.write("recipe.yaml", recipe.replacing("{{ input.text }}", with: "{{ input.text }}!"))
        let diff = try await diff(kitchen)
        #expect(diff.code == 0, "\(diff.err)")
        #expect(diff.out.contains("topic: 10,001 records ask\n"), "\(diff.out)")
        #expect(diff.out.contains("  \(asked) records: the prompt changed\n"), "\(diff.out)")
        let resumed = try kitchen.start(["resume", "run"])
        #expect(await resumed.says("more than 10,000 records: `linecook diff run recipe.yaml` tells"))
        resumed.send(SIGKILL)
        _ = await resumed.end()
    }

    @Test func `json holds the counts, the reasons, both texts and what is expected`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try kitchen.write(
            "recipe.yaml",
            Self.recipe.replacing("Tone, in", with: "Its tone, in"))
        let diff = try await diff(kitchen, "--json")
        let value = try JSON.parse(diff.out)
        #expect(value["run"] == "run")
        #expect(value["asking_records"] == 6)
        let tone = try #require(value["steps"]?.list?.last)
        #expect(tone["name"] == "tone")
        #expect(tone["asks"] == 6)
        #expect(tone["changed"]?.list?.first?["part"] == "prompt")
        #expect(tone["changed"]?.list?.first?["after"] == "{{ input.text }} Its tone, in {{ settings.style }} words?")
        #expect(tone["reasons"]?.list?.first?["records"] == 6)
        #expect(value["expected"]?["calls"] == 6)
        #expect((value["expected"]?["tokens_in"]?.int ?? 0) > 0)
        #expect(value["expected"]?["cost"] == .null)
    }

    @Test func `answers of other runs count, unless they are left out`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try edit(kitchen, "What is it about?", "And the topic?")
        let other = try await kitchen.linecook(
            "run", "recipe.yaml", "--model", server.asClerk, "--limit", "2", "--fresh")
        #expect(other.code == 0, "\(other.err)")
        let sharing = try await diff(kitchen)
        #expect(sharing.out.contains("topic: 4 records ask\n"), "\(sharing.out)")
        let alone = try await diff(kitchen, "--no-cache")
        #expect(alone.out.contains("topic: 6 records ask\n"), "\(alone.out)")
    }

    @Test func `from another folder, paths keep their meaning`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        try kitchen.write("elsewhere/edited.yaml", Self.recipe.replacing("folder: docs", with: "folder: ../docs"))
        let diff = try await kitchen.linecook(
            ["diff", kitchen.path("run"), "elsewhere/edited.yaml", "--limit", "3"])
        #expect(diff.code == 0, "\(diff.err)")
        #expect(diff.out.contains("nothing is asked"), "\(diff.out)")
        #expect(diff.out.contains("the first 3: 3 records"), "\(diff.out)")
    }

    // MARK: Bad input

    @Test func `what is wrong is named: no run, no recipe, a recipe with a mistake, too many names`() async throws {
        let server = try ModelServer()
        let kitchen = try await finished(server)
        let noRun = try await kitchen.linecook("diff", "runn", "recipe.yaml")
        #expect(noRun.code == 2)
        #expect(noRun.err.contains("there is no run 'runn'"), "\(noRun.err)")
        let unnamed = try await kitchen.linecook("diff", "recipe.yaml")
        #expect(unnamed.code == 2)
        #expect(
            unnamed.err.contains("no run of 'three' from this file lies beside recipe.yaml; name the run's folder"),
            "\(unnamed.err)")
        let noRecipe = try await kitchen.linecook("diff", "run", "recip.yaml")
        #expect(noRecipe.code == 2)
        #expect(noRecipe.err.contains("there is no file 'recip.yaml'"), "\(noRecipe.err)")
        #expect(try await kitchen.linecook("diff", "a", "b", "c").code == 64)
        try edit(kitchen, "topic.label", "topic.lable")
        let mistake = try await diff(kitchen)
        #expect(mistake.code == 2)
        #expect(mistake.err.contains("did you mean 'label'?"), "\(mistake.err)")
        try kitchen.write("run/journal.sqlite", "no journal")
        try kitchen.write("recipe.yaml", Self.recipe)
        let damaged = try await diff(kitchen)
        #expect(damaged.code == 2)
        #expect(damaged.err.contains("journal.sqlite"), "\(damaged.err)")
    }
}
