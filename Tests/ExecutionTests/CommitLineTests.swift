import Digests
import Journaling
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

@Suite(.timeLimit(.minutes(5))) struct CommitLineTests {
    private let options: Executor.Options = {
        var options = Executor.Options(lanes: 2, width: 2)
        options.chunkRecords = 4
        options.markBytes = 1_000
        options.gatherBytes = 1_000
        options.markInterval = .seconds(3_600)
        return options
    }()

    private func chunk(_ number: Int, bytes: Int, leavers count: Int = 0, text: String = "") -> ChunkResult {
        var result = ChunkResult(
            number: number, first: number * 4, count: 4,
            end: InputPosition(ordinal: number * 4 + 4, offset: 0, line: 1),
            content: Fingerprint(high: 0, low: UInt64(number)), steps: [], rows: [[]])
        result.rowBytes = bytes
        result.leavers = (0..<count).map { index in
            let record = Record(
                ordinal: number * 4 + index, id: "\(index)",
                origin: RecordOrigin(source: "test", line: nil, content: Fingerprint(high: 0, low: 0)),
                input: ["text": .string(text)])
            let row = Row(record: record, slots: Slots(count: 2), progress: RecordProgress(rules: []))
            return Leaver(
                row: row, place: LeaverPlace(ordinal: record.ordinal, chunk: number, offsets: []),
                textBytes: text.utf8.count)
        }
        return result
    }

    private func mark(_ rows: Int) -> [SinkMark] {
        [SinkMark(offset: Int64(rows), content: Fingerprint(high: 0, low: 0), chunks: 1, rows: rows)]
    }

    @Test func `chunks wait for enough of them, and go together, each with its own mark`() async throws {
        let line = CommitLine(options: options)
        async let batch = line.next()
        #expect(await line.add(chunk(0, bytes: 400), at: mark(4)))
        #expect(await line.add(chunk(1, bytes: 400), at: mark(8)))
        #expect(await line.add(chunk(2, bytes: 400), at: mark(12)))
        let entries = try #require(await batch).chunks.entries
        #expect(entries.map(\.number) == [0, 1, 2])
        #expect(entries.map { $0.sinks.map(\.rows) } == [[4], [8], [12]])
    }

    @Test func `records that left a chunk make it due at once`() async throws {
        let line = CommitLine(options: options)
        async let batch = line.next()
        #expect(await line.add(chunk(0, bytes: 1, leavers: 2), at: mark(2)))
        let taken = try #require(await batch)
        #expect(taken.leavers.map(\.place.ordinal) == [0, 1])
        #expect(taken.chunks.entries.map(\.left) == [2])
    }

    @Test func `what is left goes at the end, and then nothing comes any more`() async throws {
        let line = CommitLine(options: options)
        #expect(await line.add(chunk(0, bytes: 1), at: mark(4)))
        line.end()
        #expect(await line.next()?.chunks.entries.map(\.number) == [0])
        #expect(await line.next() == nil)
    }

    @Test func `who hands over more than fills the window waits until it is taken`() async throws {
        let line = CommitLine(options: options)
        let isTaken = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await line.add(chunk(0, bytes: 1, leavers: 4), at: mark(0))
                #expect(isTaken.value)
            }
            group.addTask {
                // The other is either in its wait by now or finds what has been taken.
                isTaken.change { $0 = true }
                #expect(await line.next()?.leavers.count == 4)
            }
            try await group.waitForAll()
        }
    }

    @Test func `few records of much text are as many as many, and wait to be taken`() async throws {
        let line = CommitLine(options: options)
        let text = String(repeating: "a", count: 600)
        #expect(await line.add(chunk(0, bytes: 1, leavers: 1, text: text), at: mark(0)))
        let isTaken = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await line.add(chunk(1, bytes: 1, leavers: 1, text: text), at: mark(0))
                #expect(isTaken.value)
            }
            group.addTask {
                isTaken.change { $0 = true }
                // The second may have come by now, or not.
                let first = await line.next()?.leavers.count ?? 0
                let second = first == 2 ? 0 : await line.next()?.leavers.count ?? 0
                #expect(first + second == 2)
            }
            try await group.waitForAll()
        }
    }

    @Test func `a record takes what its steps made, too, and what they share once`() {
        let text = String(repeating: "a", count: 1_000)
        let long = String(repeating: "b", count: 50_000)
        let steps: [PlannedStep] = [
            .fake("copy", .pure(PureFake { .answered(["same": $0[0]["text"] ?? .null, "few": "12345"]) })),
            .fake("long", .pure(PureFake { _ in .answered(.list([.string(long)])) })),
            .fake("ask", .answered(AnsweredFake { _, _ in .says("") })),
            .fake("behind", .pure(PureFake { _ in .answered(.string(text)) })),
        ]
        let walk = RowWalk(plan: .fake(NumberSource(size: 1), steps: steps), run: .null)
        let origin = RecordOrigin(source: "test", content: Fingerprint(high: 0, low: 0))
        var row = walk.start(Record(ordinal: 0, id: "0", origin: origin, input: ["text": .string(text)]))
        #expect(walk.textBytes(of: row) == 1_000)
        guard case .asks = walk.advance(&row) else { return #expect(Bool(false), "the row asks nobody") }
        // What another record left behind is not this one's.
        row.slots[steps.count + SlotLayout.firstStep - 1] = .string(long + long)
        #expect(walk.textBytes(of: row) == 51_005)
    }

    @Test func `what is held of records that failed makes chunks due, too`() async throws {
        let line = CommitLine(options: options)
        async let batch = line.next()
        for number in 0..<2 {
            var result = chunk(number, bytes: 1)
            result.endings = [
                EndedRecord(
                    ordinal: number * 4, id: "\(number)",
                    origin: RecordOrigin(source: "test", content: Fingerprint(high: 0, low: 0)), outcome: .failed,
                    marks: [], input: ["text": .string(String(repeating: "a", count: 600))], pure: true)
            ]
            #expect(await line.add(result, at: mark(0)))
        }
        #expect(try #require(await batch).chunks.entries.map(\.number) == [0, 1])
    }

    @Test func `once nothing is brought to the disk any more, both sides hear of it`() async {
        let line = CommitLine(options: options)
        async let goesOn = line.add(chunk(0, bytes: 8_500), at: mark(4))
        async let refused: Void = line.refuse()
        await refused
        #expect(await !goesOn)
        #expect(await line.next() == nil)
        #expect(await !line.add(chunk(1, bytes: 1), at: mark(8)))
    }
}
