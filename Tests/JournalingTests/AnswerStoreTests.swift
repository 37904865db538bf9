import Digests
import Foundation
import Runs
import Testing
import Values

@testable import Journaling

@Suite struct AnswerStoreTests {
    /// A journal with answers of 1,000 bytes to the records of a range.
    private func journal(_ ordinals: Range<Int>) async throws -> any JournalReading {
        let journal = MemoryJournal()
        try await journal.begin(Sample.runStart())
        let text = String(repeating: "a", count: 1_000)
        try await journal.append(ordinals.map { Sample.answer($0, text: text) })
        return try journal.reader()
    }

    private func question(_ ordinal: Int) -> SHA256Digest { SHA256Digest(of: "question \(ordinal) 0 1") }

    @Test func `its size names answers, journals, bytes, oldest and newest`() async throws {
        try await TemporaryFolder.with { folder in
            let store = try AnswerStore(path: folder.path + "/answers.sqlite")
            #expect(try store.size().oldest == nil)
            try store.take(try await journal(0..<100), at: "/one")
            try store.take(try await journal(50..<300), at: "/two")
            let size = try store.size()
            #expect(size.answers == 350)
            #expect(size.journals == 2)
            #expect(size.bytes > 350_000)
            #expect(size.oldest == 1_700_000_001)
            #expect(size.newest == 1_700_000_300)
            #expect(try store.journals() == ["/one", "/two"])
        }
    }

    @Test func `what is older than a time is forgotten, and stays so when the journal is taken in again`() async throws
    {
        try await TemporaryFolder.with { folder in
            let store = try AnswerStore(path: folder.path + "/answers.sqlite")
            let reader = try await journal(0..<100)
            try store.take(reader, at: "/one")
            // The answer to a record comes a second after its number.
            #expect(try store.prune(before: 1_700_000_041) == 40)
            try store.take(reader, at: "/one")
            let shelf = try store.shelf(of: "/one", sharing: false)
            #expect(try shelf.answer(to: question(39), shared: false) == nil)
            #expect(try shelf.answer(to: question(40), shared: false) != nil)
            #expect(try store.size().answers == 60)
        }
    }

    @Test func `the oldest are forgotten until the file is small enough`() async throws {
        try await TemporaryFolder.with { folder in
            let store = try AnswerStore(path: folder.path + "/answers.sqlite")
            try store.take(try await journal(0..<500), at: "/one")
            let before = try store.size().bytes
            let forgotten = try store.prune(toBytes: before / 2)
            let after = try store.size()
            #expect(after.bytes <= before / 2)
            #expect(forgotten == 500 - after.answers)
            #expect(after.answers > 150)
            #expect(after.oldest == 1_700_000_001 + Int64(forgotten))
            #expect(after.newest == 1_700_000_500)
            #expect(try store.prune(toBytes: before) == 0)
        }
    }

    @Test func `answers of journals that are kept stay, whatever the age or size`() async throws {
        try await TemporaryFolder.with { folder in
            let store = try AnswerStore(path: folder.path + "/answers.sqlite")
            try store.take(try await journal(0..<100), at: "/open")
            try store.take(try await journal(50..<150), at: "/over")
            #expect(try store.prune(before: .max, keeping: ["/open"]) == 100)
            #expect(try store.prune(toBytes: 0, keeping: ["/open", "/never seen"]) == 0)
            #expect(try store.size().answers == 100)
            #expect(try store.prune(toBytes: 0) == 100)
        }
    }
}
