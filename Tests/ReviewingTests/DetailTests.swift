import Journaling
import Runs
import Testing
import Values

@testable import Reviewing

/// What a person sees of a record.
@Suite struct DetailTests {
    @Test func `shows what the recipe shows field by field, and the record beside it`() async throws {
        let room = try await WaitingRoom()
        let number = try await room.park(WaitingRoom.review(1), 1)
        let detail = try #require(try room.store.detail(number))
        #expect(detail.shown.map(\.name) == ["input.text", "topic.label", "draft.subject", "draft.body"])
        #expect(detail.shown.map(\.isSource) == [true, false, false, false])
        #expect(detail.source.map(\.name) == ["input.from", "input.size"])
    }

    @Test func `marks what an answer quotes in the document`() async throws {
        let room = try await WaitingRoom()
        let body = "You wrote: \"NOBODY\" answers the phone.\nand \"nobody\"  answers the phone"
        let number = try await room.park(WaitingRoom.review(1, body: body), 1)
        let detail = try #require(try room.store.detail(number))
        let text = Array(detail.shown[0].text.utf8)
        let marked = (detail.quoted["input.text"] ?? []).map { String(decoding: text[$0], as: UTF8.self) }
        #expect(marked == ["and \u{201C}nobody\u{201D} answers the phone"])
    }

    @Test func `tells the attempts with what was wrong and what changed between them`() async throws {
        let room = try await WaitingRoom()
        for (draw, subject) in [(1, "Your invoice 17"), (2, "Your order 17")] {
            let text = "{\"subject\":\"\(subject)\"}"
            try await room.journal.append([
                JournalEntry(
                    ordinal: 1, step: 1, draw: draw, kind: .failed, at: WaitingRoom.time(0),
                    body: FailedAttempt(Failure(.schema, "too long"), answer: text).body)
            ])
        }
        let number = try await room.park(WaitingRoom.review(1), 1)
        let attempts = try #require(try room.store.detail(number)).attempts
        #expect(attempts.map(\.step) == ["draft", "draft"] && attempts.map(\.attempt) == [1, 2])
        #expect(attempts[0].problem?.contains("too long") == true && attempts[0].changes.isEmpty)
        #expect(attempts[1].changes.first?.parts == [.same("Your "), .gone("invoice "), .new("order "), .same("17")])
    }

    @Test(arguments: [
        ("", ""), ("a", ""), ("", "b c"), ("one two three", "one three"), ("x y", "x  y"), ("é", "e\u{301}"),
    ])
    func `changes lead from one text to the other`(old: String, new: String) {
        let parts = TextChange.changes(from: old, to: new)
        let before = parts.map { if case .new = $0 { "" } else { $0.text } }.joined()
        let after = parts.map { if case .gone = $0 { "" } else { $0.text } }.joined()
        #expect(before.hasSameBytes(as: old) && after.hasSameBytes(as: new))
    }

    @Test func `long texts are compared in a moment`() {
        let old = (0..<100_000).map { "word\($0) " }.joined()
        let new = (0..<100_000).map { "ward\($0) " }.joined()
        #expect(TextChange.changes(from: old, to: new).count == 2)
    }

    @Test(arguments: ["", "short", "not in the text at all, really"])
    func `what does not stand in the document is not marked`(passage: String) {
        let document = QuotedPassages(of: String(repeating: "lorem ipsum dolor ", count: 1000))
        #expect(document.find(passage) == nil)
    }
}
