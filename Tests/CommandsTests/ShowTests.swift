import TestSupport
import Testing
import Values

/// `linecook show` over runs of the program itself.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ShowTests {
    private func reviewed() async throws -> Kitchen {
        let server = try ModelServer()
        let kitchen = try Kitchen(
            """
            recipe: approve
            models: {clerk: local}
            input: {csv: rows.csv, key: id, fields: {id: string, amount: integer}}
            steps:
              - name: draft
                ask: {model: clerk, prompt: "{{ input.id }}", answer: {text: string <= 20}}
              - name: approval
                review: {question: "Pay {{ input.id }}?", show: [input.id, draft], edit: draft.text, within: 3d}
            output: {jsonl: out.jsonl, columns: {id: input.id, text: draft.text}}

            """)
        try kitchen.write("rows.csv", "id,amount\nbee,2\n")
        #expect(try await kitchen.run("--model", server.asClerk).code == 3)
        let listed = try await kitchen.linecook("review", "run", "--list", "--json")
        let seen = try #require(try JSON.parse(Array(listed.out.utf8))["seen"]?.string)
        let answered = try await kitchen.linecook(
            "review", "run", "--answer", "approve", "--record", "bee", "--seen", seen, "--edit",
            "draft.text=\u{1B}[31mred",
            "--note", "mended")
        #expect(answered.code == 0 || answered.code == 3, "\(answered.err)")
        #expect(try await kitchen.run("--model", server.asClerk).code == 0)
        return kitchen
    }

    @Test func `tells who approved what, and what was changed`() async throws {
        let kitchen = try await reviewed()
        let shown = try await kitchen.linecook("show", "run", "bee")
        #expect(shown.code == 0, "\(shown.err)")
        let text = shown.out
        #expect(text.hasPrefix("bee · record 1 of run\nfrom rows.csv, line 2, content "), "\(text)")
        #expect(text.contains("draft: answered in "))
        #expect(text.contains("approval: waits for a person: Pay bee?, until "))
        #expect(text.contains(" said approve from "))
        #expect(text.contains("    note: mended\n"))
        #expect(text.contains("    draft.text was: ") && text.contains("    draft.text is: "))
        #expect(text.contains("ended done"))
        // Orders to the terminal are spelled out.
        #expect(!text.contains("\u{1B}"))
    }

    @Test func `as JSON, of one step, and of the newest run`() async throws {
        let kitchen = try await reviewed()
        let whole = try await kitchen.linecook("show", "run", "bee", "--json")
        let value = try JSON.parse(Array(whole.out.utf8))
        #expect(value["record"] == "bee" && value["line"] == 2)
        let events = (value["history"]?.list ?? []).compactMap { $0["event"]?.string }
        #expect(events.contains("decided") && events.last == "ended")
        let step = try await kitchen.linecook("show", "run", "bee", "draft", "--json")
        let narrowed = try JSON.parse(Array(step.out.utf8))["history"]?.list ?? []
        #expect(narrowed.count == 1 && narrowed[0]["event"] == "answered")
    }

    @Test func `2 for a record, a step or a run that is not there, with the nearest`() async throws {
        let kitchen = try await reviewed()
        let record = try await kitchen.linecook("show", "run", "bees")
        #expect(record.code == 2)
        #expect(record.err == "error: the run run has no record 'bees'; did you mean 'bee'?\n")
        let step = try await kitchen.linecook("show", "run", "bee", "drafd")
        #expect(step.code == 2)
        #expect(step.err.contains("no step 'drafd' (did you mean 'draft'?); its steps are draft, approval"))
        let run = try await kitchen.linecook("show", "no-run", "bee", "draft")
        #expect(run.code == 2 && run.err.contains("there is no run 'no-run'"), "\(run.err)")
        #expect(try await kitchen.linecook("show").code == 64)
    }
}
