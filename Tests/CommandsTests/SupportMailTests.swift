import Digests
import Foundation
import Journaling
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
    private func recipe(mailProgram: String, within: String = "3d") throws -> String {
        let text = try String(contentsOf: root.appending(path: "recipes/reply-to-support.yaml"), encoding: .utf8)
        let draft = try #require(text.range(of: "    expect:\n      - rule: size(draft"))
        let approval = try #require(text.range(of: "  - name: approval"))
        try #require(text.contains("within: 3d\n"))
        return text.replacingCharacters(in: draft.lowerBound..<approval.lowerBound, with: "\n")
            .replacing("via: [sendmail, -t]", with: "via: [\(mailProgram), -t]")
            .replacing("within: 3d\n", with: "within: \(within)\n")
    }

    /// Keeps each letter whole under a name of its own; ends the run first where a file says so.
    private let mailProgram = """
        #!/bin/sh
        cd "$(dirname "$0")" || exit 1
        if [ -e kill-next ]; then rm kill-next; kill -9 $PPID; exit 1; fi
        cat >"sent/$$.part" && mv "sent/$$.part" "sent/$$.eml"

        """

    /// Reads letters as any mail program does, and not as ours writes them.
    private let mailReader = """
        import email, email.policy, glob, json
        for name in glob.glob("sent/*.eml"):
            with open(name, "rb") as file:
                letter = email.message_from_binary_file(file, policy=email.policy.default)
            print(json.dumps({"to": [each.addr_spec for each in letter["To"].addresses], "subject": letter["Subject"],
                              "body": letter.get_content(), "id": letter["Message-ID"], "answers": letter["In-Reply-To"]}))

        """

    /// What counts of a letter: what a person approved.
    private struct Letter: Hashable {
        var to: String
        var subject: String
        var body: String
    }

    /// What the mail program was given, each once or as often as it came.
    private func sent(_ kitchen: Kitchen) async throws -> [Letter] {
        try kitchen.write("read.py", mailReader)
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let read = try await CommandProcess(
            ["python3", "read.py"], in: kitchen.folder.path, environment: ["PATH": path]
        ).end()
        #expect(read.code == 0, "\(read.err)")
        let letters = try read.out.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(Set(letters.map { $0["id"]?.string }).count == letters.count)
        #expect(letters.allSatisfy { $0["answers"]?.string?.hasPrefix("<") == true })
        return letters.map { letter in
            Letter(
                to: letter["to"]?.list?.compactMap(\.string).joined(separator: ", ") ?? "",
                subject: letter["subject"]?.string ?? "", body: letter["body"]?.string ?? "")
        }
    }

    /// The letter that a review shows. A letter ends with a line end, and a subject with no blank.
    private func letter(_ record: String, _ kitchen: Kitchen) async throws -> Letter {
        let shown = try await kitchen.linecook("review", "run", "--show", record, "--json")
        let values = try #require(try JSON.parse(shown.out)["shown"])
        // `Ann Lee <ann@example.com>`, or the address alone.
        let from = try #require(values["input.from"]?.string)
        let address = from.split(separator: "<").last.map { String($0.prefix { $0 != ">" }) } ?? from
        let body = values["draft"]?["body"]?.string ?? ""
        return Letter(
            to: address, subject: (values["draft"]?["subject"]?.string ?? "").trimmingCharacters(in: .whitespaces),
            body: body.hasSuffix("\n") ? body : body + "\n")
    }

    private func answer(_ kitchen: Kitchen, _ record: String, _ seen: String, _ words: String...) async throws
        -> Finished
    {
        try await kitchen.linecook(
            ["review", "run", "--record", record, "--seen", seen, "--answer"] + words)
    }

    /// Puts e-mails of `fixtures/inbox` into the inbox of the test: those, or all others.
    private func deliver(_ kitchen: Kitchen, _ names: Set<String>, others: Bool = false) throws {
        let inbox = root.appending(path: "fixtures/inbox")
        try kitchen.write("inbox/.keep", "")
        for name in try FileManager.default.contentsOfDirectory(atPath: inbox.path) where names.contains(name) != others
        {
            try FileManager.default.copyItem(
                at: inbox.appending(path: name), to: URL(filePath: kitchen.path("inbox/\(name)")))
        }
    }

    @Test func `what was approved goes out once, as it was approved, also when the run is killed in the middle`()
        async throws
    {
        let kitchen = try Kitchen()
        try kitchen.write("sent/.keep", "")
        try kitchen.write("mail", mailProgram)
        #expect(chmod(kitchen.path("mail"), 0o755) == 0)
        let server = try ModelServer()
        let words = [
            "run", "recipe.yaml", "--run", "run", "--input", "inbox", "--model", server.asClerk, "--in-flight", "1",
        ]

        // Two come before the others, and nobody answers them in time.
        let early: Set = ["0019-api-pages.eml", "0026-lob.eml"]
        try deliver(kitchen, early)
        try kitchen.write("recipe.yaml", try recipe(mailProgram: kitchen.path("mail"), within: "2s"))
        // A run that takes so long sees itself that nobody answered.
        let begun = try await kitchen.linecook(words)
        #expect([1, 3].contains(begun.code), "\(begun.err)")
        let journal = kitchen.path("run/journal.sqlite")
        let unanswered = try SQLiteJournalReader(path: journal).waits()
        try await wait(for: "the end of their time") {
            let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
            return unanswered.allSatisfy { $0.wait.isExpired(at: now) }
        }
        for open in unanswered {
            #expect(try await answer(kitchen, open.wait.record, open.key.hex, "approve").code == 1)
        }

        try deliver(kitchen, early, others: true)
        try kitchen.write("recipe.yaml", try recipe(mailProgram: kitchen.path("mail")))
        let drafted = try await kitchen.linecook(words)
        // 1, not 3, because nobody looked at two of them in time.
        #expect(drafted.code == 1, "\(drafted.err)")
        // Two of the thirty were written by programs.
        let queue = try await kitchen.queue().map { ($0["record"]?.string ?? "", $0["seen"]?.string ?? "") }
        #expect(queue.count == 26)
        #expect(try await sent(kitchen).isEmpty)

        var approved: [String: Letter] = [:]
        for (index, (record, seen)) in queue.prefix(7).enumerated() {
            var letter = try await letter(record, kitchen)
            let answered: Finished
            switch index {
            case 5:
                letter.subject = "We have it in hand"
                answered = try await answer(
                    kitchen, record, seen, "approve", "--edit", "draft.subject=We have it in hand")
            case 6: answered = try await answer(kitchen, record, seen, "reject", "--note", "a person calls them")
            default: answered = try await answer(kitchen, record, seen, "approve")
            }
            #expect(answered.code == 0, "\(answered.err)")
            if index != 6 { approved[record] = letter }
        }

        // Killed while the first letter is with the mail program, one at a time: whether it went out is not known.
        try kitchen.write("kill-next", "")
        #expect(try await kitchen.linecook(words).code == 137)
        let resumed = try await kitchen.linecook(words)
        #expect(resumed.code == 1, "\(resumed.err)")
        let doubts = try await kitchen.queue("--kind", "doubt")
        let doubt = try #require(doubts.first?["record"]?.string)
        #expect(doubts.count == 1 && approved[doubt] != nil)
        let others = approved.filter { $0.key != doubt }.values
        var letters = try await sent(kitchen)
        #expect(letters.count == 5)
        #expect(Set(letters).symmetricDifference(others) == [])

        // Going on changes nothing: no letter goes out again, and none that is in doubt.
        #expect(try await kitchen.linecook(words).code == 1)
        #expect(try await sent(kitchen).count == 5)

        let said = try await answer(kitchen, doubt, doubts[0]["seen"]?.string ?? "", "again")
        #expect(said.code == 0, "\(said.err)")
        #expect(try await kitchen.linecook(words).code == 1)
        letters = try await sent(kitchen)
        #expect(letters.count == 6)
        #expect(Set(letters).symmetricDifference(approved.values) == [])
        let counts = try kitchen.report()["counts"]
        #expect(counts?["read"] == 30 && counts?["done"] == 6 && counts?["rejected"] == 3)
        #expect(counts?["waiting"] == 19 && counts?["skipped"] == 2)
        let failures = try kitchen.read("run/failures.csv")
        #expect(failures.ranges(of: "not answered in time").count == 2, "\(failures)")
        #expect(failures.contains("a person calls them"))
    }
}
