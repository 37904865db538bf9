import Digests
import Foundation
import Journaling
import TestSupport
import Testing
import Values

/// Records that wait for a person, from the recipe to the exit code.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct WaitingTests {
    /// Drafts a line for each row without asking a model, and has a person look at the large ones.
    private func kitchen(within: String = "3d", behind: String = "size(draft.text)") throws -> Kitchen {
        let kitchen = try Kitchen(
            """
            recipe: approve
            models: {clerk: local}
            input: {csv: rows.csv, key: id, fields: {id: string, amount: integer}}
            steps:
              - name: draft
                ask:
                  model: clerk
                  prompt: "{{ input.id }} {{ input.amount }}"
                  answer: {text: string <= 20}
                expect: [{rule: 'draft.text != "no"', because: it says no}]
              - name: approval
                when: input.amount > 1
                review:
                  question: Pay {{ input.id }}?
                  show: [input.id, draft]
                  edit: draft.text
                  within: \(within)
              - name: length
                set: {text: draft.text, size: \(behind), by: 'approval == null ? "nobody" : approval.by'}
            output: {jsonl: out.jsonl, columns: {id: input.id, text: length.text, size: length.size, by: length.by}}

            """)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        return kitchen
    }

    private func waits(_ kitchen: Kitchen) throws -> [OpenWait] {
        try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).waits()
    }

    private func entries(_ kitchen: Kitchen) throws -> Int {
        var count = 0
        try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).forEachEvent { _ in count += 1 }
        return count
    }

    private func decide(_ decision: Decision, _ record: String, _ kitchen: Kitchen) async throws {
        let journal = try SQLiteJournal(path: kitchen.path("run/journal.sqlite"))
        let wait = try #require(try journal.reader().waits().first { $0.wait.record == record })
        let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))
        let receipt = try await journal.decide(decision, about: wait.number, at: now)
        guard case .counts = receipt else { throw NotCounted(receipt: receipt) }
        try await journal.close()
    }

    private struct NotCounted: Error { var receipt: DecisionReceipt }

    private func model() throws -> ModelServer { try ModelServer() }

    @Test func `what waits ends the run with 3, and goes on once it is decided`() async throws {
        let (kitchen, server) = (try kitchen(), try model())
        let first = try await kitchen.run("--model", server.asClerk)
        #expect(first.code == 3 && first.err.hasSuffix("\n2 records wait for a person: linecook review run\n"))
        #expect(try kitchen.report()["counts"]?["waiting"] == 2)
        #expect(try kitchen.lines("out/out.jsonl").count == 1)
        let open = try waits(kitchen)
        #expect(Set(open.map(\.wait.record)) == ["b", "c"])
        let wait = try #require(open.first { $0.wait.record == "b" }?.wait)
        #expect(wait.kind == .review && wait.step == "approval" && wait.question == "Pay b?")
        #expect(wait.shown.map(\.name) == ["input.id", "draft"] && wait.shown[0].value == "b")
        #expect(wait.fields.map(\.name) == ["draft.text"] && wait.fields[0].value == wait.shown[1].value["text"])
        #expect(wait.fields[0].schema["maxLength"] == 20)
        #expect(wait.deadline.flatMap { $0.since(wait.since) } == Values.Duration(seconds: 3 * 86_400))

        try await decide(
            Decision(.approve, by: "Ada", edits: ValueMap([("draft.text", "pay two")])), "b", kitchen)
        try await decide(Decision(.reject, by: "Bob", note: "no budget"), "c", kitchen)
        let asked = try await server.figure("requests")
        let second = try await kitchen.linecook("resume", "run")
        #expect(second.code == 0 && !second.err.contains("for a person"), "\(second.err)")
        let lines = try kitchen.lines("out/out.jsonl")
        #expect(lines.count == 2 && lines[0].hasSuffix(#""by":"nobody"}"#))
        #expect(lines.last == #"{"id":"b","text":"pay two","size":7,"by":"Ada"}"#)
        #expect(try kitchen.report()["counts"]?["rejected"] == 1)
        #expect(try kitchen.read("run/failures.csv").contains("Bob said no: no budget"))
        #expect(try await server.figure("requests") == asked)
    }

    @Test func `a run that is gone on with while nobody has answered adds nothing to its journal`() async throws {
        let (kitchen, server) = (try kitchen(), try model())
        #expect(try await kitchen.run("--model", server.asClerk).code == 3)
        let before = try entries(kitchen)
        #expect(before > 0)
        for _ in 0..<2 {
            let again = try await kitchen.linecook("resume", "run")
            #expect(again.code == 3, "\(again.err)")
            #expect(try kitchen.report()["counts"]?["waiting"] == 2)
            #expect(try entries(kitchen) == before)
        }
        for record in ["b", "c"] { try await decide(Decision(.approve, by: "Ada"), record, kitchen) }
        #expect(try await kitchen.linecook("resume", "run").code == 0)
        #expect(try kitchen.report()["counts"]?["done"] == 3)
    }

    @Test func `an edit that breaks a rule is asked again, with the reason`() async throws {
        let (kitchen, server) = (try kitchen(), try model())
        _ = try await kitchen.run("--model", server.asClerk)
        try await decide(Decision(.approve, by: "Ada", edits: ValueMap([("draft.text", "no")])), "b", kitchen)
        #expect(try await kitchen.run("--model", server.asClerk).code == 3)
        let wait = try #require(try waits(kitchen).first { $0.wait.record == "b" })
        #expect(wait.wait.problem == "'draft' as it was edited: it says no" && wait.decided == nil)
        try await decide(Decision(.approve, by: "Ada"), "b", kitchen)
        try await decide(Decision(.approve, by: "Ada"), "c", kitchen)
        #expect(try await kitchen.run("--model", server.asClerk).code == 0)
        #expect(try kitchen.lines("out/out.jsonl").count == 3)
    }

    @Test func `not answered in time is rejected, and ends with 1`() async throws {
        let (kitchen, server) = (try kitchen(within: "50ms"), try model())
        let first = try await kitchen.run("--model", server.asClerk)
        // By the time that it ends the run may have seen that nobody answered.
        var last = first
        for _ in 1...100 where last.code == 3 { last = try await kitchen.run("--model", server.asClerk) }
        #expect(last.code == 1, "\(last.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["rejected"] == 2 && report["counts"]?["done"] == 1)
        #expect(try kitchen.read("run/report.json").contains("not answered in time"))
    }

    @Test(arguments: [
        ("{{ input.id }} {{ input.amount }}", "{{ input.id }}: {{ input.amount }}"),
        ("size: size(draft.text)", "size: 1 + size(draft.text)"),
        ("show: [input.id, draft]", "show: [input.id, input.amount, draft]"),
    ])
    func `another draft, another step behind it, or more to see makes an approval void`(old: String, new: String)
        async throws
    {
        let (kitchen, server) = (try kitchen(), try model())
        _ = try await kitchen.run("--model", server.asClerk)
        let before = try waits(kitchen)
        try await decide(Decision(.approve, by: "Ada"), "b", kitchen)
        let recipe = try kitchen.read("recipe.yaml")
        try #require(recipe.contains(old))
        try kitchen.write("recipe.yaml", recipe.replacing(old, with: new))
        #expect(try await kitchen.run("--model", server.asClerk).code == 3)
        let after = try waits(kitchen)
        #expect(after.count == 2 && Set(after.map(\.key)).isDisjoint(with: before.map(\.key)))
        #expect(after.allSatisfy { $0.decided == nil })
        try await decide(Decision(.approve, by: "Ada"), "b", kitchen)
        try await decide(Decision(.approve, by: "Ada"), "c", kitchen)
        #expect(try await kitchen.run("--model", server.asClerk).code == 0)
    }

    @Test func `an answer that keeps no rule is parked, and a person takes it, writes it, asks again or says no`()
        async throws
    {
        let kitchen = try Kitchen(
            """
            recipe: parked
            models: {clerk: local}
            input: {csv: rows.csv, key: id}
            steps:
              - name: draft
                ask:
                  model: clerk
                  prompt: "{{ input.id }}"
                  answer: {text: string <= 20}
                expect: [{rule: 'draft.text.startsWith("pay")', because: it pays nobody}]
                attempts: 2
                otherwise: review
              - name: small
                check: [{rule: 'draft.text != "no"', because: it says no}]
                otherwise: review
            output: {jsonl: out.jsonl, columns: {id: input.id, text: draft.text}}

            """)
        try kitchen.write("rows.csv", "id\na\nb\nc\nd\n")
        let server = try model()
        let first = try await kitchen.run("--model", server.asClerk)
        #expect(first.code == 3, "\(first.err)")
        let open = try #require(try waits(kitchen).first)
        #expect(open.wait.kind == .answer && open.wait.problem == "it pays nobody")
        #expect(open.wait.choices == [.accept, .write, .again, .reject])
        #expect(open.wait.fields.first?.value["text"]?.string != nil)
        #expect(try await server.figure("requests") == 8)
        try await decide(Decision(.accept, by: "Ada"), "a", kitchen)
        try await decide(Decision(.write, by: "Ada", edits: ValueMap([("draft", ["text": "pay Bob"])])), "b", kitchen)
        try await decide(Decision(.again, by: "Ada"), "c", kitchen)
        try await decide(Decision(.reject, by: "Ada", note: "too short"), "d", kitchen)
        let second = try await kitchen.run("--model", server.asClerk)
        #expect(second.code == 3, "\(second.err)")
        #expect(try await server.figure("requests") == 10)
        #expect(try kitchen.lines("out/out.jsonl").count == 2)
        #expect(try kitchen.lines("out/out.jsonl").last == #"{"id":"b","text":"pay Bob"}"#)
        #expect(try waits(kitchen).map(\.wait.record) == ["c"])
        try await decide(Decision(.write, by: "Ada", edits: ValueMap([("draft", ["text": "pay much"])])), "c", kitchen)
        #expect(try await kitchen.run("--model", server.asClerk).code == 0)
        #expect(try kitchen.lines("out/out.jsonl").last == #"{"id":"c","text":"pay much"}"#)
        #expect(try kitchen.report()["counts"]?["rejected"] == 1)
    }

    @Test func `a decision is taken up while the run goes on`() async throws {
        let (kitchen, server) = (try kitchen(), try model())
        // The last row holds the run open while the others are decided.
        let records = ["b", "c", "d", "e", "f", "g", "h", "i"]
        try kitchen.write("rows.csv", "id,amount\n" + records.map { "\($0),2\n" }.joined() + "[fault hold],1\n")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--progress", "none"])
        try await server.wasAsked(9)
        try await wait(for: "the records that wait") { [self] in
            kitchen.exists("run/journal.sqlite") ? try waits(kitchen).count == records.count : false
        }
        var times: [Swift.Duration] = []
        for record in records {
            let left = try waits(kitchen).count - 1
            try await decide(Decision(record == "b" ? .approve : .reject, by: "Ada"), record, kitchen)
            let said = ContinuousClock.now
            try await wait(for: "the run to take it up") { [self] in try waits(kitchen).count == left }
            times.append(said.duration(to: .now))
        }
        // One of them, because other tests run beside it.
        #expect(times.contains { $0 < .seconds(1) }, "\(times)")
        server.release()
        let run = await process.end()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 2)
        #expect(try waits(kitchen).isEmpty)
    }

    // MARK: review --continue

    private func answer(_ kitchen: Kitchen, _ record: String, _ words: String...) async throws -> Finished {
        let open = try #require(try waits(kitchen).first { $0.wait.record == record })
        return try await kitchen.linecook(
            ["review", "run", "--record", record, "--seen", open.key.hex, "--continue", "--answer"] + words)
    }

    @Test func `review goes on with what was answered, from a script and from the terminal`() async throws {
        let (kitchen, server) = (try kitchen(), try model())
        _ = try await kitchen.run("--model", server.asClerk)
        let asked = try await server.figure("requests")
        // What does not count is nothing to go on with.
        #expect(try await answer(kitchen, "b", "accept").code == 1)
        #expect(try SQLiteJournalReader(path: kitchen.path("run/journal.sqlite")).history().starts.count == 1)

        let first = try await answer(kitchen, "b", "approve")
        #expect(first.code == 3 && first.err.hasSuffix("\n1 record waits for a person: linecook review run\n"))
        #expect(try kitchen.lines("out/out.jsonl").last?.contains(#""id":"b""#) == true)
        #expect(try waits(kitchen).map(\.wait.record) == ["c"])

        let review = try kitchen.start(["review", "run", "--continue"], size: (80, 24))
        #expect(await review.says("Pay c?"))
        review.type("a")
        #expect(await review.says("c: approved"))
        review.type("q")
        let ended = await review.end()
        #expect(ended.code == 0, "\(ended.out)")
        #expect(try kitchen.lines("out/out.jsonl").count == 3)
        #expect(try kitchen.report()["counts"]?["done"] == 3)
        #expect(try await server.figure("requests") == asked)
    }

    @Test func `review leaves a run that goes on elsewhere to itself`() async throws {
        let (kitchen, server) = (try kitchen(), try model())
        try kitchen.write("rows.csv", "id,amount\nb,2\nc,3\n[fault hold],1\n")
        let process = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--progress", "none"])
        try await server.wasAsked(3)
        try await wait(for: "two records that wait") { [self] in
            kitchen.exists("run/journal.sqlite") ? try waits(kitchen).count == 2 : false
        }
        for record in ["b", "c"] {
            let answered = try await answer(kitchen, record, "approve")
            #expect(answered.code == 0 && answered.err.contains("goes on in another process"), "\(answered.err)")
        }
        server.release()
        let run = await process.end()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 3)
    }
}
