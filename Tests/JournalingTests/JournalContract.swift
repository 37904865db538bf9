import Runs
import Testing
import Values

@testable import Journaling

/// What every journal promises.
@Suite struct `every journal` {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case memory, sqlite

        var testDescription: String { rawValue }

        /// Hands a new journal to the test, and removes what it left.
        func with(_ test: (any Journal) async throws -> Void) async throws {
            switch self {
            case .memory: try await test(MemoryJournal())
            case .sqlite:
                try await TemporaryFolder.with { folder in try await test(try SQLiteJournal.create(at: folder.journal))
                }
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `gives entries back as they were handed over, in their order`(kind: Kind) async throws {
        try await kind.with { journal in
            let entries = [
                Sample.start(1), Sample.start(2, step: 3, item: 7, draw: 2), Sample.answer(1),
                Sample.answer(2, step: 3, item: 7, draw: 2, usage: nil), Sample.failed(3),
                JournalEntry(
                    ordinal: 4, step: 1, kind: .decision, at: Timestamp(seconds: -5, nanoseconds: 999_999_999)),
                JournalEntry(ordinal: 4, step: 1, kind: .effect, at: Sample.time(0), body: [0, 255, 10]),
                JournalEntry(ordinal: 4, step: 1, kind: .settled, at: Sample.time(0), usage: Usage(cost: 17)),
                Sample.ended(Sample.record(1, .done)),
            ]
            try await journal.append(Array(entries[..<2]))
            try await journal.append(Array(entries[2...]))
            let reader = try journal.reader()
            var read: [JournalEvent] = []
            try reader.forEachEvent { read.append($0) }
            #expect(read.map(\.entry) == entries)
            #expect(read.map(\.number) == read.map(\.number).sorted())
            #expect(try reader.events(of: 2).map(\.entry) == [entries[1], entries[3]])
            #expect(try reader.events(of: 99).isEmpty)
            let numbers = [read[1].number, read[7].number]
            #expect(try reader.events(numbered: numbers + [999]) == [read[1], read[7]])
        }
    }

    @Test(arguments: Kind.allCases)
    func `keeps the order of each record's entries under many callers`(kind: Kind) async throws {
        try await kind.with { journal in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for ordinal in 0..<40 {
                    group.addTask {
                        for step in 0..<5 {
                            try await journal.append([Sample.start(ordinal, step: step)])
                            try await journal.append([Sample.answer(ordinal, step: step)])
                        }
                        journal.note([Sample.ended(Sample.record(ordinal, .done))])
                    }
                }
                try await group.waitForAll()
            }
            try await journal.append([])
            let reader = try journal.reader()
            for ordinal in 0..<40 {
                let entries = try reader.events(of: ordinal).map(\.entry)
                #expect(entries.map(\.step) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, -1])
                #expect(entries.map(\.kind).prefix(3) == [.start, .answer, .start])
            }
        }
    }

    @Test(arguments: Kind.allCases)
    func `remembers every start and end of its run`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            #expect(try journal.reader().history().isClosed == false)
            try await journal.finish(Sample.runEnd(outcome: .stopped))
            #expect(try journal.reader().history().isClosed)
            try await journal.begin(Sample.runStart(at: 100))
            let open = try journal.reader().history()
            #expect(open.starts == [Sample.runStart(), Sample.runStart(at: 100)])
            #expect(open.ends == [Sample.runEnd(outcome: .stopped)])
            #expect(open.isClosed == false)
            try await journal.finish(Sample.runEnd(at: 160))
            let closed = try journal.reader().history()
            #expect(closed.ends == [Sample.runEnd(outcome: .stopped), Sample.runEnd(at: 160)])
            #expect(closed.isClosed)
        }
    }

    @Test(arguments: Kind.allCases)
    func `knows under which start an event was written`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.begin(Sample.runStart())
            try await journal.append([Sample.start(0), Sample.answer(0)])
            var same = Sample.runStart(at: 50)
            same.anew = false
            try await journal.begin(same)
            try await journal.append([Sample.start(1)])
            try await journal.begin(Sample.runStart(at: 100))
            try await journal.append([Sample.start(2)])
            let history = try journal.reader().history()
            #expect(history.eventsBefore == [0, 0, 3])
            // What goes on as it was belongs to the same plan.
            #expect(
                (1...4).map { history.start(of: $0).plan } == [same, same, same, Sample.runStart(at: 100)].map(\.plan))
        }
    }

    @Test(arguments: Kind.allCases)
    func `says that no run has begun instead of giving an empty one`(kind: Kind) async throws {
        try await kind.with { journal in
            let error = #expect(throws: JournalError.self) { try journal.reader().history() }
            #expect(error?.reason == .missing)
        }
    }

    @Test(arguments: Kind.allCases)
    func `gives chunks back by number, the last of each`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append([Sample.chunk(0), Sample.chunk(1)], with: [])
            try await journal.append([Sample.chunk(2, left: 3)], with: [])
            try await journal.append([Sample.chunk(1, failed: 1)], with: [])
            var chunks: [ChunkEntry] = []
            try journal.reader().forEachChunk { chunks.append($0) }
            #expect(chunks == [Sample.chunk(0), Sample.chunk(1, failed: 1), Sample.chunk(2, left: 3)])
        }
    }

    @Test(arguments: Kind.allCases)
    func `gives an ended record back with all that is known of it`(kind: Kind) async throws {
        try await kind.with { journal in
            let records = [
                Sample.record(3, .done, flags: ["rule: a name is missing", "é"]),
                Sample.failedRecord(5, step: nil, cause: .ragged),
                Sample.failedRecord(7, step: 1, cause: .rule),
                Sample.record(8, .waiting, marks: [.done, .waiting]),
            ]
            for record in records.reversed() { try await journal.append([Sample.ended(record)]) }
            var read: [RecordEnding] = []
            try journal.reader().forEachEnding { read.append($0) }
            #expect(read == records.map { RecordEnding(record: $0, inChunk: nil) })
        }
    }

    @Test(arguments: Kind.allCases)
    func `keeps the prompt and the answer of a failed attempt`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.append([Sample.failed(1)])
            let attempt = try FailedAttempt(try #require(try journal.reader().events(of: 1).first).entry)
            #expect(
                attempt
                    == FailedAttempt(
                        Failure(.cutOff, "cut off after 800 tokens"), prompt: "Say «é»", answer: "{\"te"))
        }
    }

    @Test(arguments: Kind.allCases)
    func `brings what was noted to the disk before it closes`(kind: Kind) async throws {
        try await kind.with { journal in
            #expect(journal.note([Sample.start(1)]))
            // An append comes after what was noted before it.
            try await journal.append([Sample.answer(1)])
            #expect(try journal.reader().events(of: 1).map(\.entry.kind) == [.start, .answer])
            journal.note([Sample.ended(Sample.record(1, .done))])
            let path = (journal as? SQLiteJournal)?.path
            try await journal.close()
            if let path { #expect(try SQLiteJournalReader(path: path).events(of: 1).count == 3) }
        }
    }

    @Test(arguments: Kind.allCases)
    func `refuses everything once it is closed`(kind: Kind) async throws {
        try await kind.with { journal in
            try await journal.close()
            await #expect(throws: JournalError(.closed, "the journal is closed")) {
                try await journal.append([Sample.start(1)])
            }
            await #expect(throws: JournalError.self) { try await journal.finish(Sample.runEnd()) }
            await #expect(throws: JournalError.self) { try await journal.close() }
            let no = Decision(.reject, by: "Bob")
            let closed = JournalError(.closed, "the journal is closed")
            await #expect(throws: closed) { try await journal.decide(no, about: 1, at: Sample.time(1)) }
            await #expect(throws: closed) { try await journal.withdraw(decisionAbout: 1, at: Sample.time(1)) }
            #expect(throws: closed) { try journal.takeDecisions() }
            journal.note([Sample.start(1)])
        }
    }
}
