import Foundation
import TestSupport
import Testing
import Values

/// What bad input gets: a message that names the file or row and the mend, and the other records go on.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct BadInputTests {
    private static let folderRecipe = """
        recipe: words
        input: {folder: docs, match: "**/*.md"}
        steps:
          - name: card
            set: {words: size(input.text.words())}
        output: [{csv: out.csv, columns: {path: input.path, words: card.words}}]

        """

    private func documents(_ documents: [String: String]) throws -> Kitchen {
        try Kitchen(Self.folderRecipe, documents: documents)
    }

    private func rows(_ bytes: [UInt8]) throws -> Kitchen {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", bytes)
        return kitchen
    }

    private func rows(_ text: String) throws -> Kitchen { try rows(Array(text.utf8)) }

    /// The failed records: their names and what was said of them.
    private func failures(_ kitchen: Kitchen) throws -> [String: String] {
        var failures: [String: String] = [:]
        for line in try kitchen.lines("run/failures.jsonl") {
            let failure = try JSON.parse(line)
            failures[failure["record"]?.string ?? ""] = failure["message"]?.string
        }
        return failures
    }

    // MARK: Nothing to run on

    @Test func `a missing folder is an error at its place in the recipe`() async throws {
        let kitchen = try documents([:])
        let run = try await kitchen.run()
        #expect(run.code == 2)
        #expect(run.err.contains("recipe.yaml:2:17: error: "))
        #expect(run.err.contains("docs"))
        #expect(!kitchen.exists("run"))
        let other = try await kitchen.run("--input", "nowhere")
        #expect(other.code == 2)
        #expect(other.err.contains("nowhere"))
    }

    @Test func `a folder that is a file is told`() async throws {
        let kitchen = try documents([:])
        try kitchen.write("docs", "a file")
        let run = try await kitchen.run()
        #expect(run.code == 2)
        #expect(run.err.contains("docs"))
        #expect(run.err.contains("folder"))
    }

    @Test func `a folder without a match says what was looked for`() async throws {
        let kitchen = try documents(["one.pdf": "x", "two.txt": "x"])
        for command in ["run", "plan"] {
            let run = try await kitchen.linecook(command, "recipe.yaml")
            #expect(run.code == 2, "\(command): \(run.err)")
            #expect(run.err.contains("**/*.md"))
            #expect(run.err.contains("docs"))
        }
    }

    @Test func `an empty folder is told`() async throws {
        let kitchen = try documents([:])
        try FileManager.default.createDirectory(atPath: kitchen.path("docs"), withIntermediateDirectories: true)
        let run = try await kitchen.run()
        #expect(run.code == 2, "\(run.err)")
        #expect(run.err.contains("docs"))
    }

    @Test func `a missing table is an error at its place, with the file's name`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        let run = try await kitchen.run()
        #expect(run.code == 2)
        #expect(run.err.contains("recipe.yaml:2:14: error: "))
        #expect(run.err.contains("rows.csv"))
    }

    // MARK: Files

    @Test func `a file that is not UTF-8 fails by name, with the byte and the mend, and the others go on`() async throws
    {
        let kitchen = try documents(["a.md": "one two", "z.md": "three"])
        try kitchen.write("docs/latin.md", Array("gr\u{FC}n caf".utf8) + [0xE9, 0x0A])
        try kitchen.write("docs/binary.md", [0x50, 0x4B, 0x03, 0x04, 0x00, 0x00])
        let run = try await kitchen.run()
        #expect(run.code == 1)
        #expect(try kitchen.report()["counts"]?["done"] == 2)
        let failures = try failures(kitchen)
        #expect(failures["latin.md"]?.contains("0xE9 at offset 9; save it as UTF-8") == true)
        #expect(failures["binary.md"]?.contains("leave it out of `match`") == true)
        #expect(try kitchen.read("out/out.csv") == "path,words\na.md,2\nz.md,1\n")
    }

    @Test func `files that cannot be read fail by name, and the others go on`() async throws {
        let kitchen = try documents(["a.md": "one", "locked.md": "secret"])
        try FileManager.default.createSymbolicLink(atPath: kitchen.path("docs/gone.md"), withDestinationPath: "nothing")
        try FileManager.default.createDirectory(
            atPath: kitchen.path("docs/folder.md"), withIntermediateDirectories: true)
        chmod(kitchen.path("docs/locked.md"), 0)
        let run = try await kitchen.run(under: try Rights.ofOrdinaryPeople())
        #expect(run.code == 1, "\(run.err)")
        let failures = try failures(kitchen)
        #expect(failures["locked.md"]?.contains("permission denied") == true)
        #expect(failures["gone.md"]?.contains("gone.md") == true)
        #expect(try kitchen.read("out/out.csv") == "path,words\na.md,1\n")
        let report = try kitchen.report()
        #expect(report["counts"]?["read"] == 3)
    }

    @Test func `two names that differ only in Unicode normalisation are two records`() async throws {
        let (composed, decomposed) = ("caf\u{E9}.md", "cafe\u{301}.md")
        let kitchen = try documents([:])
        try kitchen.write("docs/\(composed)", "one")
        try kitchen.write("docs/\(decomposed)", "one two")
        guard try kitchen.files("docs").count == 2 else { return }  // A file system that holds them for one name.
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        let lines = try kitchen.lines("out/out.csv").dropFirst().map { Array($0.utf8) }
        #expect(Set(lines) == [Array("\(composed),1".utf8), Array("\(decomposed),2".utf8)])
    }

    // MARK: Rows

    @Test func `a byte order mark is no part of the first column's name`() async throws {
        let kitchen = try rows([0xEF, 0xBB, 0xBF] + Array("id,amount\r\na,1\r\n".utf8))
        #expect(try await kitchen.run().code == 0)
        #expect(try kitchen.read("out/out.csv") == "id,twice\na,2\n")
    }

    @Test func `ragged rows fail by line, and the others go on`() async throws {
        let kitchen = try rows("id,amount\na,1\nb\nc,3,4\nd,5\n")
        let run = try await kitchen.run()
        #expect(run.code == 1)
        let failures = try failures(kitchen)
        #expect(failures.values.contains { $0.contains("line 3 of rows.csv has 1 cell, the header has 2") })
        #expect(failures.values.contains { $0.contains("line 4 of rows.csv has 3 cells, the header has 2") })
        #expect(try kitchen.read("out/out.csv") == "id,twice\na,2\nd,10\n")
    }

    @Test func `a cell that is not of its type fails by line and column`() async throws {
        let kitchen = try rows("id,amount\na,1\nb,lots\n")
        #expect(try await kitchen.run().code == 1)
        #expect(try failures(kitchen)["b"]?.contains("line 3 of rows.csv, column 'amount': ") == true)
    }

    @Test func `a row that is not UTF-8 fails by line, and the others go on`() async throws {
        let kitchen = try rows(Array("id,amount\na,1\nb".utf8) + [0xFF] + Array(",2\n\u{FC},3\n".utf8))
        #expect(try await kitchen.run().code == 1)
        #expect(try failures(kitchen).values.contains { $0.contains("line 3 of rows.csv") && $0.contains("0xFF") })
        #expect(try kitchen.report()["counts"]?["done"] == 2)
    }

    @Test func `of two records with one id the first stands and the second fails`() async throws {
        let kitchen = try rows("id,amount\na,1\nb,2\na,3\n")
        #expect(try await kitchen.run().code == 1)
        #expect(try kitchen.read("out/out.csv") == "id,twice\na,2\nb,4\n")
        let failure = try #require(try failures(kitchen)["a"])
        #expect(failure.contains("line 4"))
        #expect(failure.contains("row 1"))
    }

    @Test(
        .serialized,
        arguments: [
            ("", "rows.csv is empty"), ("a,1\nb,2\n", "no column 'id'"),
            ("id,id,amount\n", "'id' twice, as columns 1 and 2"),
            ("id,amount,\n", "column 3 of rows.csv has no name"), ("identity,amount\na,1\n", "no column 'id'"),
            ("id,\"amount\n", "a quote that is never closed"),
        ])
    func `a header that is missing, doubled or broken is an error before anything runs`(
        text: String, message: String
    ) async throws {
        let kitchen = try rows(text)
        let run = try await kitchen.run()
        #expect(run.code == 2, "\(run.err)")
        #expect(run.err.contains(message), "\(run.err)")
        #expect(run.err.contains("recipe.yaml:2:"))
        #expect(!kitchen.exists("run"))
    }

    @Test func `lines that are no JSON fail by number, and the others go on`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table.replacing("csv: rows.csv", with: "jsonl: rows.jsonl"))
        try kitchen.write("rows.jsonl", "{\"id\":\"a\",\"amount\":1}\n{\"id\":\n[1]\n{\"id\":\"d\",\"amount\":4}\n")
        let run = try await kitchen.run()
        #expect(run.code == 1, "\(run.err)")
        let failures = try failures(kitchen)
        #expect(failures.values.contains { $0.contains("line 2, column 7 of rows.jsonl") })
        #expect(failures.values.contains { $0.contains("line 3 of rows.jsonl") })
        #expect(try kitchen.read("out/out.csv") == "id,twice\na,2\nd,8\n")
    }
}
