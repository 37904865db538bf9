import Foundation
import Records
import TestSupport
import Testing
import Values

/// Real documents of six kinds: every sentence and every fact of a mail that the list beside them names is in what a recipe
/// makes of them.
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

    @Test func `every fact of a mail is in its row, and its words are in its copy`() async throws {
        let folder = try corpus("documents")
        let columns =
            ", from: input.from, to: input.to, subject: input.subject, date: input.date, message_id: input.message_id, "
            + "attachments: 'input.attachments.map(a, a.name)'"
        let kitchen = try Kitchen(Self.recipe("\(folder)/files/eml", columns: columns))
        let run = try await kitchen.run()
        var table = try CorpusRow("documents, eml", kitchen.report(), lookingFor: "facts of mails")
        #expect(table.read == 22 && table.done == 22, "\(run.err)")
        let rows = Dictionary(try kitchen.rows("out/out.jsonl").map { ($0["file"]?.string ?? "", $0) }) { first, _ in
            first
        }
        for entry in try jsonLines("\(folder)/manifest.jsonl") where entry["format"]?.string == "eml" {
            let name = String(try #require(entry["file"]?.string?.split(separator: "/").last))
            let (row, facts) = (try #require(rows[name]), try #require(entry["email"]))
            let text = folded(try kitchen.read("out/texts/\(name).txt"))
            for (fact, isFound) in try Self.check(row, against: facts, text: text) {
                table.look(for: "\(name): \(fact)", isFound)
            }
        }
        #expect(table.asked >= 22 * 6)
        table.print()
    }

    private static func check(_ row: Value, against facts: Value, text: String) throws -> [(String, Bool)] {
        func isSame(_ field: String, _ fact: String) -> (String, Bool) {
            ("\(fact) \(facts[fact] ?? .null)", (row[field] ?? .null) == (facts[fact] ?? .null))
        }
        var checks = [isSame("subject", "subject"), isSame("from", "from"), isSame("message_id", "message-id")]
        // What stands there instead of an address could not be read by the program that made the list either.
        let to = facts["to"]?.string ?? ""
        let found = row["to"]?.list?.compactMap(\.string) ?? []
        checks.append(
            ("to \(to): \(found)", found.joined(separator: ", ") == to || (!to.contains("@") && found.isEmpty)))
        checks.append(("date \(facts["date"] ?? .null)", try date(row["date"]) == mailDate(facts["date"])))
        let names = row["attachments"]?.list?.compactMap(\.string).filter { $0 != "unnamed" } ?? []
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

    private static func date(_ value: Value?) throws -> Date? {
        guard let text = value?.string else { return nil }
        return try Date(text, strategy: .iso8601)
    }

    private static func mailDate(_ value: Value?) throws -> Date? {
        guard let text = value?.string else { return nil }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        let date: Date = try #require(format.date(from: text), "\(text)")
        return date
    }
}
