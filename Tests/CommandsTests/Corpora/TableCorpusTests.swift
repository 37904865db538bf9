import Foundation
import TestSupport
import Testing
import Values

/// Real tables and lists of texts go through a recipe that asks nobody, and come out as they went in.
@Suite(.startsPrograms, .timeLimit(.minutes(4))) struct TableCorpusTests {
    @Test(arguments: [
        ("companies", "opendata500-us.csv", 529), ("companies", "sp500-constituents.csv", 503),
        ("companies", "listed-paris.csv", 976), ("tickets-banking77", "banking77-test.csv", 3_080),
    ])
    func `every row of a table comes out, each cell as it was`(name: String, file: String, count: Int64) async throws {
        let path = "\(try corpus(name))/\(file)"
        let kitchen = try Kitchen(
            """
            recipe: copy-rows
            input: {csv: "\(path)"}
            steps: [{name: place, set: {id: record.id}}]
            output: [{csv: out.csv, keep: input, columns: {linecook_id: place.id}}]

            """)
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        var table = try CorpusRow("\(name), \(file)", kitchen.report(), lookingFor: "rows, cell by cell")
        #expect(table.read == count && table.done == count)
        for (row, isSame) in try Self.compare(path, kitchen.path("out/out.csv")).enumerated() {
            table.look(for: "row \(row + 1)", isSame)
        }
        // The header is compared, too.
        #expect(table.asked == Int(count) + 1)
        table.print()
    }

    /// Which rows of a table are the same in another that has a column more, as python's reader sees both.
    private static func compare(_ path: String, _ copy: String) throws -> [Bool] {
        let program = """
            import csv, itertools, json, sys
            csv.field_size_limit(1 << 30)
            def rows(path): return list(csv.reader(open(path, encoding='utf-8-sig', newline='')))
            pairs = itertools.zip_longest(rows(sys.argv[1]), rows(sys.argv[2]))
            print(json.dumps([b is not None and a == b[:-1] for a, b in pairs]))
            """
        let process = try TestProcess("/usr/bin/env", ["python3", "-c", program, path, copy])
        return try JSON.parse(try #require(process.readLine())).list?.map { $0 == .bool(true) } ?? []
    }

    @Test(arguments: [
        ("ref-facts-e2e", "cases.jsonl", 200, "text"), ("ref-spans-restaurant8k", "cases.jsonl", 400, "text"),
        ("ref-receipts-sroie", "cases.jsonl", 160, "text"), ("ref-summaries-scitldr", "cases.jsonl", 150, "text"),
        ("ref-hallucination", "answers.jsonl", 400, "chatgpt_response"),
        ("ref-hallucination", "grounded-qa.jsonl", 250, "knowledge"),
    ])
    func `every text of a list comes out, byte for byte`(
        name: String, file: String, count: Int64, field: String
    ) async throws {
        let path = "\(try corpus(name))/\(file)"
        let kitchen = try Kitchen(
            """
            recipe: copy-texts
            input: {jsonl: "\(path)"}
            steps: [{name: copy, set: {text: "{{ input.\(field) }}"}}]
            output: [{jsonl: out.jsonl, columns: {text: copy.text}}]

            """)
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        var table = try CorpusRow("\(name), \(file)", kitchen.report(), lookingFor: "texts, byte for byte")
        let (before, after) = (try jsonLines(path), try kitchen.rows("out/out.jsonl"))
        #expect(table.read == count && after.count == Int(count))
        for (old, new) in zip(before, after) {
            let text = try #require(old[field]?.string)
            table.look(for: text, new["text"]?.string.map { Array($0.utf8) } == Array(text.utf8))
        }
        table.print()
    }
}
