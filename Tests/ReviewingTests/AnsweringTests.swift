import Digests
import Journaling
import TestSupport
import Testing
import Values

@testable import Reviewing

/// What a person says, and what becomes of it.
@Suite struct AnsweringTests {
    @Test func `an answer is about what was seen, and counts with who gave it and from where`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        let other = ReviewAnswer(.approve, seen: SHA256Digest(of: "another draft"))
        #expect(try await room.store.answer(other, about: number, by: WaitingRoom.ada) == .changed)
        #expect(try await room.say(.approve, about: number, by: WaitingRoom.bob, note: "fine") == .counts)
        let decision = try #require(try room.store.said(about: number)?.decision)
        #expect(decision == Decision(.approve, by: "Bob", from: "10.0.0.7", note: "fine"))
    }

    @Test func `the first wins, and the second is told who and when`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        #expect(try await room.say(.approve, about: number) == .counts)
        room.move(to: 5)
        let receipt = try await room.say(.reject, about: number, by: WaitingRoom.bob, note: "no")
        #expect(receipt.words(about: "mail-1", for: WaitingRoom.bob).contains("Ada has approved it already, at 2023-"))
        #expect(receipt.words(about: "mail-1", for: WaitingRoom.ada).contains("you have approved it already"))
    }

    @Test func `a new draft voids what was seen of the old one`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        try await room.park(WaitingRoom.review(1, body: "Dear Bob, no."), 1)
        #expect(try room.store.detail(number) == nil)
        #expect(try await room.say(.approve, about: number) == .over)
    }

    @Test func `an edit is held against the schema, and only what changed is written down`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        let wait = try #require(try room.store.detail(number)).wait
        let form = EditForm(wait.fields)
        #expect(form.items.map(\.name) == ["draft.subject", "draft.body"])
        let same = try form.edits(
            ["draft.subject": "Re: invoice", "draft.body": "Dear Bob, thank you."], of: wait.fields)
        #expect(same.isEmpty)
        let long = String(repeating: "x", count: 21)
        let problems = #expect(throws: EditProblems.self) { try form.edits(["draft.subject": long], of: wait.fields) }
        #expect(problems?.all.first?.name == "draft.subject")
        // Nobody gets around it by leaving the form out.
        let refused = try await room.say(.approve, about: number, edits: ValueMap([("draft.subject", .string(long))]))
        guard case .refused = refused else { throw Unexpected(receipt: refused) }
        let unknown = try await room.say(.approve, about: number, edits: ValueMap([("input.from", "me")]))
        guard case .refused = unknown else { throw Unexpected(receipt: unknown) }
        let edits = try form.edits(["draft.subject": "Re: your invoice"], of: wait.fields)
        #expect(try await room.say(.approve, about: number, edits: edits) == .counts)
        #expect(try room.store.said(about: number)?.decision.edits == ValueMap([("draft.subject", "Re: your invoice")]))
    }

    struct Unexpected: Error { var receipt: ReviewReceipt }

    @Test func `an answer is written field by field, by its types`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.answer(1), 1, step: 0)
        let wait = try #require(try room.store.detail(number)).wait
        let form = EditForm(wait.fields)
        #expect(form.items.map(\.control) == [.choice(["billing", "other"]), .truth, .whole, .lines, .date])
        let wrong = [
            "topic.label": "x", "topic.urgent": "maybe", "topic.score": "1.5", "topic.names": "a", "topic.day": "",
        ]
        let problems = #expect(throws: EditProblems.self) { try form.edits(wrong, of: wait.fields) }
        #expect(problems?.all.map(\.name) == ["topic.label", "topic.urgent", "topic.score"])
        let right = [
            "topic.label": "other", "topic.urgent": "true", "topic.score": "7", "topic.names": "Ann\r\nBob",
            "topic.day": "",
        ]
        let edits = try form.edits(right, of: wait.fields)
        #expect(
            edits["topic"] == ["label": "other", "urgent": true, "score": 7, "names": ["Ann", "Bob"]]
                || edits["topic"] == [
                    "label": "other", "urgent": true, "score": 7, "names": ["Ann", "Bob"], "day": nil,
                ])
        let nothing = try await room.say(.write, about: number)
        guard case .refused = nothing else { throw Unexpected(receipt: nothing) }
        let half = try await room.say(.write, about: number, edits: ValueMap([("topic", ["label": "other"])]))
        guard case .refused = half else { throw Unexpected(receipt: half) }
    }

    @Test func `who rejects says why, and nobody says what cannot be said`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        for (word, note) in [
            (Decision.Word.reject, " "), (.happened, "x"), (.approve, String(repeating: "x", count: 5000)),
        ] {
            let receipt = try await room.say(word, about: number, note: note)
            guard case .refused = receipt else { throw Unexpected(receipt: receipt) }
        }
        #expect(try await room.say(.reject, about: number, note: "the tone is wrong") == .counts)
    }

    @Test func `an answer is taken back by who gave it, until a run has used it`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        #expect(try await room.say(.approve, about: number) == .counts)
        #expect(try await room.store.undo(number, by: WaitingRoom.bob) == nil)
        #expect(try await room.store.undo(number, by: WaitingRoom.ada)?.decision.word == .approve)
        #expect(try await room.store.undo(number, by: WaitingRoom.ada) == nil)
        #expect(try await room.say(.reject, about: number, note: "no") == .counts)
        _ = try room.journal.takeDecisions()
        #expect(try await room.store.undo(number, by: WaitingRoom.ada) == nil)
        let receipt = try await room.say(.approve, about: number, by: WaitingRoom.bob)
        guard case .late(let first) = receipt else { throw Unexpected(receipt: receipt) }
        #expect(first.decision.by == "Ada" && first.isTaken)
    }

    // MARK: Many at once

    @Test func `a rule approves what it was shown to be true of, and stands in the journal`() async throws {
        let room = try await WaitingRoom()
        for ordinal in 1...4 {
            try await room.park(WaitingRoom.review(ordinal, label: ordinal % 2 == 0 ? "billing" : "other"), ordinal)
        }
        try await room.park(WaitingRoom.doubt(9), 9, step: 3)
        let rule = "topic.label == \"billing\" && size(draft.body) < 100 && input.size >= 2"
        let matches = try room.store.matches(rule)
        #expect(matches.items.map(\.record) == ["mail-2", "mail-4"] && matches.others == 2)
        #expect(try room.store.counts().answered == 0)
        let seen = matches.seen
        _ = try await room.say(.reject, about: matches.items[0].number, by: WaitingRoom.bob, note: "no")
        #expect(try room.store.matches(rule).seen != seen)
        let receipts = try await room.store.approve(matches, by: WaitingRoom.ada)
        guard case .late = receipts[0] else { throw Unexpected(receipt: receipts[0]) }
        #expect(receipts[1] == .counts)
        #expect(try room.store.said(about: matches.items[1].number)?.decision.rule == rule)
    }

    @Test(arguments: [
        ("topic.label ==", "column"), ("nothing.here", "nothing"), ("size(draft.body)", "true or false"),
        ("", "missing"),
    ])
    func `a rule that is none is told`(rule: String, word: String) async throws {
        let room = try await WaitingRoom()
        try await room.park(WaitingRoom.review(1), 1)
        let problem = #expect(throws: BulkRule.Unusable.self) { try room.store.matches(rule) }
        #expect(problem?.message.contains(word) == true, "\(problem?.message ?? "")")
    }

    @Test func `a record that a rule cannot judge is not approved by it`() async throws {
        let room = try await WaitingRoom()
        try await room.park(WaitingRoom.review(1), 1)
        var other = WaitingRoom.review(2)
        other.shown.append(.init("topic.urgent", true))
        try await room.park(other, 2)
        let matches = try room.store.matches("topic.urgent")
        #expect(matches.items.map(\.record) == ["mail-2"] && matches.unjudged.map(\.record) == ["mail-1"])
    }

    @Test(arguments: [
        ("input.form != \"\"", "'input.form'; did you mean 'input.from'?"),
        ("draft.sbuject.size() > 3 && input.size > 0", "'draft.sbuject'; did you mean 'draft.subject'?"),
        ("draft.nosuch == 1", "'draft.nosuch'"),
    ])
    func `a rule that reads a field which no record has is told`(rule: String, told: String) async throws {
        let room = try await WaitingRoom()
        for ordinal in 1...2 { try await room.park(WaitingRoom.review(ordinal), ordinal) }
        let problem = #expect(throws: BulkRule.Unusable.self) { try room.store.matches(rule) }
        #expect(problem?.message == "no record that waits has a field \(told)")
    }

    @Test(arguments: ["has(input.vip) && input.vip", "input.?vip.orValue(false)"])
    func `a rule may ask whether there is a field`(rule: String) async throws {
        let room = try await WaitingRoom()
        try await room.park(WaitingRoom.review(1), 1)
        let matches = try room.store.matches(rule)
        #expect(matches.items.isEmpty && matches.unjudged.isEmpty && matches.others == 1)
    }
}
