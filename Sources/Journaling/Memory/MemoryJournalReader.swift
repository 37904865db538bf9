internal import Runs

/// Reads a ``MemoryJournal`` as it was at one moment.
struct MemoryJournalReader: JournalReading {
    let content: MemoryJournal.Content

    func history() throws(JournalError) -> RunHistory {
        guard !content.starts.isEmpty else { throw JournalError(.missing, "no run has begun in this journal") }
        return RunHistory(
            starts: content.starts, ends: content.ends, isClosed: content.isClosed, eventsBefore: content.before)
    }

    func forEachChunk(_ body: (ChunkEntry) throws -> Void) throws {
        for (_, chunk) in content.chunks.sorted(by: { $0.key < $1.key }) { try body(chunk.entry) }
    }

    func forEachEnding(_ body: (RecordEnding) throws -> Void) throws {
        let chunks = content.chunks.sorted { $0.key < $1.key }.map(\.value)
        let marks = ChunkMarks(
            rows: chunks.map {
                ChunkMarks.Row(row: 0, first: $0.entry.first, count: $0.entry.count, since: $0.since)
            })
        let counting = content.events.filter {
            $0.entry.ordinal >= 0 && $0.entry.kind == .ended && $0.number > content.cut
        }
        let ended = Dictionary(grouping: counting, by: \.entry.ordinal)
        for (ordinal, events) in ended.sorted(by: { $0.key < $1.key }) {
            let records = try events.map { (number: $0.number, record: try EndedRecord($0.entry)) }
            if let ending = RecordEnding(records, chunkSince: marks.since(ordinal: ordinal)) { try body(ending) }
        }
    }

    func verify() throws(JournalError) {}

    func events(of ordinal: Int) throws(JournalError) -> [JournalEvent] {
        content.events.filter { $0.entry.ordinal == ordinal }
    }

    func events(numbered numbers: [Int64]) throws(JournalError) -> [JournalEvent] {
        let wanted = Set(numbers)
        return content.events.filter { wanted.contains($0.number) }
    }

    func forEachEvent(of ordinals: Range<Int>, _ body: (JournalEvent) throws -> Void) throws {
        for event in content.events where ordinals.contains(event.entry.ordinal) { try body(event) }
    }

    func forEachEvent(after number: Int64, _ body: (JournalEvent) throws -> Void) throws {
        for event in content.events where event.number > number { try body(event) }
    }

    func forEachLastEvent(_ body: (LastEvent) throws -> Void) throws {
        var last: [[Int]: LastEvent] = [:]
        for event in content.events {
            let entry = event.entry
            last[[entry.ordinal, entry.step, entry.item ?? -1, entry.draw]] = LastEvent(
                number: event.number, ordinal: entry.ordinal, step: entry.step, item: entry.item, draw: entry.draw,
                kind: entry.kind)
        }
        for (_, event) in last.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) { try body(event) }
    }

    func waits() throws(JournalError) -> [OpenWait] {
        let decided = try content.decisions()
        return try content.waits().values.filter { !(decided[$0.number]?.isTaken ?? false) }.map { open in
            var open = open
            open.decided = decided[open.number]
            return open
        }.sorted { $0.number < $1.number }
    }

    func decisions() throws(JournalError) -> [Int64: OpenWait.Decided] { try content.decisions() }
}
