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

    @Test func `the front matter of posts is read as it stands`() async throws {
        let folder = "\(try corpus("posts-18f"))/posts"
        let kitchen = try Kitchen(
            """
            recipe: copy-front-matter
            input:
              folder: "\(folder)"
              match: "*.md"
              meta: {title: string or null, date: string or null, layout: string or null, tags: {list of: string, or: null}}
            steps: [{name: place, set: {id: record.id}}]
            output: [{jsonl: out.jsonl, columns: {id: place.id, meta: input.meta}}]

            """)
        let run = try await kitchen.run()
        var table = try CorpusRow("posts-18f", kitchen.report(), lookingFor: "facts of front matter")
        #expect(table.read == 60 && table.done == 60, "\(run.err)")
        for row in try kitchen.rows("out/out.jsonl") {
            let name = try #require(row["id"]?.string)
            let post = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            for (key, fact) in Self.facts(of: post) { table.look(for: "\(name): \(key)", row["meta"]?[key] == fact) }
        }
        #expect(table.asked >= 170)
        table.print()
    }

    /// What stands in the front matter on a line of its own, or in a list of plain words, as eyes read it.
    private static func facts(of post: String) -> [(key: String, fact: Value)] {
        let lines = post.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().prefix { $0 != "---" }
        var facts: [(key: String, fact: Value)] = []
        var tags: [Value]?
        for line in lines {
            if let item = line.firstMatch(of: /^ *- +([\w .\-]*\w)\s*$/)?.1, tags != nil {
                tags?.append(.string(String(item)))
                continue
            }
            if let list = tags, !list.isEmpty { facts.append(("tags", .list(list))) }
            tags = line.wholeMatch(of: /tags:\s*/) == nil ? nil : []
            for key in ["title", "date", "layout"] where line.hasPrefix("\(key): ") {
                let text = line.dropFirst(key.count + 2).trimmingCharacters(in: .whitespaces)
                guard let first = text.first, !">|\\".contains(first) else { continue }
                let isQuoted = "\"'".contains(first)
                // One that goes on in the next line is left to other tests.
                if isQuoted, text.last != first { continue }
                facts.append((key, .string(isQuoted ? String(text.dropFirst().dropLast()) : text)))
            }
        }
        return facts
    }
}
