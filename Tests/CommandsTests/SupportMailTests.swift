import Foundation
import TestSupport
import Testing
import Values

/// `recipes/reply-to-support.yaml` from thirty e-mails to the letters that went out: what a person approved, byte for byte,
/// once each, and nothing else.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct SupportMailTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The recipe as it is shipped, with a mail program of the test's, and without the rules on the draft, which the
    /// stand-in for a model knows nothing of.
    private func recipe(mailProgram: String) throws -> String {
        let text = try String(contentsOf: root.appending(path: "recipes/reply-to-support.yaml"), encoding: .utf8)
        let draft = try #require(text.range(of: "    expect:\n      - rule: size(draft"))
        let approval = try #require(text.range(of: "  - name: approval"))
        return text.replacingCharacters(in: draft.lowerBound..<approval.lowerBound, with: "\n")
            .replacing("via: [sendmail, -t]", with: "via: [\(mailProgram), -t]")
    }

    /// Keeps each letter whole under a name of its own; ends the run first where a file says so.
    private let mailProgram = """
        #!/bin/sh
        cd "$(dirname "$0")" || exit 1
        if [ -e kill-next ]; then rm kill-next; kill -9 $PPID; exit 1; fi
        cat >"sent/$$.part" && mv "sent/$$.part" "sent/$$.eml"

        """

    private func letters(_ kitchen: Kitchen) throws -> [String] {
        try kitchen.files("sent").filter { $0.hasSuffix(".eml") }.map { try kitchen.read("sent/\($0)") }
    }

    private func waiting(_ kitchen: Kitchen) async throws -> [(record: String, seen: String, kind: String)] {
        let list = try await kitchen.linecook("review", "run", "--list", "--json")
        #expect(list.code == 0, "\(list.err)")
        return try list.out.split(separator: "\n").map { line in
            let item = try JSON.parse(String(line))
            return (item["record"]?.string ?? "", item["seen"]?.string ?? "", item["kind"]?.string ?? "")
        }
    }

    @Test func `what was approved goes out once, as it was approved, also when the run is killed in the middle`()
        async throws
    {
        let kitchen = try Kitchen()
        try kitchen.write("sent/.keep", "")
        try kitchen.write("mail", mailProgram)
        #expect(chmod(kitchen.path("mail"), 0o755) == 0)
        try kitchen.write("recipe.yaml", try recipe(mailProgram: kitchen.path("mail")))
        let server = try ModelServer()
        let words = [
            "run", "recipe.yaml", "--run", "run", "--input", root.appending(path: "fixtures/inbox").path, "--model",
            server.asClerk, "--in-flight", "1",
        ]

        let drafted = try await kitchen.linecook(words)
        #expect(drafted.code == 3, "\(drafted.err)")
        let queue = try await waiting(kitchen)
        #expect(queue.count == 28 && queue.allSatisfy { $0.kind == "review" })
        #expect(try letters(kitchen).isEmpty)

        func answer(_ index: Int, _ words: String...) async throws {
            let answered = try await kitchen.linecook(
                ["review", "run", "--answer", words[0], "--record", queue[index].record, "--seen", queue[index].seen]
                    + words.dropFirst())
            #expect(answered.code == 0, "\(answered.err)")
        }
        for index in 0..<5 { try await answer(index, "approve") }
        try await answer(5, "approve", "--edit", "draft.subject=We have it in hand")
        try await answer(6, "reject", "--note", "a person calls them")

        // Killed while the first letter is with the mail program, one at a time: whether it went out is not known.
        try kitchen.write("kill-next", "")
        #expect(try await kitchen.linecook(words).code == 137)
        let resumed = try await kitchen.linecook(words)
        #expect(resumed.code == 3, "\(resumed.err)")
        let sent = try letters(kitchen)
        let doubts = try await waiting(kitchen).filter { $0.kind == "doubt" }
        #expect(doubts.count == 1 && sent.count == 5)

        // Going on changes nothing: no letter goes out again, and none that is in doubt.
        #expect(try await kitchen.linecook(words).code == 3)
        #expect(try letters(kitchen).count == sent.count)

        for doubt in doubts {
            let said = try await kitchen.linecook(
                "review", "run", "--answer", "again", "--record", doubt.record, "--seen", doubt.seen)
            #expect(said.code == 0, "\(said.err)")
        }
        #expect(try await kitchen.linecook(words).code == 3)
        let all = try letters(kitchen)
        #expect(all.count == 6)
        let names = all.compactMap { letter in letter.split(separator: "\n").first { $0.hasPrefix("Message-ID:") } }
        #expect(Set(names).count == 6)
        #expect(all.count { $0.contains("Subject: We have it in hand") } == 1)
        #expect(all.allSatisfy { $0.contains("In-Reply-To:") })
        let report = try kitchen.report()
        #expect(report["counts"]?["done"] == 6 && report["counts"]?["rejected"] == 1)
        #expect(report["counts"]?["waiting"] == 21 && report["counts"]?["skipped"] == 2)
    }
}
