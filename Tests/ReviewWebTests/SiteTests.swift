import Digests
import Foundation
import Journaling
import Reviewing
import Testing
import Values

@testable import ReviewWeb

/// The pages: what they show, and what becomes of their forms.
@Suite struct SiteTests {
    private func seen(_ room: WebRoom, _ number: Int64) throws -> String {
        try #require(try room.store.detail(number)).open.key.hex
    }

    @Test func `approves what was seen, says so on the next record, and takes it back`() async throws {
        let room = try await WebRoom()
        let (first, second) = (try await room.park("mail-1", 1), try await room.park("mail-2", 2))
        let ada = try await room.enter("Ada")
        #expect(await ada.get("/").text.contains("mail-2"))
        let answered = try await ada.post(
            "/record/\(first)/answer", [("word", "approve"), ("seen", seen(room, first))])
        #expect(answered.status == 303)
        let place = try #require(answered.header("Location"))
        #expect(place.hasPrefix("/record/\(second)?last=\(first)"))
        let page = await ada.get(place).text
        #expect(page.contains("You have approved mail-1"))
        let said = try #require(try room.store.said(about: first)?.decision)
        #expect(said.by == "Ada" && said.from == "127.0.0.1" && said.edits.isEmpty)
        #expect(try await ada.post("/record/\(first)/undo", []).header("Location") == "/record/\(first)")
        #expect(try room.store.counts().open == 2)
    }

    @Test func `a second click says what the first one said, a second person is told`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1)
        let (ada, bob) = (try await room.enter("Ada"), try await room.enter("Bob"))
        let fields = [("word", "approve"), ("seen", try seen(room, number))]
        for _ in 1...2 {
            let place = try #require(try await ada.post("/record/\(number)/answer", fields).header("Location"))
            #expect(!place.contains("late"))
        }
        let late = try #require(
            try await bob.post("/record/\(number)/answer", [("word", "reject"), ("note", "no")] + fields.dropFirst())
                .header("Location"))
        let page = await bob.get(late).text
        #expect(page.contains("Ada has approved") && page.contains("came second"))
        let counts = await bob.get("/counts?record=\(number)").text
        #expect(counts.contains("Ada has approved it"))
    }

    @Test func `an edit is checked, and what was typed stands there still when it is refused`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1)
        let ada = try await room.enter("Ada")
        let long = String(repeating: "long ", count: 20)
        let fields = [("word", "approve"), ("seen", try seen(room, number))]
        let refused = try await ada.post("/record/\(number)/answer", fields + [("edit.draft.body", long)])
        #expect(refused.status == 422 && refused.text.contains(long) && refused.text.contains("aria-invalid"))
        let taken = try await ada.post("/record/\(number)/answer", fields + [("edit.draft.body", "Dear\r\nAnn")])
        #expect(taken.status == 303)
        #expect(try room.store.said(about: number)?.decision.edits == ValueMap([("draft.body", "Dear\nAnn")]))
    }

    @Test func `a control that nobody touched is no edit, whatever stands in it`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1, body: "\n\u{202E}a\u{0}\r\n<b>\u{7F}")
        let ada = try await room.enter("Ada")
        let shown = "\n<U+202E>a\u{2400}\r\n<b>\u{2421}"
        let answered = try await ada.post(
            "/record/\(number)/answer", [("word", "approve"), ("seen", seen(room, number)), ("edit.draft.body", shown)])
        #expect(answered.status == 303)
        #expect(try room.store.said(about: number)?.decision.edits.isEmpty == true)
    }

    @Test func `who rejects says why, and who is late is told`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1, deadline: 60)
        let ada = try await room.enter("Ada")
        let fields = [("word", "reject"), ("seen", try seen(room, number))]
        let refused = try await ada.post("/record/\(number)/answer", fields)
        #expect(refused.status == 422 && refused.text.contains("say why"))
        #expect(!(await ada.get("/counts?record=\(number)").text.contains("said")))
        room.wait(seconds: 61)
        #expect(await ada.get("/counts?record=\(number)").text.contains("It was not answered in time"))
        let late = try await ada.post("/record/\(number)/answer", fields + [("note", "no")])
        #expect(late.status == 409 && late.text.contains("does not count"))
    }

    @Test func `what changed since it was seen is not approved`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1)
        let ada = try await room.enter("Ada")
        let old = try seen(room, number)
        try await room.park("mail-1", 1, body: "Dear Ann")
        let response = try await ada.post("/record/\(number)/answer", [("word", "approve"), ("seen", old)])
        #expect(response.status == 409)
        #expect(try room.store.counts().open == 1)
    }

    @Test func `a rule shows its matches first and approves those and no others`() async throws {
        let room = try await WebRoom()
        for ordinal in 1...3 { try await room.park("mail-\(ordinal)", ordinal, body: ordinal == 3 ? "No" : "Dear Bob") }
        let ada = try await room.enter("Ada")
        #expect(try await ada.post("/rule", [("rule", "nothing(")]).status == 422)
        let rule = "draft.body.startsWith(\"Dear\")"
        let shown = try await ada.post("/rule", [("rule", rule)])
        #expect(shown.text.contains("True of 2 records") && shown.text.contains("mail-2"))
        #expect(try room.store.counts().answered == 0)
        let matches = try room.store.matches(rule)
        #expect(try await ada.post("/rule/approve", [("rule", rule), ("seen", "00")]).status == 409)
        let approved = try await ada.post("/rule/approve", [("rule", rule), ("seen", matches.seen.hex)])
        #expect(approved.text.contains("2 approved by the rule"))
        #expect(try room.store.counts().open == 1)
    }

    @Test func `nothing of a record becomes markup`() async throws {
        let room = try await WebRoom()
        let evil = "</textarea></pre><script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
        let number = try await room.park(evil, 1, body: evil)
        let ada = try await room.enter("Ada")
        for target in ["/", "/record/\(number)", "/?find=\(FormFields.encoded(evil))&step=\(FormFields.encoded(evil))"]
        {
            let text = await ada.get(target).text
            #expect(!text.contains("<script>") && !text.contains("<img"))
            #expect(text.components(separatedBy: "<script").count == 2)
        }
    }

    @Test func `marks what the answer quotes in the document`() async throws {
        let room = try await WebRoom()
        let number = try await room.park("mail-1", 1, body: "nobody answers the phone")
        let ada = try await room.enter("Ada")
        #expect(await ada.get("/record/\(number)").text.contains("<mark>nobody answers the phone</mark>"))
    }
}
