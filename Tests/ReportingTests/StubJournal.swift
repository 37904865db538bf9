import Digests
import Journaling
import Reporting
import Runs
import Values

/// A journal that holds what a test says.
struct StubJournal: JournalReading {
    var starts: [RunStart]
    var ends: [RunEnd] = []
    var chunks: [ChunkEntry] = []
    var endings: [RecordEnding] = []
    var events: [JournalEvent] = []

    func waits() -> [OpenWait] { [] }
    func decisions() -> [Int64: OpenWait.Decided] { [:] }
    func history() -> RunHistory { RunHistory(starts: starts, ends: ends, isClosed: starts.count == ends.count) }
    func forEachChunk(_ body: (ChunkEntry) throws -> Void) throws { try chunks.forEach(body) }
    func verify() {}
    func forEachEnding(_ body: (RecordEnding) throws -> Void) throws { try endings.forEach(body) }
    func events(of ordinal: Int) -> [JournalEvent] { events.filter { $0.entry.ordinal == ordinal } }
    func events(numbered numbers: [Int64]) -> [JournalEvent] { events.filter { numbers.contains($0.number) } }
    func forEachEvent(of ordinals: Range<Int>, _ body: (JournalEvent) throws -> Void) throws {
        try forEachEvent { if ordinals.contains($0.entry.ordinal) { try body($0) } }
    }

    func forEachEvent(after number: Int64, _ body: (JournalEvent) throws -> Void) throws {
        for event in events where event.number > number { try body(event) }
    }

    func forEachLastEvent(_ body: (LastEvent) throws -> Void) throws {}
}

extension StubJournal {
    mutating func happened(_ entry: JournalEntry) {
        events.append(JournalEvent(number: Int64(events.count + 1), entry: entry))
    }

    /// Ten records of two steps, `check` and `ask`: number 2 cannot be read, 3 is flagged by both steps, 5 fails twice
    /// at the question and ends, 7 is skipped, 9 was never let in; the others are done.
    static let tenRecords: StubJournal = {
        let outline = RunOutline(
            recipe: "sort", recipePath: "sort.yaml", input: "leads.csv",
            steps: [
                RunOutline.Step(name: "screen", kind: "check", answered: false),
                RunOutline.Step(name: "label", kind: "ask", answered: true, model: "clerk"),
            ])
        var journal = StubJournal(
            starts: [
                RunStart(
                    id: "sort-1", at: Timestamp(seconds: 1_772_460_000), recipeText: [], outline: outline,
                    plan: SHA256Digest(of: ""), options: [:])
            ])
        // Within the chunk, 2 failed unread and 7 was skipped; the seven others left it for the question.
        var counts = Counts()
        (counts.failed, counts.skipped) = (1, 1)
        var marks = [StepCounts(), StepCounts()]
        for step in 0...1 { (marks[step][.notReached], marks[step][.skipped]) = (1, 1) }
        journal.chunks = [
            ChunkEntry(
                number: 0, first: 0, count: 9, end: InputPosition(ordinal: 9, offset: 900, line: 11),
                content: Fingerprint(of: ""), counts: counts, steps: marks, left: 7, members: [], sinks: [])
        ]
        for ordinal in [0, 1, 4, 6, 8] { journal.left(record(ordinal, .done, [.done, .done])) }
        journal.ended(
            record(
                2, .failed, [.notReached, .notReached], pure: true,
                failure: .init(step: nil, failure: Failure(.ragged, "3 cells where the header has 4"))))
        journal.left(
            record(
                3, .done, [.flagged, .flagged], flags: ["screen: too short", "label: no reason"],
                flagged: [
                    .init(step: 0, failure: Failure(.rule, "too short")),
                    .init(step: 1, attempt: 3, failure: Failure(.rule, "no reason")),
                ], input: ["id": "3"]))
        journal.left(
            record(
                5, .failed, [.done, .failed],
                failure: .init(step: 1, attempt: 2, failure: Failure(.cutOff, "cut off at 80 tokens")),
                input: ["id": "5"]))
        journal.ended(
            record(
                7, .skipped, [.skipped, .skipped], pure: true,
                failure: .init(step: 0, failure: Failure(.rule, "not ours"))))
        journal.endings.sort { $0.record.ordinal < $1.record.ordinal }
        for (draw, answer) in [(1, "first"), (2, "second")] {
            let body: Value = [
                "cause": "cut off", "message": "cut off", "prompt": "Label it.", "answer": .string(answer),
            ]
            journal.events.append(
                JournalEvent(
                    number: Int64(draw),
                    entry: JournalEntry(
                        ordinal: 5, step: 1, draw: draw, kind: .failed, at: Timestamp(seconds: 0),
                        body: JSON.bytes(of: body))))
        }
        for _ in 0..<10 { journal.happened(JournalEntry(ordinal: 0, step: 1, kind: .start, at: Timestamp(seconds: 0))) }
        journal.happened(
            JournalEntry(
                ordinal: 0, step: 1, kind: .answer, at: Timestamp(seconds: 9),
                key: SHA256Digest(of: "Label it."),
                usage: Usage(tokensIn: 100, tokensOut: 20, cost: 5_000_000, microseconds: 9_000_000)))
        return journal
    }()

    /// The same, and the process came to its end.
    static let tenRecordsEnded: StubJournal = {
        var journal = tenRecords
        journal.ends = [
            RunEnd(
                at: Timestamp(seconds: 1_772_460_060), outcome: .stopped, reason: "interrupted with Ctrl-C",
                counts: SampleReports.counts(read: 10, done: 6, flagged: 1, failed: 2, skipped: 1, notReached: 1),
                neverAdmitted: 1, outputs: SampleReports.documents.outputs)
        ]
        return journal
    }()

    static func record(
        _ ordinal: Int, _ outcome: Outcome, _ marks: [StepMark], pure: Bool = false, flags: [String] = [],
        flagged: [EndedRecord.Ending] = [], failure: EndedRecord.Ending? = nil, input: Value? = nil
    ) -> EndedRecord {
        EndedRecord(
            ordinal: ordinal, id: "\(ordinal)",
            origin: RecordOrigin(source: "leads.csv", line: ordinal + 2, content: Fingerprint(of: "\(ordinal)")),
            outcome: outcome, marks: marks, flags: flags, flagged: flagged, failure: failure, input: input, pure: pure)
    }

    mutating func left(_ record: EndedRecord) { endings.append(RecordEnding(record: record, inChunk: nil)) }
    mutating func ended(_ record: EndedRecord) { endings.append(RecordEnding(record: record, inChunk: record)) }
}
