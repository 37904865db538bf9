import Foundation
import TestSupport
import Testing
import Values

/// What `check` proposes is put into the recipe, and checked again.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct MendTests {
    private func recipe(column: String = "input.id", step: String = "set: {a: record.id}") -> String {
        """
        recipe: mends
        models: {w: local}
        input: {csv: rows.csv, key: id, fields: {id: string, email: string or null, part: string or null, count: integer or null}}
        steps:
          - name: page
            when: input.id != "b"
            set: {text: "{{ input.id }}", tags: "['a']"}
          - name: it
            \(step)
        output: [{csv: out.csv, columns: {id: \(column)}}]

        """
    }

    private func messages(_ recipe: String) async throws -> [String] {
        let kitchen = try Kitchen(recipe)
        try kitchen.write("rows.csv", "id,email,part,count\na,,,\n")
        let check = try await kitchen.linecook("check", "recipe.yaml", "--format", "json")
        return try #require(try JSON.parse(check.out).list).compactMap { $0["message"]?.string }
    }

    private func proposal(in message: String) throws -> String {
        let parts = message.split(separator: "`", omittingEmptySubsequences: false)
        try #require(parts.count >= 2, "\(message)")
        return String(parts[1])
    }

    @Test(arguments: [
        ("size(input.part)", "input.part"), ("input.part + '!'", "input.part"), ("input.count + 1", "input.count"),
        ("page.text + '!'", "page.text"), ("page.tags.join(', ')", "page.tags"), ("size(page.text)", "page.text"),
    ])
    func `a column that reads what may be null gets a value in its place, which is right as it stands`(
        column: String, part: String
    ) async throws {
        let told = try await messages(recipe(column: "\"\(column)\""))
        try #require(told.count == 1, "\(told)")
        #expect(!told[0].contains("&&"), "\(told)")
        let mended = column.replacing(part, with: try proposal(in: told[0]))
        #expect(try await messages(recipe(column: "'\(mended.replacing("'", with: "''"))'")) == [], "\(mended)")
    }

    @Test(arguments: [
        "send:\n      email: {to: \"{{ input.email }}\", from: a@b.example, subject: x, body: y}\n      via: [sendmail, -t]",
        "send:\n      http: {url: \"https://x.example/{{ input.email }}\"}",
        "fetch: {url: \"https://x.example/{{ input.email }}\", allow: \"*\"}",
        "write: {path: \"{{ input.email }}.md\", text: x}",
    ])
    func `what must not be empty is left out where it is null`(step: String) async throws {
        let more =
            step.hasPrefix("send") ? "\n    unattended: a test" : ""
        let told = try await messages(recipe(step: step + more))
            .filter { $0.contains("may be null") }
        try #require(told.count == 1, "\(told)")
        let proposal = try proposal(in: told[0])
        #expect(proposal == "when: input.email != null")
        let mended = try await messages(recipe(step: "\(proposal)\n    \(step)\(more)"))
        #expect(mended.filter { $0.contains("null") } == [], "\(mended)")
    }

    @Test func `a name of another part of the recipe is told as what it is`() async throws {
        let text = """
            recipe: elsewhere
            models: {w: local}
            input: {csv: rows.csv, key: id}
            steps:
              - name: first
                set: {a: "{{ later.text }}", b: "{{ digest.text }}", c: "{{ note.text }}"}
              - name: parts
                split: {text: input.id, by: paragraphs}
              - name: notes
                each: {of: parts, as: part}
                steps: [{name: note, set: {text: "{{ part.text }}"}}]
              - name: later
                ask: {model: w, prompt: hi}
            collect:
              - {name: digest, ask: {model: w, prompt: hi}}

            """
        #expect(
            try await messages(text) == [
                "'later' is a later step; only what stands above can be read",
                "'digest' is a collect step, which comes after all records; only an output 'of' it can read it",
                "'note' is a step for each item of 'notes'; outside of it, its answers are `notes.map(x, x.note)`",
            ])
    }
}
