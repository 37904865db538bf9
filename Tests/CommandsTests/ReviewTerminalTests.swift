import Foundation
import Journaling
import Reviewing
import TestSupport
import Testing
import Values

/// `linecook review` on a terminal of its own.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ReviewTerminalTests {
    private func decisions(_ kitchen: Kitchen) throws -> [Decision] {
        try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).decisions().sorted { $0.key < $1.key }
            .map(\.value.decision)
    }

    private func start(_ kitchen: Kitchen, _ words: [String] = [], _ more: [String: String] = [:]) throws
        -> CommandProcess
    {
        try kitchen.start(["review", "run"] + words, environment: more, size: (80, 24))
    }

    @Test func `approves, rejects with a reason, skips, undoes, and says what is left`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen)
        #expect(await review.says("mails/101.eml"))
        review.type("a")
        #expect(await review.says("mails/101.eml: approved"))
        review.type("r")
        #expect(await review.says("Why is it rejected"))
        review.type("too curt é\r")
        #expect(await review.says("mails/102.eml: rejected"))
        review.type("u")
        #expect(await review.says("mails/102.eml: your answer is taken back"))
        review.type("s")
        #expect(await review.says("mails/103.eml · approval"))
        review.type("q")
        let finished = await review.end()
        #expect(finished.code == 3, "\(finished.out)")
        #expect(finished.out.contains("5 still wait"))
        // The screen is given back, the cursor too.
        #expect(finished.out.contains("\u{1B}[?1049l") && finished.out.contains("\u{1B}[?25h"))
        let all = try decisions(kitchen)
        #expect(all.map(\.word) == [.approve])
        #expect(all[0].by == NSUserName() && all[0].from?.hasPrefix("terminal") == true)
    }

    @Test func `a reason is kept with the rejection, and where it was given`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen, [], ["SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"])
        #expect(await review.says("mails/101.eml"))
        review.type("r")
        #expect(await review.says("Why is it rejected"))
        review.type("\r")
        #expect(await review.says("say why"))
        review.type("r")
        review.type("wrong bank\u{7F}\u{7F}\u{7F}\u{7F}name é\r")
        #expect(await review.says("mails/101.eml: rejected"))
        review.type("q")
        _ = await review.end()
        let said = try decisions(kitchen)
        #expect(said.map(\.note) == ["wrong name é"])
        #expect(said.map(\.from) == ["terminal, over ssh from 192.0.2.7"])
    }

    @Test func `edits in the person's editor, checks by the schema, shows the changes and approves them`() async throws
    {
        let kitchen = try await Kitchen.withWaiting()
        _ = try kitchen.folder.writeProgram("editor", "sed -i 's/charged twice (1)/your payment/' \"$1\"")
        _ = try kitchen.folder.writeProgram("long", "sed -i \"s/charged twice (2)/$(printf '%0200d' 0)/\" \"$1\"")
        let review = try start(kitchen, [], ["EDITOR": kitchen.path("editor")])
        #expect(await review.says("mails/101.eml"))
        review.type("e")
        #expect(await review.says("your changes stand at the top"))
        #expect(await review.says("{+your payment+}"))
        review.type("a")
        #expect(await review.says("approved with your changes"))
        review.type("q")
        _ = await review.end()
        #expect(try decisions(kitchen)[0].edits == ValueMap([("draft.subject", "Re: your payment")]))
        let second = try start(kitchen, [], ["EDITOR": kitchen.path("long")])
        #expect(await second.says("mails/102.eml"))
        second.type("e")
        #expect(await second.says("at most 120"))
        second.type("q")
        _ = await second.end()
        #expect(try kitchen.files("run").allSatisfy { !$0.contains("edit") })
    }

    /// Makes the first subject too long, and mends it once it is told that it is.
    private func slowLearner(_ kitchen: Kitchen) throws -> [String: String] {
        _ = try kitchen.folder.writeProgram(
            "learner",
            """
            if grep -q '^Not taken' "$1"; then
              cp "$1" "\(kitchen.path("reopened.txt"))"
              sed -i 's/0\\{200\\}/Re: mended/' "$1"
            else
              sed -i "s/Re: charged twice (1)/$(printf '%0200d' 0)/" "$1"
            fi
            """)
        return ["EDITOR": kitchen.path("learner")]
    }

    @Test func `an edit that is refused is mended before anything is approved`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen, [], slowLearner(kitchen))
        #expect(await review.says("mails/101.eml"))
        review.type("e")
        #expect(await review.says("not taken: draft.subject: 200 characters, at most 120"))
        review.type("a")
        #expect(await review.says("your edit is not taken yet: e mends it, u gives it up"))
        #expect(try decisions(kitchen).isEmpty)
        review.type("e")
        #expect(await review.says("{+mended+}"))
        let reopened = try kitchen.read("reopened.txt")
        #expect(reopened.hasPrefix("Not taken: draft.subject: 200 characters, at most 120\n"))
        #expect(reopened.contains("\n" + String(repeating: "0", count: 200) + "\n"))
        review.type("a")
        #expect(await review.says("mails/101.eml: approved with your changes"))
        review.type("q")
        _ = await review.end()
        #expect(try decisions(kitchen).map(\.edits) == [ValueMap([("draft.subject", "Re: mended")])])
    }

    @Test func `an edit that is refused can be given up, and then the text is approved as it was`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen, [], slowLearner(kitchen))
        #expect(await review.says("mails/101.eml"))
        review.type("e")
        #expect(await review.says("u give it up"))
        review.type("u")
        #expect(await review.says("your edit is given up; nothing is changed"))
        review.type("a")
        #expect(await review.says("mails/101.eml: approved; u takes it back"))
        review.type("q")
        _ = await review.end()
        #expect(try decisions(kitchen).map(\.edits) == [ValueMap()])
    }

    @Test func `at 40 columns the reason of a refusal and the keys are all there`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try kitchen.start(["review", "run"], environment: slowLearner(kitchen), size: (40, 24))
        // Where a line ends, the rest of its row is cleared.
        #expect(await review.says("a approve  e edit  r reject  s skip\u{1B}[K"))
        #expect(await review.says("u undo  ? help  q quit\u{1B}[K"))
        review.type("e")
        #expect(await review.says("not taken: draft.subject: 200\u{1B}[K"))
        #expect(await review.says("characters, at most 120. e mends it, u\u{1B}[K"))
        #expect(await review.says("e mend your edit  u give it up  r reject\u{1B}[K"))
        #expect(await review.says("s skip  ? help  q quit\u{1B}[K"))
        review.type("q")
        _ = await review.end()
        #expect(try decisions(kitchen).isEmpty)
    }

    @Test func `an empty queue says why it is, and which keys there are`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen, ["--find", "zzz"])
        #expect(await review.says("None of 6 waiting records matches 'zzz'."))
        #expect(await review.says("/ find  u undo  ? help  q quit\u{1B}[K"))
        review.type("q")
        #expect(await review.end().code == 3)
    }

    @Test func `Esc takes no other key along, and what Alt sends is no answer`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen)
        #expect(await review.says("mails/101.eml"))
        review.type("\u{1B}a")
        review.type("s")
        #expect(await review.says("mails/102.eml"))
        #expect(try decisions(kitchen).isEmpty)
        review.type("\u{1B}")
        #expect(await review.says("no key for that"))
        review.type("a")
        #expect(await review.says("mails/102.eml: approved"))
        review.type("q")
        _ = await review.end()
    }

    @Test func `what changed between attempts is marked`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen, ["--find", "201"], ["NO_COLOR": "1"])
        #expect(await review.says("mails/201.eml"))
        review.type("  ")
        #expect(await review.says("[-money-]{+bilings+}"))
        review.type("q")
        _ = await review.end()
    }

    @Test func `hostile text orders nothing, at 80 by 24 and without colour`() async throws {
        let kitchen = try await Kitchen.withWaiting(0)
        let review = try start(kitchen, ["--find", "evil"], ["NO_COLOR": "1"])
        #expect(await review.says("u{202E}evil"))
        for _ in 1...3 { review.type(" ") }
        review.type("?")
        #expect(await review.says("any key goes back"))
        review.type("?")
        review.type("q")
        let finished = await review.end()
        #expect(!finished.hung)
        let orders = try Regex("\u{1B}(?!\\[H|\\[K|\\[J|\\[\\?1049[hl]|\\[\\?25[hl])")
        #expect(finished.out.firstMatch(of: orders) == nil)
        #expect(
            !finished.out.contains("\u{202E}") && !finished.out.contains("\u{07}") && !finished.out.contains("\u{0}"))
        // No row is longer than the terminal.
        let rows = finished.out.replacing(try Regex("\u{1B}\\[[?0-9]*[A-Za-z]"), with: "").split(separator: "\r\n")
        #expect(rows.allSatisfy { $0.unicodeScalars.count <= 80 * 2 })
    }

    @Test(arguments: [SIGTERM, SIGHUP, SIGINT])
    func `a signal gives the terminal back`(number: Int32) async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen)
        #expect(await review.says("mails/101.eml"))
        review.send(number)
        let finished = await review.end()
        #expect(finished.code == (number == SIGINT ? 3 : 143))
        #expect(finished.out.contains("\u{1B}[?1049l") && finished.out.contains("\u{1B}[?25h"))
    }

    @Test func `another person's answer is told, and does not count twice`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let review = try start(kitchen)
        #expect(await review.says("mails/101.eml"))
        let shown = try await kitchen.linecook("review", "run", "--show", "mails/101.eml", "--json")
        let seen = try #require(try JSON.parse(shown.out)["seen"]?.string)
        let other = try await kitchen.linecook(
            "review", "run", "--answer", "reject", "--record", "mails/101.eml", "--seen", seen, "--note", "not now")
        #expect(other.code == 0, "\(other.err)")
        #expect(await review.says("meanwhile"))
        review.type("a")
        #expect(await review.says("does not count"))
        review.type("q")
        _ = await review.end()
        #expect(try decisions(kitchen).map(\.word) == [.reject])
    }

    // MARK: Without a screen

    @Test func `lists and shows for people and programs`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let text = try await kitchen.linecook("review", "run", "--list", "--order", "kind")
        #expect(text.code == 0)
        #expect(text.out.split(separator: "\n").first?.contains("mails/202.eml  reply  in doubt") == true)
        #expect(!text.out.contains("\u{1B}") && !text.out.contains("mails/late.eml"))
        let json = try await kitchen.linecook("review", "run", "--list", "--json", "--kind", "review")
        let items = try json.out.split(separator: "\n").map { try JSON.parse(String($0)) }
        #expect(items.count == 4 && items[0]["record"] == "mails/101.eml")
        let shown = try await kitchen.linecook("review", "run", "--show", "mails/201.eml")
        #expect(shown.out.contains("topic.label:") && shown.out.contains("seen: "))
        #expect(try await kitchen.linecook("review", "run", "--show", "nothing").code == 1)
    }

    @Test func `answers one record that a script has seen, and no other`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let shown = try await kitchen.linecook("review", "run", "--show", "mails/201.eml", "--json")
        let seen = try #require(try JSON.parse(shown.out)["seen"]?.string)
        func answer(_ words: String...) async throws -> Finished {
            try await kitchen.linecook(["review", "run", "--record", "mails/201.eml"] + words)
        }
        #expect(try await answer("--answer", "write").code == 64)
        #expect(try await answer("--answer", "write", "--seen", "000000000000").code == 1)
        #expect(try await answer("--answer", "approve", "--seen", seen).code == 1)
        let wrong = try await answer("--answer", "write", "--seen", seen, "--edit", "topic.label=bill")
        #expect(wrong.code == 1 && wrong.err.contains("none of billing"))
        #expect(try await answer("--answer", "write", "--seen", seen, "--edit", "nothing=x").code == 64)
        let good = try await answer(
            "--answer", "write", "--seen", String(seen.prefix(12)), "--edit", "topic.label=billing")
        #expect(good.code == 0, "\(good.err)")
        #expect(try decisions(kitchen)[0].edits["topic"]?["label"] == "billing")
        #expect(try await answer("--answer", "reject", "--seen", seen, "--note", "x").code == 1)
    }

    @Test func `approves by a rule what it showed, and only when it is told to`() async throws {
        let kitchen = try await Kitchen.withWaiting(4)
        let rule = "topic.label == \"billing\""
        let asked = try await kitchen.linecook("review", "run", "--approve-where", rule)
        #expect(asked.code == 3 && asked.err.contains("mails/103.eml") && asked.err.contains("2 records"))
        #expect(try decisions(kitchen).isEmpty)
        let told = try await kitchen.linecook("review", "run", "--approve-where", rule, "--yes")
        #expect(told.code == 3 && told.err.contains("2 approved") && told.err.contains("5 still wait"), "\(told.err)")
        #expect(try decisions(kitchen).allSatisfy { $0.rule == rule })
        #expect(try await kitchen.linecook("review", "run", "--approve-where", "(", "--yes").code == 64)
        let nobody = try await kitchen.linecook("review", "run", "--approve-where", "topic.label == \"x\"", "--yes")
        #expect(nobody.code == 3 && nobody.err.contains("true of 0 records"), "\(nobody.err)")
    }

    @Test func `a rule with a misspelt field approves nothing, and is told`() async throws {
        let kitchen = try await Kitchen.withWaiting()
        let told = try await kitchen.linecook("review", "run", "--approve-where", "input.form != \"\"", "--yes")
        #expect(told.code == 64)
        #expect(
            told.err.contains("no record that waits has a field 'input.form'; did you mean 'input.from'?"),
            "\(told.err)")
        #expect(try decisions(kitchen).isEmpty)
    }

    @Test(arguments: [
        ["--web"], ["--as", "Ada"], ["--web", "--as", "Ada", "--listen", "0.0.0.0:0"],
        ["--list", "--web", "--as", "Ada"],
        ["--answer", "approve"], ["--note", "x"], ["--web", "--as", "Ada", "--certificate", "x"],
        ["--web", "--as", "Ada", "--listen", "127.0.0.1"],
    ])
    func `what does not go together is told`(words: [String]) async throws {
        let kitchen = try await Kitchen.withWaiting()
        #expect(try await kitchen.linecook(["review", "run"] + words).code == 64)
    }
}
