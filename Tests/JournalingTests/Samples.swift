import Digests
import Runs
import Values

@testable import Journaling

/// Entries, records and chunks that tests write, each different from the next in every field.
enum Sample {
    static func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_700_000_000 + seconds, nanoseconds: 123) }

    static func start(_ ordinal: Int, step: Int = 0, item: Int? = nil, draw: Int = 1) -> JournalEntry {
        JournalEntry(
            ordinal: ordinal, step: step, item: item, draw: draw, kind: .start, at: time(Int64(ordinal)),
            key: SHA256Digest(of: "question \(ordinal) \(step) \(draw)"))
    }

    static func answer(
        _ ordinal: Int, step: Int = 0, item: Int? = nil, draw: Int = 1, text: String = "an answer",
        usage: Usage? = Usage(tokensIn: 10, tokensOut: 20, cost: 30, microseconds: 40)
    ) -> JournalEntry {
        JournalEntry(
            ordinal: ordinal, step: step, item: item, draw: draw, kind: .answer, at: time(Int64(ordinal) + 1),
            key: SHA256Digest(of: "question \(ordinal) \(step) \(draw)"), body: Array("{\"text\":\"\(text)\"}".utf8),
            usage: usage)
    }

    static func failed(_ ordinal: Int, step: Int = 0, draw: Int = 1, usage: Usage? = nil) -> JournalEntry {
        JournalEntry(
            ordinal: ordinal, step: step, draw: draw, kind: .failed, at: time(Int64(ordinal) + 1),
            body: FailedAttempt(Failure(.cutOff, "cut off after 800 tokens"), prompt: "Say «é»", answer: "{\"te").body,
            usage: usage)
    }

    static func record(
        _ ordinal: Int, _ outcome: Outcome, marks: [StepMark] = [.done, .done], flags: [String] = [],
        failure: EndedRecord.Ending? = nil, pure: Bool = false
    ) -> EndedRecord {
        EndedRecord(
            ordinal: ordinal, id: "record-\(ordinal)",
            origin: RecordOrigin(source: "leads.csv", line: ordinal + 2, content: Fingerprint(of: "\(ordinal)")),
            outcome: outcome, marks: marks, flags: flags, failure: failure,
            input: outcome == .done ? nil : ["name": .string("Zoë \(ordinal)"), "size": 3], attempts: [1, 2], pure: pure
        )
    }

    static func failedRecord(_ ordinal: Int, step: Int?, cause: Cause, pure: Bool = false) -> EndedRecord {
        record(
            ordinal, .failed, marks: [.failed, .notReached],
            failure: EndedRecord.Ending(step: step, attempt: 2, failure: Failure(cause, "record \(ordinal) is wrong")),
            pure: pure)
    }

    static func ended(_ record: EndedRecord) -> JournalEntry { .ended(record, at: time(Int64(record.ordinal) + 2)) }

    /// Ten records, of which `failed` failed and `left` left the chunk; the others are done.
    static func chunk(_ number: Int, failed: Int = 0, left: Int = 0) -> ChunkEntry {
        var counts = Counts()
        counts.read = 10
        counts.failed = failed
        counts.done = 10 - failed - left
        var first = StepCounts()
        first[.done] = counts.done
        first[.failed] = failed
        var second = StepCounts()
        second[.done] = counts.done
        second[.notReached] = failed
        return ChunkEntry(
            number: number, first: number * 10, count: 10,
            end: InputPosition(ordinal: number * 10 + 10, offset: Int64(number + 1) * 1000, line: number * 10 + 12),
            content: Fingerprint(of: "chunk \(number)"),
            stamp: number.isMultiple(of: 2) ? Fingerprint(of: "stamp \(number)") : nil, counts: counts,
            steps: [first, second], left: left,
            members: ChunkEntry.Members(
                (0..<10).map { place in
                    ChunkEntry.Member(
                        id: Fingerprint(of: "id \(number) \(place)"),
                        content: Fingerprint(of: "content \(number) \(place)"))
                }),
            sinks: [
                SinkMark(
                    offset: Int64(number) * 500, content: Fingerprint(of: "sink \(number)"), chunks: number + 1,
                    rows: number * 10, hashing: number.isMultiple(of: 2) ? "state \(number)" : nil,
                    places: number.isMultiple(of: 2) ? Fingerprint(of: "places \(number)") : nil)
            ])
    }

    static func runStart(at seconds: Int64 = 0) -> RunStart {
        RunStart(
            id: "leads-2025", at: time(seconds), recipeText: Array("recipe: leads\n".utf8),
            outline: RunOutline(
                recipe: "leads", about: "All leads", recipePath: "recipes/leads.yaml", input: "leads.csv",
                steps: [
                    .init(name: "profile", kind: "ask", answered: true, model: "writer"),
                    .init(name: "card", kind: "set", answered: false),
                ], models: ["writer": "local"]),
            plan: SHA256Digest(of: "plan \(seconds)"), options: ["limit": 20, "input": nil])
    }

    static func runEnd(at seconds: Int64 = 60, outcome: RunOutcome = .failures) -> RunEnd {
        var counts = Counts()
        counts.read = 20
        counts.done = 12
        counts.failed = 3
        counts.notReached = 5
        return RunEnd(
            at: time(seconds), outcome: outcome, reason: "more than 30 % failed", counts: counts, neverAdmitted: 4,
            outputs: [WrittenOutput(path: "leads.csv", records: 12, bytes: 1234, sha256: SHA256Digest(of: "leads"))])
    }
}
