import Foundation
import Records
import TestSupport
import Testing
import Values

/// Documents that cannot be read: each fails under its name with the reason and the mend, within bounds, and the others
/// are done.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct DocumentFaultTests {
    private static let recipe = """
        recipe: copy
        input: {folder: docs, match: "**"}
        steps: [{name: copy, set: {words: size(input.text.words())}}]
        output: {csv: out.csv, columns: {path: input.path, words: copy.words}}

        """

    /// What is told of each: why it cannot be read, and what to do.
    private static let faults = [
        ("locked.pdf", "is protected with a password", "save a copy without"),
        ("locked.docx", "is protected with a password", "save it as DOCX without a password"),
        ("broken.pdf", "is broken, or no PDF", "open it and save it again"),
        ("broken.docx", "is broken, or no Word document", "save it again as DOCX"),
        ("scan.pdf", "has no text in it: its pages are pictures", "run a text recognition over it"),
        ("table.xlsx", "a spreadsheet", "save it as CSV UTF-8 and read it with `csv`"),
        ("bomb.docx", "unpacks to 600 MB, more than the 512 MB that are read", "leave it out of `match`"),
        ("liar.docx", "unpacks to more than it says", "leave it out of `match`"),
    ]

    /// Real packed blanks, in a file that says so and in one that says less.
    private static let bombs = """
        import struct, sys, zipfile
        folder = sys.argv[1]
        with zipfile.ZipFile(folder + "/bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("word/document.xml", "w") as part:
                for _ in range(600): part.write(b" " * (1 << 20))
        bytes = open(folder + "/bomb.docx", "rb").read()
        lie = bytes.replace(struct.pack("<I", 600 << 20), struct.pack("<I", 1000))
        open(folder + "/liar.docx", "wb").write(lie)
        print("made")
        """

    private func kitchen() throws -> Kitchen {
        let kitchen = try Kitchen(Self.recipe)
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        func fixture(_ name: String) throws -> [UInt8] {
            [UInt8](try Data(contentsOf: root.appending(path: "fixtures/documents/\(name)")))
        }
        let word = try fixture("policies/key-holders.docx")
        try kitchen.write("docs/good.docx", word)
        try kitchen.write("docs/good.pdf", try fixture("notices/meter-exchange-notice.pdf"))
        try kitchen.write("docs/good.md", "# Tea\n\nFour words of it\n")
        let locked = try #require(Data(base64Encoded: lockedPDF, options: .ignoreUnknownCharacters))
        try kitchen.write("docs/locked.pdf", [UInt8](locked))
        // As Word wraps what it encrypts: no ZIP file, but one of Microsoft's compound files.
        try kitchen.write(
            "docs/locked.docx", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1] + [UInt8](repeating: 0, count: 4_096))
        try kitchen.write("docs/broken.pdf", "%PDF-1.4\ntrailer<</Root 9 0 R>>\n")
        try kitchen.write("docs/broken.docx", [UInt8](word[..<(word.count / 2)]))
        try kitchen.write("docs/scan.pdf", try fixture("other/scan-0032.pdf"))
        try kitchen.write("docs/table.xlsx", word)
        let made = try TestProcess("/usr/bin/env", ["python3", "-c", Self.bombs, kitchen.path("docs")])
        #expect(made.readLine() == "made")
        return kitchen
    }

    @Test func `each fails by name with the reason and the mend, within bounds, and the others go on`() async throws {
        guard Converter.allCases.allSatisfy(\.isInstalled) else {
            print("documents that cannot be read: skipped, pdftotext or pandoc is not here")
            return
        }
        let kitchen = try kitchen()
        let (run, peak, computed) = try await kitchen.measured("run", "recipe.yaml", "--run", "run")
        #expect(run.code == 1, "\(run.err)")

        let done = try kitchen.lines("out/out.csv").compactMap { $0.split(separator: ",").first }
        #expect(done == ["path", "good.docx", "good.md", "good.pdf"])
        let failures = try kitchen.lines("run/failures.jsonl").map { try JSON.parse($0) }
        #expect(failures.count == Self.faults.count)
        for (name, reason, mend) in Self.faults {
            let failure = try #require(failures.first { $0["record"]?.string == name }, "\(name) did not fail")
            let message = failure["message"]?.string ?? ""
            #expect(message.contains(name) && message.contains(reason) && message.contains(mend), "\(name): \(message)")
            // What to do stands behind a semicolon.
            #expect(message.contains("; "), "\(name): \(message)")
            #expect(failure["cause"] == "unreadable")
        }

        // A bomb that went off would take more than its 600 MB.
        #expect(peak < 500_000_000, "\(peak) bytes")
        #expect(computed < 60, "\(computed) s")
    }
}
