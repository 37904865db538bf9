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
        let journal = MemoryJournal()
        try await journal.begin(Sample.runStart())
        var effect = Sample.answer(0)
        effect.kind = .effect
        effect.key = key
        effect.body = Array("sent".utf8)
        try await journal.append([Sample.answer(0), effect])
        let store = try AnswerStore(path: path)
        try store.take(journal.reader(), at: "one")
        return store
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
