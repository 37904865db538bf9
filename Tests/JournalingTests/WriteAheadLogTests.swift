import Foundation
import GRDB
import Testing

@testable import Journaling

/// The log of a run that was killed: what it says is kept, or it is refused, but never passed over.
@Suite struct `the log of a killed run` {
    private static let commits = 12

    /// A journal as a killed process leaves it: nothing is in its file yet but its start.
    private func left(in folder: RunFolder) async throws -> (file: Data, log: Data) {
        let journal = try SQLiteJournal.create(at: folder.journal)
        try await journal.begin(Sample.runStart())
        for ordinal in 0..<Self.commits {
            try await journal.append([
                Sample.start(ordinal), Sample.answer(ordinal, text: String(repeating: "long ", count: 900)),
            ])
        }
        // As the disk has them while the process lives, so as `kill -9` would leave them.
        let left = try (
            Data(contentsOf: URL(filePath: folder.journal)), Data(contentsOf: URL(filePath: folder.journal + "-wal"))
        )
        try await journal.close()
        return left
    }

    private func lay(_ file: Data, _ log: Data, in folder: RunFolder) throws {
        for name in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: folder.journal + name) {
            try FileManager.default.removeItem(atPath: folder.journal + name)
        }
        try file.write(to: URL(filePath: folder.journal))
        try log.write(to: URL(filePath: folder.journal + "-wal"))
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
            let (file, log) = try await left(in: folder)
            try lay(file, log, in: folder)
            #expect(try await eventsFound(folder) == 2 * Self.commits)
        }
    }

    @Test func `with a flipped bit is refused, and left as it is; of the last two commits nobody can tell`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let (file, log) = try await left(in: folder)
            var random = SeededGenerator(seed: .random(in: 0...UInt64.max))
            let seed = random.seed
            var refused = 0
            for _ in 0..<60 {
                let place = Int.random(in: 0..<log.count, using: &random)
                let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
                var flipped = log
                flipped[place] ^= bit
                try lay(file, flipped, in: folder)
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
            let (file, log) = try await left(in: folder)
            // Cut in the last page, and the last page never written at all.
            for torn in [log.dropLast(1_000), log.dropLast(4_096) + Data(count: 4_096)] {
                try lay(file, torn, in: folder)
                #expect(try await eventsFound(folder) == 2 * (Self.commits - 1))
            }
        }
    }

    @Test func `that somebody took away leaves the start of the run, so that no other takes its place`() async throws {
        try await TemporaryFolder.with { folder in
            let (file, _) = try await left(in: folder)
            try lay(file, Data(), in: folder)
            let journal = try SQLiteJournal(path: folder.journal)
            #expect(try journal.reader().history().starts.count == 1)
            try await journal.close()
        }
    }
}
