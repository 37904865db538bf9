import Runs
import Testing
import Values

@testable import Journaling

/// What reports and a resumed run read.
@Suite struct `the sums of every journal` {
    typealias Kind = `every journal`.Kind

    @Test(arguments: Kind.allCases)
    func `count each record once, whether its chunk or its own ending has it`(kind: Kind) async throws {
        try await kind.with { journal in
            // Chunk 0: one failed in it, two left; of these one was done with a flag, one waits.
            try await journal.append(
                [Sample.chunk(0, failed: 1, left: 2)],
                with: [Sample.ended(Sample.failedRecord(4, step: 0, cause: .rule, pure: true))])
            try await journal.append([
                Sample.ended(Sample.record(5, .done, marks: [.flagged, .done], flags: ["empty"])),
                Sample.ended(Sample.record(6, .waiting, marks: [.waiting, .notReached])),
            ])
            let summary = try journal.reader().summary()
            var counts = Counts()
            counts.read = 10
            counts.done = 8
            counts.flagged = 1
            counts.failed = 1
            counts.waiting = 1
            #expect(summary.counts == counts)
            #expect(summary.counts.balances)
            #expect(summary.steps.map(\.sum) == [10, 10])
            #expect(summary.steps[0][.flagged] == 1)
            #expect(summary.steps[1][.notReached] == 2)
        }
    }

    @Test(arguments: Kind.allCases)
    func `follow a record that failed in its chunk and is done after a retry`(kind: Kind) async throws {
        try await kind.with { journal in
            let failed = Sample.failedRecord(4, step: 0, cause: .rule, pure: true)
            try await journal.append([Sample.chunk(0, failed: 1)], with: [Sample.ended(failed)])
            try await journal.append([Sample.ended(Sample.failedRecord(4, step: 1, cause: .schema))])
            try await journal.append([Sample.ended(Sample.record(4, .done))])
            let reader = try journal.reader()
            var endings: [RecordEnding] = []
            try reader.forEachEnding { endings.append($0) }
            #expect(endings == [RecordEnding(record: Sample.record(4, .done), inChunk: failed)])
            let summary = try reader.summary()
            #expect(summary.counts.done == 10)
            #expect(summary.counts.failed == 0)
            #expect(summary.steps.map(\.sum) == [10, 10])
            #expect(summary.failures.isEmpty)
            // Its history stays.
            #expect(try reader.events(of: 4).count == 3)
        }
    }

    @Test(arguments: Kind.allCases)
    func `forget the failures of a chunk that was computed again`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append(
                [Sample.chunk(0, failed: 1), Sample.chunk(1, failed: 1)],
                with: [
                    Sample.ended(Sample.failedRecord(4, step: 0, cause: .rule, pure: true)),
                    Sample.ended(Sample.failedRecord(14, step: 0, cause: .rule, pure: true)),
                ])
            try await journal.append([Sample.chunk(0)], with: [])
            let summary = try journal.reader().summary()
            #expect(summary.counts.done == 19)
            #expect(summary.counts.failed == 1)
            #expect(summary.failures.map(\.record) == ["record-14"])
        }
    }

    @Test(arguments: Kind.allCases)
    func `group failures by step and cause, with the first record of each`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append([
                Sample.ended(Sample.failedRecord(9, step: 1, cause: .rule)),
                Sample.ended(Sample.failedRecord(2, step: 1, cause: .rule)),
                Sample.ended(Sample.failedRecord(3, step: 1, cause: .cutOff)),
                Sample.ended(Sample.failedRecord(4, step: nil, cause: .ragged)),
                Sample.ended(Sample.record(5, .done)),
            ])
            #expect(
                try journal.reader().summary().failures == [
                    FailureGroup(
                        outcome: .failed, step: nil, cause: .ragged, count: 1, record: "record-4",
                        message: "record 4 is wrong"),
                    FailureGroup(
                        outcome: .failed, step: 1, cause: .cutOff, count: 1, record: "record-3",
                        message: "record 3 is wrong"),
                    FailureGroup(
                        outcome: .failed, step: 1, cause: .rule, count: 2, record: "record-2",
                        message: "record 2 is wrong"),
                ])
        }
    }

    @Test(arguments: Kind.allCases)
    func `add up what each step took`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append([
                Sample.start(1), Sample.failed(1, usage: Usage(tokensIn: 5, tokensOut: 6, cost: 7, microseconds: 8)),
                Sample.start(1, draw: 2), Sample.answer(1, draw: 2), Sample.start(1, step: 2),
                JournalEntry(ordinal: 1, step: 2, kind: .settled, at: Sample.time(9), usage: Usage(cost: 99)),
                Sample.ended(Sample.record(1, .done)),
            ])
            #expect(
                try journal.reader().usage() == [
                    StepUsage(
                        step: 0, starts: 2, answers: 1, failures: 1,
                        usage: Usage(tokensIn: 15, tokensOut: 26, cost: 37, microseconds: 48)),
                    StepUsage(step: 2, starts: 1, answers: 0, failures: 0, usage: Usage(cost: 99)),
                ])
        }
    }

    @Test(arguments: Kind.allCases)
    func `know a start without a successor as in doubt`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append([
                Sample.start(9, step: 1), Sample.start(1), Sample.answer(1), Sample.start(2, item: 0),
                Sample.start(2, item: 1), Sample.answer(2, item: 1), Sample.start(3), Sample.failed(3),
                Sample.start(3, draw: 2),
                // Asked again after it was in doubt, and answered.
                Sample.start(4), Sample.start(4), Sample.answer(4),
            ])
            let doubts = try journal.reader().inDoubt()
            #expect(doubts.map(\.ordinal) == [2, 3, 9])
            #expect(doubts.map(\.item) == [0, nil, nil])
            #expect(doubts.map(\.draw) == [1, 2, 1])
            var last: [JournalEntry.Kind] = []
            try journal.reader().forEachLastEvent { last.append($0.kind) }
            #expect(last == [.answer, .start, .answer, .failed, .start, .answer, .start])
        }
    }

    @Test(arguments: Kind.allCases)
    func `stand still while the run goes on`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append([Sample.start(1)])
            let reader = try journal.reader()
            try await journal.append([Sample.answer(1)])
            #expect(try reader.events(of: 1).count == 1)
            #expect(try reader.inDoubt().count == 1)
            #expect(try journal.reader().inDoubt().isEmpty)
        }
    }
}
