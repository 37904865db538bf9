import Digests
import Foundation
import GRDB
import Journaling
import TestSupport
import Testing
import Values

/// What was sent stays known, whatever becomes of the answers beside it.
@Suite struct EffectStoreTests {
    private let folder: TestSupport.TemporaryFolder
    private let key = SHA256Digest(of: "the letter to Ada")

    init() throws { folder = try TestSupport.TemporaryFolder() }

    private var path: String { folder.path + "/answers.sqlite" }

    private func filled() async throws -> AnswerStore {
        let store = try AnswerStore(path: path)
        try store.take(try await journal(sending: [key]), at: "one")
        return store
    }

    private func journal(sending keys: [SHA256Digest], at second: Int64 = 0) async throws -> any JournalReading {
        let journal = MemoryJournal()
        try await journal.begin(Sample.runStart(at: second))
        for key in keys {
            var effect = Sample.answer(0)
            effect.kind = .effect
            effect.key = key
            effect.body = Array("sent".utf8)
            try await journal.append([Sample.answer(0), effect])
        }
        return try journal.reader()
    }

    @Test func `a later run finds what was sent, also when it asks everything anew`() async throws {
        let store = try await filled()
        for sharing in [true, false] {
            let shelf = try store.shelf(of: "two", sharing: sharing)
            #expect(try shelf.effect(key, shared: true) == Array("sent".utf8))
            #expect(try shelf.effect(key, shared: false) == nil)
        }
        #expect(try store.shelf(of: "one", sharing: false).effect(key, shared: false) == Array("sent".utf8))
    }

    @Test func `forgetting answers forgets no effect`() async throws {
        let store = try await filled()
        #expect(try store.prune(before: .max) == 1)
        #expect(try store.shelf(of: "two", sharing: true).effect(key, shared: true) != nil)
    }

    @Test func `a run is known from its start, and keeps what was taken in of it`() async throws {
        let store = try AnswerStore(path: path)
        let journal = try await journal(sending: [key])
        let start = try journal.history().starts[0]
        try store.enlist(start, at: "one")
        #expect(try store.journals() == ["one"])
        try store.take(journal, at: "one")
        try store.prune(before: .max)
        try store.enlist(start, at: "one")
        try store.take(journal, at: "one")
        #expect(try store.size().answers == 0, "taken in once")
    }

    @Test func `another run of the same name in the place of an earlier one is read from its beginning`() async throws {
        let store = try AnswerStore(path: path)
        let other = SHA256Digest(of: "the letter to Bob")
        try store.take(try await journal(sending: [key, key, key]), at: "one")
        try store.take(try await journal(sending: [other], at: 60), at: "one")
        let shelf = try store.shelf(of: "two", sharing: true)
        #expect(try shelf.effect(key, shared: true) != nil)
        #expect(try shelf.effect(other, shared: true) != nil)
    }

    @Test func `a store from before there were effects is taken over`() async throws {
        try await filled().close()
        let database = try DatabaseQueue(path: path)
        try await database.writeWithoutTransaction { try $0.execute(sql: "DROP TABLE effect; PRAGMA user_version = 1") }
        try database.close()
        let store = try AnswerStore(path: path)
        #expect(try store.shelf(of: "two", sharing: true).effect(key, shared: true) == nil)
        #expect(try store.size().answers == 1)
    }
}
