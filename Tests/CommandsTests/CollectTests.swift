import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// What is made of all done records together.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct CollectTests {
    private static func recipe(_ prompt: String = "Say what they have in common.") -> String {
        """
        recipe: digest
        models: {editor: local}
        input: {csv: posts.csv, key: name}
        steps:
          - name: tone
            ask: {model: editor, prompt: "{{ input.text }} How friendly is it?", answer: {why: string <= 60}}
        output:
          - {csv: out.csv, columns: {name: input.name, why: tone.why}}
          - {jsonl: digest.jsonl, of: digest}
          - {csv: digest.csv, of: digest, columns: {category: group_key, text: digest.text}}
        collect:
          - name: digest
            group_by: input.category
            ask:
              model: editor
              prompt: |
                {{ group.map(r, r.input.name + ": " + r.tone.why).join("\\n") }}

                Posts in {{ group_key }}. \(prompt)
              answer: {text: string <= 200}
            expect: [{rule: digest.text != "", because: it is empty}]

        """
    }

    private func posts(_ count: Int, faulty: Bool = false) -> String {
        "name,category,text\n"
            + (0..<count).map { number in
                let category = ["news", "tips", "events"][number % 3]
                let fault = faulty && number == 4 ? " [fault notjson x3]" : ""
                return "post-\(number)\(fault),\(category),Text \(number)\n"
            }.joined()
    }

    private func kitchen(_ count: Int, _ prompt: String = "Say what they have in common.", faulty: Bool = false) throws
        -> Kitchen
    {
        let kitchen = try Kitchen(Self.recipe(prompt))
        try kitchen.write("posts.csv", posts(count, faulty: faulty))
        return kitchen
    }

    @Test func `each category has an answer of its own, in files of its own, counted apart`() async throws {
        let kitchen = try kitchen(30)
        let server = try ModelServer()
        let run = try await kitchen.run("--model", "editor=\(server.url)#test")
        #expect(run.code == 0, "\(run.err)")
        #expect(run.err.contains("collected digest: 3 groups done") && run.err.contains("digest.jsonl (3 groups)"))
        let rows = try kitchen.lines("out/digest.jsonl").map { try JSON.parse($0) }
        #expect(rows.map { $0["group_key"]?.string } == ["news", "tips", "events"])
        #expect(rows.allSatisfy { $0["digest"]?["text"]?.string?.isEmpty == false })
        #expect(try kitchen.lines("out/digest.csv").map { $0.prefix(5) } == ["categ", "news,", "tips,", "event"])
        let report = try kitchen.report()
        let collect = try #require(report["collect"]?.list?.first)
        #expect(
            collect["name"] == "digest" && collect["groups"] == 3 && collect["done"] == 3 && collect["attempts"] == 3)
        #expect(report["counts"]?["done"] == 30 && report["outputs"]?.list?.count == 3)
        #expect(try kitchen.read("run/report.md").contains("## Collected"))
        #expect(try kitchen.read("run/report.html").contains("groups done"))
    }

    @Test func `a group whose members changed asks anew, and the others do not`() async throws {
        let kitchen = try kitchen(30)
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", "editor=\(server.url)#test").code == 0)
        let asked = try await server.figure("requests")
        try kitchen.write("posts.csv", posts(30) + "post-30,news,Text 30\n")
        let run = try await kitchen.linecook(
            "run", "recipe.yaml", "--fresh", "--model", "editor=\(server.url)#test", "--run", ".linecook/runs/second")
        #expect(run.code == 0, "\(run.err)")
        // The new post, and the group that it is in.
        #expect(try await server.figure("requests") - asked <= 2 + 33)
        #expect(try kitchen.lines("out/digest.jsonl").count == 3)
    }

    @Test func `a group that fails ends the run with 1, and a retry asks about it alone`() async throws {
        let kitchen = try kitchen(9, faulty: true)
        let server = try ModelServer()
        let run = try await kitchen.run("--model", "editor=\(server.url)#test")
        #expect(run.code == 1, "\(run.err)")
        #expect(run.err.contains("2 groups done, 1 failed") && run.err.contains("tips"))
        #expect(try kitchen.lines("out/out.csv").count == 10)
        #expect(try kitchen.lines("out/digest.jsonl").count == 2)
        let failures = try kitchen.report()["collect"]?.list?.first?["failures"]?.list
        #expect(failures?.first?["cause"] == "not JSON" && failures?.first?["example"]?["record"] == "tips")
        let asked = try await server.figure("requests")
        let again = try await kitchen.linecook("retry", "run", "--step", "digest")
        #expect(again.code == 0, "\(again.err)")
        #expect(try await server.figure("requests") - asked == 1)
        #expect(try kitchen.lines("out/digest.jsonl").count == 3)
    }

    @Test func `a flagged group is done, and report.json tells as the terminal does why it is flagged`() async throws {
        let mayBeMissing = Self.recipe().replacing("text: digest.text", with: "text: 'digest.?text.orValue(\"\")'")
        let kitchen = try Kitchen(mayBeMissing + "    otherwise: flag\n")
        try kitchen.write("posts.csv", posts(9, faulty: true))
        let server = try ModelServer()
        let run = try await kitchen.run("--model", "editor=\(server.url)#test")
        #expect(run.code == 0, "\(run.err)")
        #expect(run.err.contains("collected digest: 3 groups done, 1 of them flagged\n"), "\(run.err)")
        #expect(run.err.contains("  not JSON: 1 flagged, such as tips: "), "\(run.err)")
        let collect = try #require(try kitchen.report()["collect"]?.list?.first)
        #expect(collect["done"] == 3 && collect["flagged"] == 1 && collect["failed"] == 0)
        // As with records: what failed is one list, what went on with a flag another.
        #expect(collect["failures"] == [])
        let flag = try #require(collect["flags"]?.list?.first)
        #expect(flag["step"] == "digest" && flag["cause"] == "not JSON" && flag["count"] == 1)
        #expect(flag["example"]?["record"] == "tips" && flag["retry"] == .null)
    }

    // MARK: Records without a group

    /// Two of six posts have no category.
    private func withoutCategories(_ recipe: String) throws -> Kitchen {
        let fields = "fields: {name: string, category: string or null, text: string}"
        let kitchen = try Kitchen(recipe.replacing("key: name}", with: "key: name, \(fields)}"))
        try kitchen.write("posts.csv", posts(6).replacing(",tips,", with: ",,"))
        return kitchen
    }

    @Test func `records without a group fail as one, where its key is read, and the others are asked about`()
        async throws
    {
        let kitchen = try withoutCategories(Self.recipe())
        let server = try ModelServer()
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 0, "\(check.err)")
        #expect(
            check.err.contains(
                "warning: 'group_key' is null for records whose 'group_by' is null, and the group of these fails here"),
            "\(check.err)")
        let run = try await kitchen.run("--model", "editor=\(server.url)#test")
        #expect(run.code == 1, "\(run.err)")
        #expect(run.err.contains("2 groups done, 1 failed"), "\(run.err)")
        let rows = try kitchen.lines("out/digest.jsonl").map { try JSON.parse($0) }
        #expect(rows.map { $0["group_key"]?.string } == ["news", "events"])
        #expect(try kitchen.report()["collect"]?.list?.first?["failures"]?.list?.first?["cause"] == "expression")
        // Nobody was asked about the group that has no name.
        #expect(try await server.figure("requests") == 6 + 2)
    }

    @Test func `records without a group are one where the key is tested`() async throws {
        let kitchen = try withoutCategories(
            Self.recipe().replacing("{{ group_key }}", with: "{{ group_key != null ? group_key : \"no category\" }}"))
        let server = try ModelServer()
        let run = try await kitchen.run("--model", "editor=\(server.url)#test")
        #expect(run.code == 0, "\(run.err)")
        #expect(!run.err.contains("warning"))
        let keys = try kitchen.lines("out/digest.csv").map { $0.prefix { $0 != "," } }
        #expect(keys == ["category", "news", "", "events"])
    }

    // MARK: What would be asked

    private func diff(_ kitchen: Kitchen, _ words: String...) async throws -> String {
        let diff = try await kitchen.linecook(["diff", "run", "recipe.yaml"] + words)
        #expect(diff.code == 0, "\(diff.err)")
        return diff.out
    }

    /// Goes on with the run.
    ///
    /// - Returns: how many questions that took.
    private func resume(_ kitchen: Kitchen, _ server: ModelServer) async throws -> Int {
        let before = try await server.figure("requests")
        #expect(try await kitchen.linecook("resume", "run").code == 0)
        return try await server.figure("requests") - before
    }

    @Test func `diff counts the groups that an edited question asks about, and what they take`() async throws {
        let kitchen = try kitchen(12)
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", "editor=\(server.url)#test").code == 0)
        let same = try await diff(kitchen)
        #expect(same.contains("answers used again: 12 of tone, 3 of digest\nnothing is asked"), "\(same)")

        try kitchen.write("recipe.yaml", Self.recipe("Say how they differ."))
        let edited = try await diff(kitchen)
        #expect(edited.contains("digest: 3 groups ask\n  3 groups: the prompt changed\n"), "\(edited)")
        #expect(edited.contains("+ Posts in {{ group_key }}. Say how they differ.\n"), "\(edited)")
        #expect(edited.contains("answers used again: 12 of tone\n"), "\(edited)")
        #expect(edited.contains("expected, at the means of the run: 3 calls, "), "\(edited)")
        let value = try JSON.parse(try await diff(kitchen, "--json"))
        let digest = try #require(value["collect"]?.list?.first)
        #expect(digest["name"] == "digest" && digest["asks"] == 3 && digest["may_ask"] == 0)
        #expect(digest["reasons"]?.list?.first?["groups"] == 3)
        #expect(value["steps"]?.list?.map { $0["name"] } == ["tone"] && value["expected"]?["calls"] == 3)
        #expect(try await resume(kitchen, server) == 3)

        try kitchen.write(
            "recipe.yaml", Self.recipe("Say how they differ.").replacing("input.category\n", with: "input.name\n"))
        let regrouped = try await diff(kitchen)
        #expect(regrouped.contains("digest: 12 groups ask\n  12 groups: the group_by changed\n"), "\(regrouped)")
        #expect(regrouped.contains("- input.category\n") && regrouped.contains("+ input.name\n"), "\(regrouped)")
        #expect(try await resume(kitchen, server) == 12)
    }

    @Test func `diff asks about a group that lost a record, and may ask about one with answers to come`() async throws {
        let kitchen = try kitchen(12)
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", "editor=\(server.url)#test").code == 0)
        // The last of "events" is gone, and "news" has one more.
        let rows = posts(12).split(separator: "\n")
        try kitchen.write("posts.csv", rows.dropLast().joined(separator: "\n") + "\npost-12,news,Text 12\n")
        let diff = try await diff(kitchen)
        #expect(
            diff.contains("digest: 1 group asks, 1 group may ask, once the answers before are there\n"), "\(diff)")
        #expect(diff.contains("  2 groups: its records are not what they were, such as events, news\n"), "\(diff)")
        #expect(diff.contains("answers used again: 11 of tone, 1 of digest\n"), "\(diff)")
        #expect(diff.contains("up to 3 calls"), "\(diff)")
        #expect(try await resume(kitchen, server) == 3)
    }

    @Test func `diff of a question before the groups says that they may ask`() async throws {
        let kitchen = try kitchen(6)
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", "editor=\(server.url)#test").code == 0)
        try kitchen.write("recipe.yaml", Self.recipe().replacing("How friendly is it?", with: "Is it friendly?"))
        let diff = try await diff(kitchen)
        #expect(diff.contains("tone: 6 records ask\n"), "\(diff)")
        #expect(diff.contains("digest: 3 groups may ask, once the answers before are there\n"), "\(diff)")
        #expect(diff.contains("  3 groups: an earlier answer changes\n"), "\(diff)")
        let resumed = try await kitchen.linecook("resume", "run")
        #expect(resumed.err.contains("may ask digest for 3 groups: an earlier answer changes\n"), "\(resumed.err)")
    }

    @Test func `a record that a person let go on while the run was under way is collected, too`() async throws {
        let recipe = Self.recipe().replacing(
            "output:\n",
            with: "  - {name: look, when: input.name == \"a\", review: {question: Fine, show: [tone]}}\noutput:\n")
        let kitchen = try Kitchen(recipe)
        try kitchen.write("posts.csv", "name,category,text\na,news,hello\n")
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", "editor=\(server.url)#test").code == 3)
        // The run is taken up while the first still waits, and is held by a second.
        try kitchen.write("posts.csv", "name,category,text\na,news,hello\nb,tips,[fault hold]\n")
        let process = try kitchen.start(["resume", "run", "--progress", "none"])
        try await server.wasAsked(2)
        let journal = try SQLiteJournal(path: kitchen.path("run/journal.sqlite"))
        let open = try #require(try journal.reader().waits().first)
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        let receipt = try await journal.decide(Decision(.approve, by: "Ada"), about: open.number, at: now)
        guard case .counts = receipt else {
            Issue.record("\(receipt)")
            return
        }
        try await wait(for: "the run to take it up") { try journal.reader().waits().isEmpty }
        try await journal.close()
        server.release()
        let run = await process.end()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 2)
        #expect(try kitchen.lines("out/digest.csv").map { $0.prefix(5) } == ["categ", "news,", "tips,"])
    }

    @Test func `mistakes in collect are told at their place`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: digest
            models: {editor: local}
            input: {csv: posts.csv}
            steps: [{name: one, set: {a: 1}}]
            output:
              - {jsonl: a.jsonl, of: digset}
              - {jsonl: b.jsonl, of: digest, keep: input}
            collect:
              - name: digest
                group_by: "[input.name]"
                ask: {model: editor, prompt: "{{ input.name }} {{ group_key }}"}
              - {name: one, ask: {model: editor, prompt: hi}, otherwise: skip}
              - {name: sum, set: {n: size(group)}}

            """)
        try kitchen.write("posts.csv", posts(1))
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 2)
        for message in [
            "'group_by' is a text", "'input' is read of each record", "a step of the records is called 'one', too",
            "not 'skip' it", "a collect step asks a model",
        ] {
            #expect((check.out + check.err).contains(message), "\(message)\n\(check.out)\(check.err)")
        }
    }
}
