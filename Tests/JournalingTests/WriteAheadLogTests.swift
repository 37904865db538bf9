import Foundation
import GRDB
import Testing

@testable import Journaling

/// The log of a run that was killed: what it says is kept, or it is refused, but never passed over.
@Suite struct `the log of a killed run` {
    private static let commits = 12

    /// A journal as a killed process leaves it: nothing is in its file yet but its start.
    private struct Left {
        var file: Data
        /// Nil where there is none.
        var log: Data?
        var index: Data?

        var withoutIndex: Left { Left(file: file, log: log) }

        func with(log: Data?) -> Left { Left(file: file, log: log, index: index) }
    }

    private func left(in folder: RunFolder, checkpointed: Bool = false) async throws -> Left {
        let journal = try SQLiteJournal.create(at: folder.journal)
        try await journal.begin(Sample.runStart())
        for ordinal in 0..<Self.commits {
            try await journal.append([
                Sample.start(ordinal), Sample.answer(ordinal, text: String(repeating: "long ", count: 900)),
            ])
        }
        if checkpointed {
            try journal.database.inDatabase { try $0.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)") }
        }
        // As the disk has them while the process lives, so as `kill -9` would leave them.
        let left = try Left(
            file: Data(contentsOf: URL(filePath: folder.journal)),
            log: Data(contentsOf: URL(filePath: folder.journal + "-wal")),
            index: Data(contentsOf: URL(filePath: folder.journal + "-shm")))
        try await journal.close()
        return left
    }

    private func lay(_ left: Left, in folder: RunFolder) throws {
        try clear(folder)
        try left.file.write(to: URL(filePath: folder.journal))
        try left.log?.write(to: URL(filePath: folder.journal + "-wal"))
        try left.index?.write(to: URL(filePath: folder.journal + "-shm"))
    }

    private func clear(_ folder: RunFolder) throws {
        for name in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: folder.journal + name) {
            try FileManager.default.removeItem(atPath: folder.journal + name)
        }
    }

    /// How many events are found by who goes on with it.
    private func eventsFound(_ folder: RunFolder) async throws -> Int {
        let journal = try SQLiteJournal(path: folder.journal)
        var count = 0
        try journal.reader().forEachEvent { _ in count += 1 }
        try await journal.close()
        return count
    }

    @Test func `is read whole`() async throws {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder)
            for left in [left, left.withoutIndex] {
                try lay(left, in: folder)
                #expect(try await eventsFound(folder) == 2 * Self.commits)
            }
        }
    }

    /// That who goes on with it is refused, and who reads it, and that what is there is left as it is.
    private func expectRefusal(_ left: Left, in folder: RunFolder, readersToo: Bool = true, _ what: String) async throws
    {
        try lay(left, in: folder)
        if readersToo {
            let error = #expect(throws: JournalError.self, "\(what)") {
                _ = try SQLiteJournalReader(path: folder.journal)
            }
            #expect(error?.reason == .damaged, "\(what)")
        }
        let error = await #expect(throws: JournalError.self, "\(what)") { try await eventsFound(folder) }
        #expect(error?.reason == .damaged, "\(what)")
        #expect(error?.message.contains("committed to its write-ahead log") == true, "\(what): \(error?.message ?? "")")
        #expect(error?.message.contains("take away its -shm, or start a new run with --fresh") == true, "\(what)")
        #expect(FileManager.default.contents(atPath: folder.journal) == left.file, "\(what)")
        #expect(FileManager.default.contents(atPath: folder.journal + "-wal") == left.log, "\(what)")
        #expect(FileManager.default.contents(atPath: folder.journal + "-shm") == left.index, "\(what)")
    }

    @Test func `that was cut, or is gone, is refused as long as its index tells of more`() async throws {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder)
            let log = try #require(left.log)
            try await expectRefusal(left.with(log: nil), in: folder, "gone")
            var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
            let lengths =
                [0, 31, 32, log.count - 1] + (0..<6).map { _ in Int.random(in: 0..<log.count, using: &random) }
            for length in lengths {
                try await expectRefusal(left.with(log: log.prefix(length)), in: folder, "cut after \(length)")
            }
            for length in [56, 4096] {
                let zeroed = Data(count: length) + log.dropFirst(length)
                try await expectRefusal(left.with(log: zeroed), in: folder, "zeroed up to \(length)")
            }
            // As long as it was, but the last commit does not check.
            var flipped = log
            flipped[flipped.count - 100] ^= 1
            try await expectRefusal(left.with(log: flipped), in: folder, readersToo: false, "flipped")
        }
    }

    @Test func `that is shorter than an index of before the machine started goes on`() async throws {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder)
            let torn = left.with(log: try #require(left.log).dropLast(1_000))
            try lay(torn, in: folder)
            let error = await #expect(throws: JournalError.self) { try await eventsFound(folder) }
            #expect(error?.reason == .damaged)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)], ofItemAtPath: folder.journal + "-shm")
            #expect(try await eventsFound(folder) == 2 * (Self.commits - 1))
        }
    }

    @Test func `of another journal than its index goes on, and so does one whose pages are all in the file`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder, checkpointed: true)
            try lay(left.with(log: nil), in: folder)
            #expect(try await eventsFound(folder) == 2 * Self.commits)
            // A part of the log would lay old pages over new ones.
            try await expectRefusal(left.with(log: try #require(left.log).dropLast(30_000)), in: folder, "cut")
            try clear(folder)
            var other = try await self.left(in: folder)
            other.log = try #require(other.log).dropLast(1_000)
            other.index = left.index
            try lay(other, in: folder)
            #expect(try await eventsFound(folder) == 2 * (Self.commits - 1))
        }
    }

    @Test func `is looked at by readers beside a process that writes it, and nobody loses a lock`() async throws {
        try await TemporaryFolder.with { folder in
            let journal = try SQLiteJournal.create(at: folder.journal)
            try await journal.begin(Sample.runStart())
            for ordinal in 0..<50 {
                try await journal.append([Sample.start(ordinal), Sample.answer(ordinal, text: "short")])
                var count = 0
                try SQLiteJournalReader(path: folder.journal).forEachEvent { _ in count += 1 }
                #expect(count == 2 * (ordinal + 1))
            }
            // Of another process, which would take a file without locks for one that nobody has open, and begin it anew.
            #expect(try locks(on: folder.journal + "-shm") > 0)
            try await journal.close()
        }
    }

    /// How many locks the system knows on a file.
    private func locks(on path: String) throws -> Int {
        var info = stat()
        try #require(stat(path, &info) == 0)
        let table = try String(contentsOfFile: "/proc/locks", encoding: .utf8)
        return table.split(separator: "\n").count { $0.contains(":\(info.st_ino) ") }
    }

    @Test func `with a flipped bit is refused, and left as it is; of the last two commits nobody can tell`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder).withoutIndex
            let log = try #require(left.log)
            var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
            let seed = random.seed
            var refused = 0
            for _ in 0..<60 {
                let place = Int.random(in: 0..<log.count, using: &random)
                let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                var flipped = log
                flipped[place] ^= bit
                try lay(left.with(log: flipped), in: folder)
                do {
                    let found = try await eventsFound(folder)
                    #expect(found >= 2 * (Self.commits - 2), "seed \(seed): bit \(bit) of byte \(place)")
                } catch let error as JournalError {
                    #expect(error.reason == .damaged, "seed \(seed): \(error)")
                    #expect(error.message.contains("--fresh"))
                    #expect(try Data(contentsOf: URL(filePath: folder.journal + "-wal")) == flipped)
                    refused += 1
                }
            }
            #expect(refused > 20)
        }
    }

    @Test func `with a last commit that a power cut left half done goes on from the one before`() async throws {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder).withoutIndex
            let log = try #require(left.log)
            // Cut in the last page, and the last page never written at all.
            for torn in [log.dropLast(1_000), log.dropLast(4_096) + Data(count: 4_096)] {
                try lay(left.with(log: torn), in: folder)
                #expect(try await eventsFound(folder) == 2 * (Self.commits - 1))
            }
        }
    }

    @Test func `that somebody took away with its index leaves the start of the run, so that no other takes its place`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let left = try await left(in: folder).withoutIndex
            try lay(left.with(log: nil), in: folder)
            let journal = try SQLiteJournal(path: folder.journal)
            #expect(try journal.reader().history().starts.count == 1)
            try await journal.close()
        }
    }
}
