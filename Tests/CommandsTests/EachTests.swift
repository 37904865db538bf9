import Foundation
import TestSupport
import Testing
import Values

/// A document that is too long for one question, taken part by part.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct EachTests {
    private static let recipe = """
        recipe: long
        models: {clerk: local}
        input: {folder: docs, match: "*.md"}
        steps:
          - name: parts
            split: {text: input.text, by: headings, size: 1200, overlap: 50}
          - name: notes
            each: {of: parts, as: part, at_once: 4}
            steps:
              - name: note
                ask: {model: clerk, prompt: "{{ part.text }} Part {{ part.number }}: what does it say?", answer: {text: string <= 300}}
              - name: line
                set: {text: '"" + string(part.number) + ": " + note.text', first: 'part.text.split("\\n")[0]'}
          - name: summary
            ask:
              model: clerk
              prompt: |
                {{ notes.map(n, n.line.text).join("\\n") }}

                Say in three sentences what the document says.
              answer: {text: string <= 900}
        output:
          - {jsonl: out.jsonl, columns: {path: input.path, firsts: "notes.map(n, n.line.first)", notes: "notes.map(n, n.note.text)", summary: summary.text}}

        """

    /// So many pages of some 2,500 characters, each with its number in its heading.
    private func document(pages: Int) -> String {
        (1...pages).map { page in
            "# Page \(page)\n\n"
                + (1...25).map {
                    "On page \(page), line \($0) tells of the \($0 * page % 97) things that were seen that day. "
                }
                .joined() + "\n\n"
        }.joined()
    }

    @Test func `a document of 200 pages is summarised, with its parts in order`() async throws {
        let kitchen = try Kitchen(
            Self.recipe, documents: ["long.md": document(pages: 200), "note.md": "# Page 1\n\nShort.\n"])
        // Answers come late and in any order.
        let server = try ModelServer("--delay", "5")
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        let rows = try kitchen.lines("out/out.jsonl").map { try JSON.parse($0) }
        let firsts = rows[0]["firsts"]?.list?.compactMap(\.string)
        #expect(firsts == (1...200).map { "# Page \($0)" })
        let report = try kitchen.report()
        let steps = report["steps"]?.list ?? []
        #expect(steps.compactMap { $0["name"]?.string } == ["parts", "notes", "notes.note", "notes.line", "summary"])
        #expect(steps[2]["done"] == 201 && steps[2]["attempts"] == 201 && steps[2]["inside"] == "notes")
        #expect(steps[4]["done"] == 2 && steps[4]["attempts"] == 2)
        #expect(try kitchen.read("run/report.html").contains("201</strong> items done"))
        #expect(try kitchen.read("run/report.md").contains("ask, for each item"))
        #expect(try await server.figure("repeats") == 0)
    }

    @Test func `killed in the middle, it asks about no part twice that had an answer`() async throws {
        let kitchen = try Kitchen(Self.recipe, documents: ["long.md": document(pages: 40)])
        let clean = try Kitchen(Self.recipe, documents: ["long.md": document(pages: 40)])
        let server = try ModelServer("--hold", "12")
        let process = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--model", server.asClerk])
        try await server.wasAsked(13)
        process.send(SIGKILL)
        #expect(await process.end().code == 137)
        server.release()
        let again = try await kitchen.linecook("resume", "run")
        #expect(again.code == 0, "\(again.err)")
        // What was in flight when it was killed is asked again; nothing else is.
        #expect(try await server.figure("repeats") <= 4)
        _ = try await clean.run("--model", server.asClerk)
        #expect(try kitchen.read("out/out.jsonl") == clean.read("out/out.jsonl"))
    }

    @Test func `a part that fails names record, step and item, and a retry takes it up alone`() async throws {
        let text = document(pages: 6).replacing("# Page 4", with: "# Page 4 [fault notjson x3]")
        let kitchen = try Kitchen(Self.recipe, documents: ["long.md": text])
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 1)
        #expect(run.err.contains("notes[3].note"), "\(run.err)")
        let report = try kitchen.report()
        let failure = report["failures"]?.list?.first
        #expect(failure?["step"] == "notes.note" && failure?["example"]?["item"] == 3)
        #expect(failure?["example"]?["record"] == "long.md")
        let line = try JSON.parse(#require(kitchen.lines("run/failures.jsonl").first))
        #expect(line["item"] == 3 && line["prompt"]?.string?.contains("Page 4") ?? false)
        #expect(try kitchen.read("run/failures.csv").contains("notes[3].note"))
        let asked = try await server.figure("requests")
        let again = try await kitchen.linecook("retry", "run", "--step", "notes")
        #expect(again.code == 0, "\(again.err)")
        // The part that failed, the parts behind it that were not begun, and the summary.
        #expect(try await server.figure("requests") - asked <= 4)
        let row = try JSON.parse(#require(kitchen.lines("out/out.jsonl").first))
        #expect(row["notes"]?.list?.count == 6)
    }

    // MARK: What items write

    private static func writing(_ path: String, atOnce: Int = 4, inner: String? = nil) -> String {
        """
        recipe: cards
        input: {csv: rows.csv, key: id}
        steps:
          - name: cards
            each: {of: 'input.names.split("|")', as: card, at_once: \(atOnce)}
            steps:
              - name: file
                \(inner ?? "write: {path: \"\(path)\", text: \"{{ record.id }} {{ card }}\"}")
        output: {jsonl: out.jsonl, columns: {id: record.id}}

        """
    }

    @Test(arguments: [1, 4])
    func `two items that write one file fail their record, and neither replaces the other's`(atOnce: Int) async throws {
        let kitchen = try Kitchen(Self.writing("{{ card }}.txt", atOnce: atOnce))
        try kitchen.write("rows.csv", "id,names\n1,a|b\n2,c|d|C\n")
        let run = try await kitchen.run()
        #expect(run.code == 1, "\(run.err)")
        #expect(try kitchen.lines("out/out.jsonl") == [#"{"id":"1"}"#])
        let told = try kitchen.read("run/failures.csv")
        #expect(told.contains("of this record; two items cannot have one file"), "\(told)")
        #expect(told.contains("cards[") && told.contains(",path,"), "\(told)")
        #expect(try ["a", "b"].map { try kitchen.read("out/\($0).txt") } == ["1 a", "1 b"])
        let written = try kitchen.files("out").filter { $0.lowercased() == "c.txt" }
        #expect(written.count == 1)
        if atOnce == 1 {
            #expect(told.contains("'C.txt' was written for item 0 of this record"), "\(told)")
            #expect(written == ["c.txt"])
        }
        let before = try kitchen.read("out/\(written[0])")
        #expect(try await kitchen.linecook("retry", "run").code == 1)
        #expect(try kitchen.read("out/\(written[0])") == before)
    }

    @Test func `what an inner step lacks is told before anything runs`() async throws {
        let kitchen = try Kitchen(Self.writing("", inner: "run: {args: [no-such-program-here], repeatable: true}"))
        try kitchen.write("rows.csv", "id,names\n1,a|b\n")
        let run = try await kitchen.run()
        #expect(run.code == 2, "\(run.err)")
        #expect(run.err.contains("the step 'cards.file': there is no program 'no-such-program-here'"), "\(run.err)")
        #expect(!kitchen.exists("run"))
    }

    @Test(arguments: [
        (
            "write: {path: \"{{ record.id }}.txt\", text: \"{{ card }}\"}",
            "every item would write the same file; put what tells items apart into 'path', such as what is read of 'card'"
        ),
        (
            "send: {http: {url: \"https://a.example\"}}",
            "what is sent is sent once for a record; put the 'send' behind the 'each'"
        ),
        (
            "review: {question: Fine?, show: card}",
            "a person is asked about a record, not about each item; put the 'review' behind the 'each'"
        ),
    ])
    func `what cannot stand inside is told with what to do instead`(step: String, message: String) async throws {
        let kitchen = try Kitchen(Self.writing("", inner: step))
        try kitchen.write("rows.csv", "id,names\n1,a|b\n")
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 2 && check.err.contains(message), "\(check.err)")
        #expect(check.err.contains("recipe.yaml:8:"), "\(check.err)")
    }

    @Test func `a plan tells of calls for each part`() async throws {
        let kitchen = try Kitchen(Self.recipe, documents: ["note.md": "Short.\n"])
        let server = try ModelServer()
        let plan = try await kitchen.linecook("plan", "recipe.yaml", "--model", server.asClerk)
        #expect(plan.code == 0, "\(plan.err)")
        for line in [
            "step 2   notes (each) -> list of {note: {text: string}, line: {text: string, first: string}}",
            "for each part of parts, 4 at once", "step 2.1 notes.note (ask, clerk) -> {text: string <= 300}",
            "calls    1 if every first answer is good, 3 if every attempt is used",
            "and for each part of 'notes' 1, 3 if every attempt is used",
        ] {
            #expect(plan.out.contains(line), "\(line)\n\(plan.out)")
        }
    }
}
