import Foundation
import Records
import TestSupport
import Testing
import Values

/// Real documents of five kinds: every sentence that the list beside them names is in what a recipe makes of them.
@Suite(.startsPrograms, .timeLimit(.minutes(4))) struct DocumentCorpusTests {
    private static func recipe(_ folder: String, columns: String = "") -> String {
        """
        recipe: copy-documents
        input: {folder: "\(folder)", match: "**"}
        steps:
          - name: copy
            write: {path: "texts/{{ input.path }}.txt", text: "{{ input.text }}"}
        output: [{jsonl: out.jsonl, columns: {file: input.path, bytes: copy.bytes\(columns)}}]

        """
    }

    /// Documents whose words stand in a text box alone, where the converter finds none either.
    private static let withoutText = ["pandoc-text-in-shape-format.docx"]

    @Test(arguments: [("txt", 11), ("md", 8), ("html", 6), ("pdf", 5), ("docx", 12)])
    func `every probe sentence of a document is in its copy`(kind: String, count: Int) async throws {
        let folder = try corpus("documents")
        guard Converter.allCases.allSatisfy(\.isInstalled) else { try Test.cancel("pdftotext or pandoc is not here") }
        let kitchen = try Kitchen(Self.recipe("\(folder)/files/\(kind)"))
        let run = try await kitchen.run()
        let report = try kitchen.report()
        var table = try CorpusRow("documents, \(kind)", report, lookingFor: "probe sentences")
        #expect(table.read == count, "\(run.err)")
        let entries = try jsonLines("\(folder)/manifest.jsonl").filter { $0["format"]?.string == kind }
        #expect(entries.count == count)
        var unreadable: [String] = []
        for entry in entries {
            let name = try #require(entry["file"]?.string?.split(separator: "/").last)
            guard kitchen.exists("out/texts/\(name).txt") else {
                unreadable.append(String(name))
                continue
            }
            let text = folded(try kitchen.read("out/texts/\(name).txt"))
            for probe in entry["probes"]?.list ?? [] {
                table.look(for: "\(name): \(probe)", text.contains(folded(probe.string ?? "")))
            }
        }
        #expect(unreadable == Self.withoutText.filter { $0.hasSuffix(kind) }, "\(run.err)")
        #expect(table.failed == unreadable.count && table.done == count - unreadable.count && table.asked >= 15)
        table.print()
    }
}
