import Foundation
import Records
import TestSupport
import Testing
import Values

/// Folders of documents of all kinds, from the recipe to the files that a run leaves.
@Suite struct DocumentKindTests {
    private static let recipe = """
        recipe: copy
        input: {folder: docs, match: "**", meta: {title: string or null}}
        steps:
          - name: copy
            set: {words: size(input.text.words()), sender: 'input.?from.orValue("")'}
        output:
          - csv: out.csv
            columns: {path: input.path, title: input.title, words: copy.words, sender: copy.sender}

        """

    private func kitchen() throws -> Kitchen {
        let kitchen = try Kitchen(Self.recipe)
        try kitchen.write("docs/a.md", "# One\n\ntwo three\n")
        try kitchen.write("docs/b.html", "<title>A page</title><p>one two")
        try kitchen.write("docs/c.eml", "From: Ann <ann@example.org>\nSubject: Crates\n\nForty of them\n")
        return kitchen
    }

    @Test func `documents of all kinds become rows, and what cannot be read fails by name`() async throws {
        let kitchen = try kitchen()
        try kitchen.write("docs/d.xlsx", "PK")
        try kitchen.write("docs/e.txt", [0x4A, 0xFC, 0x72, 0x67, 0x65, 0x6E])
        let run = try await kitchen.run()
        #expect(run.code == 1, "\(run.err)")
        #expect(
            try kitchen.read("out/out.csv") == """
                path,title,words,sender
                a.md,One,3,
                b.html,A page,2,
                c.eml,Crates,3,Ann <ann@example.org>
                e.txt,Jürgen,1,

                """)
        #expect(run.err.contains("save it as CSV UTF-8 and read it with `csv`"))
        #expect(run.err.contains("note: 1 file is not UTF-8 and read as Windows-1252, such as e.txt"))
    }

    @Test func `a converter that is missing is told before anything runs, and only where it is needed`() async throws {
        let kitchen = try kitchen()
        #expect(try await kitchen.run(environment: ["PATH": "/nonexistent"]).code == 0)
        try kitchen.write("docs/d.pdf", "%PDF-1.4\n")
        for command in ["check", "plan", "run"] {
            let run = try await kitchen.linecook(command, "recipe.yaml", environment: ["PATH": "/nonexistent"])
            #expect(run.code == 2, "\(command): \(run.err)")
            #expect(run.err.contains("recipe.yaml:2:17: error: there are PDF files in 'docs', and pdftotext, which"))
            #expect(run.err.contains(" install poppler"))
        }
        let doctor = try await kitchen.linecook("doctor", environment: ["PATH": "/nonexistent"])
        #expect(doctor.code == 1)
        #expect(doctor.out.contains("pandoc: not installed, and DOCX cannot be read without it: "))
    }

    @Test func `a PDF is converted on the way, also where it is drawn into a sample`() async throws {
        guard Converter.allCases.allSatisfy(\.isInstalled) else {
            print("converting: skipped, pdftotext or pandoc is not here")
            return
        }
        let kitchen = try kitchen()
        try kitchen.write(
            "docs/d.pdf",
            """
            %PDF-1.4
            1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
            2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
            3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
            4 0 obj<</Length 42>>stream
            BT /F1 12 Tf 72 200 Td (Four words of it) Tj ET
            endstream endobj
            5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
            trailer<</Root 1 0 R>>

            """)
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.read("out/out.csv").contains("d.pdf,Four words of it,4,\n"))
        let sample = try await kitchen.linecook("run", "recipe.yaml", "--sample", "2", "--seed", "3", "--fresh")
        #expect(sample.code == 0, "\(sample.err)")
    }

    @Test func `a property that is not declared, and a field that no e-mail can have, are mistakes`() async throws {
        let kitchen = try Kitchen(
            """
            recipe: copy
            input: {folder: docs, match: "*.md", meta: {title: string or null}}
            steps:
              - name: copy
                set: {a: input.meta.titel, b: input.from}

            """)
        try kitchen.write("docs/a.md", "x")
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 2)
        #expect(check.err.contains("titel"))
        #expect(check.err.contains("did you mean"))
        #expect(check.err.contains("from"))
    }

    @Test func `a table's dialect is told by plan and by run`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", "id;amount\na;1\nb;2\n")
        for command in ["plan", "run"] {
            let run = try await kitchen.linecook(command, "recipe.yaml")
            #expect(run.code == 0, "\(run.err)")
            #expect((run.out + run.err).contains("note: rows.csv reads as `;`-separated"))
        }
        let wrong = SampleRecipes.table.replacingOccurrences(of: "key: id,", with: "key: id, delimiter: ab,")
        try kitchen.write("recipe.yaml", wrong)
        let check = try await kitchen.linecook("check", "recipe.yaml")
        #expect(check.code == 2)
        #expect(check.err.contains("'ab' cannot stand between cells"))
    }
}
