import Digests
import Journaling
import Runs
import Testing
import Values

@testable import Reporting

@Suite struct RecordHistoryTests {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_772_460_000 + seconds) }

    private func entry(
        _ kind: JournalEntry.Kind, step: Int = 1, draw: Int = 1, at second: Int64, body: Value? = nil,
        usage: Usage? = nil
    ) -> JournalEntry {
        JournalEntry(
            ordinal: 40, step: step, draw: draw, kind: kind, at: at(second), key: SHA256Digest(of: "q"),
            body: body.map { JSON.bytes(of: $0) } ?? [], usage: usage)
    }

    private var ended: EndedRecord {
        EndedRecord(
            ordinal: 40, id: "ten",
            origin: RecordOrigin(source: "leads.csv", line: 12, content: Fingerprint(of: "ten")),
            outcome: .done, marks: [.done, .done], pure: false)
    }

    /// The ten records, and one more that broke a rule, was asked again and edited by a person.
    private var journal: StubJournal {
        var journal = StubJournal.tenRecords
        let wait = Wait(
            .review, record: "ten", step: "label", since: at(4), question: "Send it?", shown: [.init("draft", "Dear")],
            fields: [.init("draft", "Dear", schema: true)], choices: [.approve, .reject])
        journal.happened(entry(.start, at: 0))
        let said = FailedAttempt(Failure(.rule, "too short"), prompt: "Write.", answer: "D")
        journal.happened(entry(.failed, at: 1, body: try? JSON.parse(said.body), usage: Usage(tokensIn: 7)))
        journal.happened(entry(.start, draw: 2, at: 2))
        journal.happened(entry(.answer, draw: 2, at: 3, body: ["text": "Dear"], usage: Usage(tokensOut: 2, cost: 5)))
        journal.happened(entry(.waiting, at: 4, body: try? JSON.parse(wait.body)))
        let number = Int64(journal.events.count)
        var said2 = Decision(.approve, by: "Ada", from: "terminal", edits: ValueMap([("draft", "Dear Bob")])).value.map
        said2?.set("wait", to: .int(number))
        journal.happened(entry(.decision, at: 5, body: said2.map(Value.map)))
        journal.happened(entry(.start, step: 0, at: 6))
        journal.happened(.ended(ended, at: at(7)))
        journal.endings.append(RecordEnding(record: ended, inChunk: nil))
        return journal
    }

    private func events(_ history: RecordHistory) -> [String] {
        (history.value["history"]?.list ?? []).map { "\($0["step"]?.string ?? "-") \($0["event"]?.string ?? "")" }
    }

    @Test func `tells what happened in its order, a start only where nothing came of it`() throws {
        let history = try RecordHistory(of: "ten", reading: journal)
        #expect(
            events(history) == [
                "label failed", "label answered", "label waits", "label decided", "screen asked", "- ended",
            ])
        #expect(history.origin?.line == 12 && history.ordinal == 40 && !history.endedWithinChunk)
    }

    @Test func `a failed attempt has its prompt, answer, cause and what it took`() throws {
        let failed = try #require(try RecordHistory(of: "ten", reading: journal).value["history"]?.list?.first)
        #expect(failed["prompt"] == "Write." && failed["answer"] == "D" && failed["cause"] == "rule")
        #expect(failed["message"] == "too short" && failed["tokens_in"] == 7 && failed["attempt"] == 1)
    }

    @Test func `a decision has who, where from, and what was changed from what`() throws {
        let happened = try RecordHistory(of: "ten", reading: journal).value["history"]?.list ?? []
        let decided = try #require(happened.first { $0["event"] == "decided" })
        #expect(decided["by"] == "Ada" && decided["from"] == "terminal" && decided["word"] == "approve")
        let change = decided["changes"]?.list?.first
        #expect(change?["field"] == "draft" && change?["before"] == "Dear" && change?["after"] == "Dear Bob")
        #expect(happened.first { $0["event"] == "waits" }?["shown"]?["draft"] == "Dear")
    }

    @Test func `narrowed to a step it tells of nothing else`() throws {
        let history = try RecordHistory(of: "ten", reading: journal).narrowed(to: "screen")
        #expect(events(history) == ["screen asked"])
    }

    @Test func `a record that is not there is told with those that are`() {
        let error = #expect(throws: UnknownRecord.self) { try RecordHistory(of: "eleven", reading: journal) }
        #expect(error?.known.contains("ten") ?? false)
    }

    @Test func `one that ended within its chunk is found by the fingerprint of its id`() throws {
        var journal = journal
        journal.chunks[0].members = [
            .init(id: Fingerprint(of: "plain"), content: Fingerprint(of: ""))
        ]
        let history = try RecordHistory(of: "plain", reading: journal)
        #expect(history.endedWithinChunk && history.ordinal == journal.chunks[0].first && history.happenings.isEmpty)
    }
}
