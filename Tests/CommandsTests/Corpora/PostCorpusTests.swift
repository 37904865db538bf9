import Foundation
import TestSupport
import Testing
import Values

/// Sixty posts of a real blog, with front matter as people write it, under the rules of `review-content` that need no model.
@Suite(.startsPrograms, .timeLimit(.minutes(2))) struct PostCorpusTests {
    private static func recipe(_ folder: String) -> String {
        """
        recipe: check-posts
        input:
          folder: "\(folder)/posts"
          match: "**/*.md"
          meta: {title: string or null, description: string or null, excerpt: string or null, date: string or null}
        steps:
          - name: house_rules
            check:
              - rule: input.meta.title != null
                because: the post has no title
              - rule: input.meta.title == null || size(input.meta.title) <= 70
                because: the title is longer than 70 characters
                severity: warning
              - rule: input.meta.description != null && size(input.meta.description) >= 50
                because: the description is missing or shorter than 50 characters
              - rule: input.meta.date != null && input.meta.date.matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}")
                because: the date is missing or not written as 2026-05-31
            otherwise: flag
          - name: copy
            set: {text: "{{ input.text }}"}
        output:
          - jsonl: out.jsonl
            columns: {file: input.path, title: input.meta.title, date: input.meta.date, text: copy.text,
              described: 'input.meta.description != null', passed: house_rules.passed}

        """
    }

    @Test func `title, date and text of every post are what the file says, and the rules find who lacks them`()
        async throws
    {
        let folder = try corpus("posts-18f")
        let kitchen = try Kitchen(Self.recipe(folder))
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        let report = try kitchen.report()
        var table = try CorpusRow("posts-18f", report, lookingFor: "titles, dates, texts, findings")
        #expect(table.read == 60 && table.done == 60)
        for row in try kitchen.rows("out/out.jsonl") {
            let file = try #require(row["file"]?.string)
            let post = try Post(String(contentsOfFile: "\(folder)/posts/\(file)", encoding: .utf8))
            table.look(
                for: "\(file): title \(row["title"] ?? .null), not \(post.title)", row["title"]?.string == post.title)
            table.look(for: "\(file): date \(row["date"] ?? .null)", row["date"]?.string?.hasPrefix(post.date) ?? false)
            table.look(for: "\(file): text", folded(row["text"]?.string ?? "") == folded(post.text))
            let breaks = !post.hasDescription
            table.look(for: "\(file): findings", row["passed"] == .bool(!breaks))
        }
        table.print()
    }

    /// A post as it is cut here by lines, without a reader of YAML.
    private struct Post {
        var title = ""
        var date = ""
        var hasDescription = false
        var text: String

        init(_ file: String) throws {
            var lines = file.split(separator: "\n", omittingEmptySubsequences: false)[...]
            try #require(lines.popFirst()?.hasPrefix("---") ?? false)
            let end = try #require(lines.firstIndex { $0.hasPrefix("---") })
            for line in lines[..<end] {
                func value(_ name: String) -> String? {
                    guard line.hasPrefix("\(name):") else { return nil }
                    let value = line.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
                    guard let quote = value.first, quote == "\"" || quote == "'", value.last == quote else {
                        return value
                    }
                    return String(value.dropFirst().dropLast()).replacing("''", with: "'")
                }
                title = value("title") ?? title
                date = value("date").map { String($0.prefix(10)) } ?? date
                hasDescription = hasDescription || (value("description")?.count ?? 0) > 2
            }
            text = lines[(end + 1)...].joined(separator: "\n")
        }
    }
}
