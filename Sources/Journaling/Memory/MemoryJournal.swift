internal import Locks
package import Values

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
        /// The decision that counts for each wait, and whether it was taken up; by the numbers of their events.
        var decided: [Int64: (decision: Int64, isTaken: Bool)] = [:]
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

    package func decide(
        _ decision: Decision, about number: Int64, at time: Timestamp
    ) async throws(JournalError) -> DecisionReceipt {
        try decided { content throws(JournalError) in
            guard let open = try content.waits()[number] else { return .over }
            if let deadline = open.wait.deadline, open.wait.isExpired(at: time) { return .expired(deadline) }
            if let first = try content.decisions()[number] { return .late(first) }
            content.add([.decided(decision, about: open, at: time)])
            let event = Int64(content.events.count)
            content.decided[number] = (event, false)
            return .counts(event)
        }
    }

    package func withdraw(decisionAbout number: Int64, at time: Timestamp) async throws(JournalError) -> Bool {
        try decided { content in
            guard let said = content.decided[number], !said.isTaken else { return false }
            let decision = said.decision
            var entry = content.events[Int(decision) - 1].entry
            entry.kind = .withdrawn
            entry.at = time
            entry.body = JSON.bytes(of: ["decision": .int(decision), "wait": .int(number)])
            content.add([entry])
            content.decided[number] = nil
            return true
        }
    }

    package func takeDecisions() throws(JournalError) -> [OpenWait] {
        try decided { content throws(JournalError) in
            let (waits, said) = (try content.waits(), try content.decisions())
            let untaken = content.decided.filter { !$0.value.isTaken }.keys
            for number in untaken { content.decided[number]?.isTaken = true }
            return untaken.sorted().compactMap { number in
                var open = waits[number]
                open?.decided = said[number]
                open?.decided?.isTaken = true
                return open
            }
        }
    }

    private func decided<Answer>(
        _ body: (inout Content) throws(JournalError) -> Answer
    ) throws(JournalError) -> Answer {
        try content.withLock { content -> Result<Answer, JournalError> in
            if let refusal = content.refusal { return .failure(refusal) }
            return Result { () throws(JournalError) in try body(&content) }
        }.get()
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

extension MemoryJournal.Content {
    /// What waits, by the number of its event; without decisions.
    func waits() throws(JournalError) -> [Int64: OpenWait] {
        var folds: [Int: WaitFold] = [:]
        for event in events where event.number > cut { try folds[event.entry.ordinal, default: WaitFold()].add(event) }
        return Dictionary(folds.values.compactMap(\.open).map { ($0.number, $0) }) { first, _ in first }
    }

    func decisions() throws(JournalError) -> [Int64: OpenWait.Decided] {
        var all: [Int64: OpenWait.Decided] = [:]
        for (wait, said) in decided {
            let entry = events[Int(said.decision) - 1].entry
            guard let decision = try Decision(entry) else { continue }
            all[wait] = OpenWait.Decided(decision, at: entry.at, isTaken: said.isTaken)
        }
        return all
    }
}
