import Digests
import Journaling
import Runs
import Testing
import Values

@testable import Execution

@Suite struct ParkedRecordsTests {
    private let time = Timestamp(seconds: 1)

    private func wait(of ordinal: Int) throws -> OpenWait {
        let wait = Wait(
            .review, record: "\(ordinal)", step: "approve", since: time, question: "Send it?", choices: [.approve])
        let entry = JournalEntry(
            ordinal: ordinal, step: 0, draw: 1, kind: .waiting, at: time, key: SHA256Digest(of: "\(ordinal)"),
            body: wait.body)
        return try OpenWait(JournalEvent(number: Int64(ordinal), entry: entry))
    }

    private func parked(_ ordinal: Int) -> ParkedRecords.Parked {
        .init(place: LeaverPlace(ordinal: ordinal, chunk: 0, offsets: []), marks: [], items: [], deadline: nil)
    }

    @Test func `a decision that comes before its record waits is there when it does`() async throws {
        let records = ParkedRecords()
        records.add(parked(1))
        #expect(records.decided([try wait(of: 1), try wait(of: 2)]).keys.sorted() == [1])
        #expect(records.take(1) != nil && records.decided([]).isEmpty)
        records.add(parked(2))
        // It rings for it: nobody else does.
        var rings = records.rings.makeAsyncIterator()
        #expect(await rings.next() != nil)
        #expect(records.decided([]).mapValues(\.ordinal) == [2: 2])
        #expect(records.take(2) != nil && records.decided([]).isEmpty)
    }

    @Test func `once they are at an end, nobody waits for a ring`() async {
        let records = ParkedRecords()
        records.end()
        for await _ in records.rings {}
    }
}
