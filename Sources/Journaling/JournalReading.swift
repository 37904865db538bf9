package import Runs

/// Reads what a journal holds: all of it as of one moment, also while the run goes on.
///
/// The calls block on the file, so they belong on a queue for blocking work or in a command that does nothing else.
/// Streams hold one item in memory at a time. Errors are ``JournalError``s and what `body` throws.
package protocol JournalReading: Sendable {
    func history() throws(JournalError) -> RunHistory

    /// The last row of each chunk that counts, by number: see ``RunStart/anew``.
    func forEachChunk(_ body: (ChunkEntry) throws -> Void) throws

    /// How far the outputs went with the chunk that was written last; nil where there is none. Quick.
    func lastSinks() throws -> [SinkMark]?

    /// Throws when the journal does not agree with itself. The other calls check the rows they read; this also finds
    /// what an index hides. It takes seconds for a million events, so it is for a process that goes on with a run.
    func verify() throws(JournalError)

    /// How every record that has an ``EndedRecord`` stands, by ordinal; endings from before the last start that took
    /// every record up anew are left out.
    func forEachEnding(_ body: (RecordEnding) throws -> Void) throws

    /// Everything that happened to one record, oldest first.
    func events(of ordinal: Int) throws(JournalError) -> [JournalEvent]

    /// Single events by their numbers; those that are not there are left out.
    func events(numbered numbers: [Int64]) throws(JournalError) -> [JournalEvent]

    /// Everything that happened to a stretch of records, oldest first.
    func forEachEvent(of ordinals: Range<Int>, _ body: (JournalEvent) throws -> Void) throws

    /// Every event behind a number, oldest first.
    func forEachEvent(after number: Int64, _ body: (JournalEvent) throws -> Void) throws

    /// The last event of every question, that is of every ordinal, step, item and draw, in this order; without bodies
    /// and keys. Rests on an index that only ``verify()`` holds against the rows.
    func forEachLastEvent(_ body: (LastEvent) throws -> Void) throws

    /// Every record that waits for a person, in the order they came to wait, with what was said of it and is not used yet.
    func waits() throws(JournalError) -> [OpenWait]

    /// The same one after another, with one of them in memory.
    func forEachWait(_ body: (OpenWait) throws -> Void) throws

    /// The first of those that wait behind a number, of which nothing was said and of which it is true.
    func undecidedWait(behind number: Int64, where isWanted: (OpenWait) throws -> Bool) throws -> OpenWait?

    /// One of those that wait, by the number of its `waiting` event; nil where the record no longer waits for it, or a run
    /// has taken up what was said of it.
    func wait(_ number: Int64) throws(JournalError) -> OpenWait?

    /// What was said of everything that waited, by the number of the `waiting` event: what counts, not what was taken back.
    func decisions() throws(JournalError) -> [Int64: OpenWait.Decided]

    /// The same of one of them.
    func decision(about number: Int64) throws(JournalError) -> OpenWait.Decided?
}

extension JournalReading {
    /// Every event, oldest first.
    package func forEachEvent(_ body: (JournalEvent) throws -> Void) throws { try forEachEvent(after: 0, body) }

    package func forEachWait(_ body: (OpenWait) throws -> Void) throws {
        for wait in try waits() { try body(wait) }
    }

    package func undecidedWait(
        behind number: Int64, where isWanted: (OpenWait) throws -> Bool
    ) throws -> OpenWait? {
        try waits().first { open in open.number > number && open.decided == nil ? try isWanted(open) : false }
    }

    package func wait(_ number: Int64) throws(JournalError) -> OpenWait? {
        try waits().first { $0.number == number }
    }

    package func decision(about number: Int64) throws(JournalError) -> OpenWait.Decided? { try decisions()[number] }
}

extension JournalReading {
    /// How every group of the last collecting stands, in the order they ended; none where nothing was collected since
    /// every record was taken up anew. Their ordinals are below zero.
    package func forEachGroupEnding(_ body: (EndedRecord) throws -> Void) throws {
        let before = try history().eventsBefore.last ?? 0
        // Groups are few, and a group that was taken up again has two endings: the last counts.
        var endings: [Int: EndedRecord] = [:]
        try forEachEvent(of: -(1 << 53)..<0) { event in
            guard event.number > before else { return }
            switch event.entry.kind {
            case .collecting: endings = [:]
            case .ended: endings[event.entry.ordinal] = try EndedRecord(event.entry)
            default: break
            }
        }
        for (_, record) in endings.sorted(by: { $0.key > $1.key }) { try body(record) }
    }
}

/// The last that is known of one question.
package struct LastEvent: Hashable, Sendable {
    package var number: Int64
    package var ordinal: Int
    package var step: Int
    package var item: Int?
    package var draw: Int
    package var kind: JournalEntry.Kind

    package init(number: Int64, ordinal: Int, step: Int, item: Int?, draw: Int, kind: JournalEntry.Kind) {
        self.number = number
        self.ordinal = ordinal
        self.step = step
        self.item = item
        self.draw = draw
        self.kind = kind
    }
}

extension JournalReading {
    package func lastSinks() throws -> [SinkMark]? {
        var last: [SinkMark]?
        try forEachChunk { last = $0.sinks }
        return last
    }
}
