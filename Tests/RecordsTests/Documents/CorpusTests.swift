import Foundation
import Runs
import Schemas
import Testing
import Values

@testable import Records

/// The real documents of `shared/corpora/documents`: every sentence and every fact that its manifest names.
@Suite struct DocumentCorpusTests {
    /// What was found and what was asked for, by kind.
    private struct Table {
        private var rows: [String: (files: Int, found: Int, asked: Int)] = [:]

        mutating func file(_ kind: String) { rows[kind, default: (0, 0, 0)].files += 1 }

        mutating func count(_ kind: String, _ isFound: Bool) {
            rows[kind, default: (0, 0, 0)].asked += 1
            if isFound { rows[kind, default: (0, 0, 0)].found += 1 }
        }

        var text: String {
            rows.sorted { $0.key < $1.key }.map { kind, row in
                "documents: \(kind): \(row.files) files, \(row.found) of \(row.asked) found"
            }.joined(separator: "\n")
        }

        func asked(_ kind: String) -> Int { rows[kind]?.asked ?? 0 }
    }

    @Test func `every probe sentence and every mail fact is found`() async throws {
        guard let folder = corpusFolder("documents") else {
            print("documents: skipped, the corpus is not here")
            return
        }
        guard has(.pdftotext, .pdfinfo, .pandoc) else { return }
        let meta = MetaFields([.init("title", .nullable(.string(maxLength: nil)))])
        let source = try FolderSource(path: folder, name: "documents", patterns: ["files/**"], meta: meta)
        var (inputs, failures): ([String: Value], [String: String]) = ([:], [:])
        let reader = try source.reader(from: nil)
        while let batch = try reader.next(limit: 1_000, bytes: 1 << 20) {
            await batch.prepared().forEach { read in
                switch read {
                case .record(let record): inputs[record.id] = record.input
                case .unreadable(let record): failures[record.id] = record.failure.message
                }
            }
        }
        // Its words stand in a text box alone, and pandoc finds none either.
        #expect(Set(failures.keys) == ["files/docx/pandoc-text-in-shape-format.docx"], "\(failures)")

        var table = Table()
        let manifest = try ReadOut(JSONLSource(path: "\(folder)/manifest.jsonl", name: "manifest.jsonl")).inputs
        for entry in manifest {
            let (file, kind) = (try #require(entry["file"]?.string), try #require(entry["format"]?.string))
            table.file(kind)
            guard let input = inputs[file] else { continue }
            let text = folded(input["text"]?.string ?? "")
            for probe in entry["probes"]?.list ?? [] {
                let isFound = text.contains(folded(probe.string ?? ""))
                #expect(isFound, "\(file): \(probe)")
                table.count(kind, isFound)
            }
            guard let facts = entry["email"], facts.map != nil else { continue }
            for (fact, isFound) in try check(facts, of: input, text: text) {
                #expect(isFound, "\(file): \(fact)")
                table.count(kind, isFound)
            }
        }
        print(table.text)
        #expect(manifest.count == 64)
        #expect(["txt", "md", "html", "pdf", "docx", "eml"].allSatisfy { table.asked($0) >= 15 })
    }

    private func check(_ facts: Value, of mail: Value, text: String) throws -> [(String, Bool)] {
        var checks: [(String, Bool)] = [
            ("subject \(facts["subject"] ?? .null)", mail["subject"] == facts["subject"]),
            ("from \(facts["from"] ?? .null)", mail["from"] == facts["from"]),
            ("message-id", (mail["message_id"] ?? .null) == (facts["message-id"] ?? .null)),
        ]
        // What stands there instead of an address could not be read by the program that made the list either.
        let to = facts["to"]?.string ?? ""
        let found = mail["to"]?.list?.compactMap(\.string) ?? []
        checks.append(
            ("to \(to): \(found)", found.joined(separator: ", ") == to || (!to.contains("@") && found.isEmpty)))
        checks.append(
            (
                "date \(facts["date"] ?? .null)",
                (mail["date"] ?? .null) == (try date(facts["date"]?.string).map(Value.timestamp) ?? .null)
            ))
        let names = mail["attachments"]?.list?.compactMap { $0["name"]?.string }.filter { $0 != "unnamed" } ?? []
        let listed = facts["attachments"]?.list?.compactMap(\.string) ?? []
        checks.append(("attachments \(listed): \(names)", names == listed))
        if let start = facts["body_start"]?.string {
            // The list has HTML as it is written; here it is text, and its first words are looked for.
            let isFound =
                start.hasPrefix("<html>")
                ? text.contains("Router lets you share files and a broadband") : text.hasPrefix(folded(start))
            checks.append(("body \(start.prefix(40))", isFound))
        }
        return checks
    }

    private func date(_ text: String?) throws -> Timestamp? {
        guard let text else { return nil }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return Timestamp(seconds: Int64(try #require(format.date(from: text)).timeIntervalSince1970))
    }

    private func folded(_ text: String) -> String {
        text.split { $0.isWhitespace }.joined(separator: " ")
    }
}
