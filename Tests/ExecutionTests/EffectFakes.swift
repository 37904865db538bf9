import Digests
import Journaling
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// A step that changes the world, which is a list of what was done.
struct ActingFake: AnsweredStep {
    let effect: StepEffect
    /// Part of what is sent: another text is another question.
    var text = "hello"
    /// Each time it was performed: the record, and the idempotency key that went out.
    let done = Shared<[(record: Int, key: SHA256Digest?)]>([])
    private let act: @Sendable (_ record: Int, _ time: Int) async throws -> Reply

    /// - Parameter act: What comes back to a record, for the nth time that it is performed.
    init(_ effect: StepEffect, _ act: @escaping @Sendable (_ record: Int, _ time: Int) async throws -> Reply) {
        self.effect = effect
        self.act = act
    }

    func times(_ record: Int) -> Int { done.value.count { $0.record == record } }

    /// Every record sends the same.
    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        Question(key: SHA256Digest(of: "\(text) \(attempt.number)"), shown: text, content: record.ordinal)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        done.change { $0.append((context.record.ordinal, context.effectKey)) }
        do {
            return try await act(context.record.ordinal, times(context.record.ordinal))
        } catch {
            return .stopped
        }
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        .value(answer.body.isEmpty ? .null : .string(String(decoding: answer.body, as: UTF8.self)))
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}

/// What journals know of effects, looked up without a store.
struct EffectShelf: AnswerShelf {
    var own: MemoryJournal
    var others: [MemoryJournal] = []

    func answer(to question: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? { nil }

    func effect(_ key: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? {
        var found: [UInt8]?
        for journal in shared ? [own] + others : [own] {
            do {
                try journal.reader().forEachEvent { event in
                    if event.entry.kind == .effect, event.entry.key == key { found = event.entry.body }
                }
            } catch {
                throw JournalError(.io, "\(error)")
            }
        }
        return found
    }
}

extension MemoryJournal {
    /// From now on nothing reaches the disk, as if the process were killed.
    func kill() { refuse(JournalError(.io, "killed")) }

    /// The same as another process finds it.
    func reopened() async throws -> MemoryJournal {
        let (reader, copy) = (try reader(), MemoryJournal())
        var chunks: [ChunkEntry] = []
        var entries: [JournalEntry] = []
        try reader.forEachChunk { chunks.append($0) }
        try reader.forEachEvent { entries.append($0.entry) }
        try await copy.append(chunks, with: [])
        try await copy.append(entries)
        return copy
    }

    func entries(_ kind: JournalEntry.Kind) throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        try reader().forEachEvent { if $0.entry.kind == kind { entries.append($0.entry) } }
        return entries
    }

    /// A person decides about everything that is in doubt.
    func decide(_ word: Decision.Word) async throws {
        var open = OpenEffects()
        try reader().forEachEvent { try open.add($0.entry) }
        try #require(!open.all.isEmpty)
        let decision = Decision(word, by: "Ada", note: "I asked")
        try await append(
            open.all.map { .decided(decision, about: $0.start, at: Timestamp(seconds: 1_780_000_000)) })
    }

    func endings() throws -> [EndedRecord] {
        var endings: [EndedRecord] = []
        try reader().forEachEnding { endings.append($0.record) }
        return endings
    }
}
