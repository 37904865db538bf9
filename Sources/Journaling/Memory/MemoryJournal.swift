internal import Locks

/// A journal that lasts as long as its process: for tests and for trying a recipe on one record.
package final class MemoryJournal: Journal {
    struct Content {
        var starts: [RunStart] = []
        var ends: [RunEnd] = []
        /// See ``RunHistory/eventsBefore``.
        var before: [Int64] = []
        var isClosed = false
        var events: [JournalEvent] = []
        /// The last row of each chunk, and the number its endings begin at.
        var chunks: [Int: (entry: ChunkEntry, since: Int64)] = [:]
        /// Endings up to this event no longer count.
        var cut: Int64 = 0
        /// Set once it is closed or told to fail.
        var refusal: JournalError?

        mutating func add(_ entries: [JournalEntry]) {
            for entry in entries {
                events.append(JournalEvent(number: Int64(events.count) + 1, entry: entry))
            }
        }
    }

    private let content = Guarded(Content())

    package init() {}

    package func begin(_ start: RunStart) async throws(JournalError) {
        try change { content in
            content.starts.append(start)
            if start.anew {
                content.cut = Int64(content.events.count)
                content.chunks = [:]
            }
            content.before.append(content.cut)
            content.isClosed = false
        }
    }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        try change { $0.add(entries) }
    }

    package func append(_ chunks: [ChunkEntry], with entries: [JournalEntry]) async throws(JournalError) {
        try change { content in
            let since = Int64(content.events.count) + 1
            for chunk in chunks { content.chunks[chunk.number] = (chunk, since) }
            content.add(entries)
        }
    }

    @discardableResult
    package func note(_ entries: [JournalEntry]) -> Bool {
        content.withLock { content in
            if content.refusal == nil { content.add(entries) }
            return true
        }
    }

    package func finish(_ end: RunEnd) async throws(JournalError) {
        try change { content in
            content.ends.append(end)
            content.isClosed = true
        }
    }

    package func close() async throws(JournalError) {
        try change { $0.refusal = JournalError(.closed, "the journal is closed") }
    }

    /// From now on every call throws this, as if the disk were full.
    package func refuse(_ error: JournalError) {
        content.withLock { $0.refusal = error }
    }

    package func reader() throws(JournalError) -> any JournalReading {
        MemoryJournalReader(content: content.withLock { $0 })
    }

    private func change(_ body: (inout Content) -> Void) throws(JournalError) {
        let refusal = content.withLock { content -> JournalError? in
            if content.refusal == nil { body(&content) } else { return content.refusal }
            return nil
        }
        if let refusal { throw refusal }
    }
}
