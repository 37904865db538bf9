import Foundation
import GRDB
import Runs
import Testing

@testable import Journaling

/// The file itself: its settings, its versions, and what bad luck does to it.
@Suite struct `the journal file` {
    func error(_ body: () throws -> Void) -> JournalError? {
        do { try body() } catch { return error as? JournalError }
        return nil
    }

    /// A journal with enough in it that it has many pages.
    func fill(_ folder: RunFolder, records: Int = 60) async throws {
        let journal = try SQLiteJournal.create(at: folder.journal)
        try await journal.begin(Sample.runStart())
        for ordinal in 0..<records {
            try await journal.append([
                Sample.start(ordinal), Sample.answer(ordinal, text: String(repeating: "long ", count: 100)),
                Sample.ended(Sample.record(ordinal, .done)),
            ])
        }
        try await journal.append([Sample.chunk(0, left: 1)], with: [])
        try await journal.finish(Sample.runEnd())
        try await journal.close()
    }

    /// Everything a report reads.
    func readAll(_ folder: RunFolder) throws -> [String] {
        let reader = try SQLiteJournalReader(path: folder.journal)
        var all = ["\(try reader.history())"]
        try reader.forEachEvent { all.append("\($0)") }
        try reader.forEachChunk { all.append("\($0)") }
        try reader.forEachEnding { all.append("\($0)") }
        all.append("\(try reader.usage())")
        try reader.verify()
        try reader.forEachLastEvent { all.append("\($0)") }
        return all
    }

    @Test func `every commit is synced in full, also on a file that was opened again`() async throws {
        try await TemporaryFolder.with { folder in
            for journal in [try SQLiteJournal.create(at: folder.journal), try SQLiteJournal(path: folder.journal)] {
                #expect(try journal.pragma("synchronous") == 2)
                #expect(try journal.pragma("wal_autocheckpoint") == 0)
                try await journal.close()
            }
        }
    }

    @Test func `a finished journal is one file`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["journal.sqlite"])
        }
    }

    @Test func `the log is brought into the file before it grows large`() async throws {
        try await TemporaryFolder.with { folder in
            let journal = try SQLiteJournal.create(at: folder.journal)
            let body = [UInt8](repeating: 0x61, count: 100_000)
            for _ in 0..<20 {
                try await journal.append(
                    (0..<10).map { JournalEntry(ordinal: $0, step: 0, kind: .answer, at: Sample.time(0), body: body) })
            }
            // Twenty megabytes went through a log that may have eight, and one commit more.
            let log = try FileManager.default.attributesOfItem(atPath: folder.journal + "-wal")[.size] as? Int
            #expect(try #require(log) < 14_000_000)
            try await journal.close()
        }
    }

    @Test func `a second journal does not take the place of the first`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder, records: 1)
            #expect(error { _ = try SQLiteJournal.create(at: folder.journal) }?.reason == .exists)
            #expect(try SQLiteJournalReader(path: folder.journal).events(of: 0).count == 3)
        }
    }

    @Test func `a draft that a crash left is no journal and in nobody's way`() async throws {
        try await TemporaryFolder.with { folder in
            try Data("half".utf8).write(to: URL(filePath: folder.journal + ".new"))
            #expect(error { _ = try SQLiteJournal(path: folder.journal) }?.reason == .missing)
            try await fill(folder, records: 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["journal.sqlite"])
        }
    }

    @Test func `what is no journal is refused by name`() async throws {
        try await TemporaryFolder.with { folder in
            let url = URL(filePath: folder.journal)
            #expect(error { _ = try SQLiteJournalReader(path: folder.journal) }?.reason == .missing)

            try Data().write(to: url)
            #expect(error { _ = try SQLiteJournal(path: folder.journal) }?.reason == .damaged)
            #expect(error { _ = try SQLiteJournalReader(path: folder.journal) }?.reason == .damaged)

            try Data("recipe: not a journal\n".utf8).write(to: url)
            for problem in [
                error { _ = try SQLiteJournal(path: folder.journal) },
                error { _ = try SQLiteJournalReader(path: folder.journal) },
            ] {
                #expect(problem?.reason == .foreign)
                #expect(problem?.message.hasPrefix("\(folder.journal) is no journal of Linecook") == true)
                #expect(problem?.message.contains("--fresh") == true)
            }

            try FileManager.default.removeItem(at: url)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false)
            #expect(error { _ = try SQLiteJournal(path: folder.journal) }?.reason == .foreign)
        }
    }

    @Test func `a database of somebody else is left as it was`() async throws {
        try await TemporaryFolder.with { folder in
            let other = try DatabaseQueue(path: folder.journal)
            try await other.write { try $0.execute(sql: "CREATE TABLE accounts(id)") }
            try other.close()
            let before = try Data(contentsOf: URL(filePath: folder.journal))
            #expect(error { _ = try SQLiteJournal(path: folder.journal) }?.reason == .foreign)
            #expect(error { _ = try SQLiteJournalReader(path: folder.journal) }?.reason == .foreign)
            #expect(try Data(contentsOf: URL(filePath: folder.journal)) == before)
        }
    }

    @Test func `a journal of a later version is refused, and says what to do`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder, records: 1)
            let later = try DatabaseQueue(path: folder.journal)
            try await later.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
            try later.close()
            for problem in [
                error { _ = try SQLiteJournal(path: folder.journal) },
                error { _ = try SQLiteJournalReader(path: folder.journal) },
            ] {
                #expect(problem?.reason == .newer)
                #expect(problem?.message.hasSuffix("update Linecook") == true)
            }
        }
    }

    @Test func `a journal of an earlier version is renewed when it is written, and keeps what it has`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder)
            var file = JournalFile(path: folder.journal)
            file.schema.steps.append("ALTER TABLE event ADD COLUMN worker TEXT")
            file.schema.readableFrom = file.schema.version
            #expect(error { _ = try SQLiteJournalReader(file) }?.message.contains("earlier version") == true)
            let journal = try SQLiteJournal(file)
            #expect(try journal.pragma("user_version") == file.schema.version)
            try await journal.append([Sample.start(99)])
            try await journal.close()
            let reader = try SQLiteJournalReader(file)
            #expect(try reader.events(of: 3).count == 3)
            #expect(try reader.events(of: 99).count == 1)
            #expect(error { _ = try SQLiteJournal(path: folder.journal) }?.reason == .newer)
        }
    }

    @Test func `a renewal that fails leaves the journal as it was`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder, records: 1)
            var file = JournalFile(path: folder.journal)
            file.schema.steps.append("ALTER TABLE event ADD COLUMN worker TEXT; ALTER TABLE missing ADD COLUMN x")
            #expect(error { _ = try SQLiteJournal(file) } != nil)
            #expect(try SQLiteJournalReader(path: folder.journal).events(of: 0).count == 3)
        }
    }

    @Test func `a journal that was cut is named as damaged or read whole, wherever the cut is`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder)
            let whole = try Data(contentsOf: URL(filePath: folder.journal))
            for part in 1..<20 {
                let size = whole.count * part / 20 + part % 3
                try whole.prefix(size).write(to: URL(filePath: folder.journal))
                let problem = error { _ = try readAll(folder) }
                #expect(problem?.reason == .damaged || problem?.reason == .foreign, "cut at \(size): \(problem as Any)")
            }
        }
    }

    @Test func `a flipped bit is never read as something else`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder, records: 12)
            let whole = try Data(contentsOf: URL(filePath: folder.journal))
            let truth = try readAll(folder)
            var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
            let seed = random.seed
            for _ in 0..<100 {
                let place = Int.random(in: 0..<whole.count, using: &random)
                let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                var flipped = whole
                flipped[place] ^= bit
                try flipped.write(to: URL(filePath: folder.journal))
                let flip = "seed \(seed): bit \(bit) of byte \(place)"
                do {
                    let isSame = try readAll(folder) == truth
                    #expect(isSame, "\(flip) went unseen")
                } catch {
                    #expect(error is JournalError, "\(flip): \(error)")
                }
            }
        }
    }

    @Test func `a full disk is told to all who wait, and leaves no half of what they wrote`() async throws {
        try await TemporaryFolder.with { folder in
            let journal = try SQLiteJournal.create(at: folder.journal)
            try journal.setPragma("max_page_count = 40")
            var written = 0
            var problem: JournalError?
            do throws(JournalError) {
                for ordinal in 0..<1000 {
                    try await journal.append([
                        Sample.start(ordinal), Sample.answer(ordinal, text: String(repeating: "x", count: 3000)),
                    ])
                    written += 1
                }
            } catch { problem = error }
            #expect(problem?.reason == .full)
            #expect(
                problem?.message
                    == "cannot write \(folder.journal): the disk is full; make room, then run again to go on")
            let told = try #require(problem)
            await #expect(throws: told) { try await journal.append([Sample.start(0)]) }
            // A decision would have room, and is refused all the same.
            try journal.setPragma("max_page_count = 400")
            await #expect(throws: told) {
                try await journal.decide(Decision(.reject, by: "Bob"), about: 1, at: Sample.time(1))
            }
            #expect(throws: told) { try journal.takeDecisions() }
            await #expect(throws: JournalError.self) { try await journal.close() }

            let reader = try SQLiteJournalReader(path: folder.journal)
            var kinds: [JournalEntry.Kind] = []
            try reader.forEachEvent { kinds.append($0.entry.kind) }
            #expect(kinds.count == written * 2)
            // With room again it goes on.
            let again = try SQLiteJournal(path: folder.journal)
            try await again.append([Sample.start(5000)])
            try await again.close()
        }
    }

    @Test(arguments: [true, false])
    func `a journal that is taken away while it is written is told at the next commit`(removed: Bool) async throws {
        try await TemporaryFolder.with { folder in
            let journal = try SQLiteJournal.create(at: folder.journal)
            try await journal.append([Sample.start(1)])
            if removed {
                for file in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: folder.journal + file) }
            } else {
                try FileManager.default.moveItem(atPath: folder.journal, toPath: folder.journal + ".elsewhere")
            }
            let problem = await #expect(throws: JournalError.self) { try await journal.append([Sample.answer(1)]) }
            #expect(problem?.reason == .lost)
            #expect(problem?.message.contains("\(folder.journal) is gone") == true)
            await #expect(throws: JournalError.self) { try await journal.close() }
        }
    }

    @Test func `a journal that becomes read-only is told as that`() async throws {
        try await TemporaryFolder.with { folder in
            let journal = try SQLiteJournal.create(at: folder.journal)
            try await journal.append([Sample.start(1)])
            try journal.setPragma("query_only = ON")
            let problem = await #expect(throws: JournalError.self) { try await journal.append([Sample.answer(1)]) }
            #expect(problem?.reason == .readOnly)
            await #expect(throws: JournalError.self) { try await journal.close() }
        }
    }

    @Test func `somebody else may write a decision while a run goes on`() async throws {
        try await TemporaryFolder.with { folder in
            let run = try SQLiteJournal.create(at: folder.journal)
            let review = try SQLiteJournal(path: folder.journal)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for ordinal in 0..<50 { try await run.append([Sample.start(ordinal)]) }
                }
                group.addTask {
                    for ordinal in 0..<20 {
                        try await review.append([
                            JournalEntry(ordinal: ordinal, step: 1, kind: .decision, at: Sample.time(0))
                        ])
                    }
                }
                try await group.waitForAll()
            }
            try await review.close()
            try await run.append([Sample.answer(1)])
            try await run.close()
            var count = 0
            try SQLiteJournalReader(path: folder.journal).forEachEvent { _ in count += 1 }
            #expect(count == 71)
        }
    }

    @Test func `a reader may ask for a record while it goes through all of them`() async throws {
        try await TemporaryFolder.with { folder in
            try await fill(folder, records: 5)
            let reader = try SQLiteJournalReader(path: folder.journal)
            var counts: [Int] = []
            try reader.forEachEnding { counts.append(try reader.events(of: $0.record.ordinal).count) }
            #expect(counts == [3, 3, 3, 3, 3])
        }
    }

    @Test func `what a reader's caller throws comes through`() async throws {
        struct Enough: Error {}
        try await TemporaryFolder.with { folder in
            try await fill(folder, records: 5)
            let reader = try SQLiteJournalReader(path: folder.journal)
            #expect(throws: Enough.self) { try reader.forEachEvent { _ in throw Enough() } }
            #expect(try reader.events(of: 1).count == 3)
        }
    }
}

extension SQLiteJournal {
    func pragma(_ name: String) throws -> Int64 {
        try database.writeWithoutTransaction { try Int64.fetchOne($0, sql: "PRAGMA \(name)") ?? -1 }
    }

    func setPragma(_ setting: String) throws {
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA \(setting)") }
    }
}

/// Random numbers that a printed seed brings back.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
