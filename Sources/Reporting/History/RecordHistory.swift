package import Digests
package import Journaling
package import Runs
package import Values

/// All that happened to one record of a run, oldest first, from the journal alone.
///
/// Also of a run that is still going on, and of a record that is in no ending yet: it is found by what it waits for, too.
package struct RecordHistory: Sendable {
    /// One thing that happened.
    package struct Happening: Sendable {
        package var at: Timestamp
        /// The step's name; nil for what concerns the whole record.
        package var step: String?
        /// The item's place in the list of an `each`, counted from 1; nil outside of one.
        package var item: Int?
        /// Which attempt at the step, counted from 1.
        package var attempt: Int
        package var event: Event
    }

    package enum Event: Sendable {
        /// A request left, and no answer to it is known.
        case asked
        /// JSON, as it came; what it took is nil where nobody was asked for it anew.
        case answered(Value, Usage?)
        case failed(FailedAttempt, Usage?)
        case waits(Wait)
        /// `counts` is false for one that came too late, or was taken back.
        case decided(Decision, about: Wait?, counts: Bool)
        case takenBack
        /// A side effect that is known to have happened.
        case acted(key: SHA256Digest?)
        /// What left, or was about to, and gave no answer: in flight when the run ended, or broken off and tried again.
        /// Counted at the most that it can have cost.
        case settled(Usage?)
        case takenUpAgain
        case ended(EndedRecord)
    }

    package var id: String
    package var ordinal: Int
    package var run: String
    package var currency: String
    /// Nil where nothing says yet where the record came from.
    package var origin: RecordOrigin?
    package var happenings: [Happening]
    /// Whether it ended done within its chunk, where nobody was asked and nothing else is kept.
    package var endedWithinChunk: Bool
}

/// A record that a run does not have, or not yet.
package struct UnknownRecord: Error {
    /// Ids that the run has, the first of them.
    package var known: [String]
}

// MARK: Reading it

extension RecordHistory {
    /// - Throws: ``UnknownRecord``, or ``JournalError``.
    package init(of id: String, reading journal: any JournalReading) throws {
        let history = try journal.history()
        let outline = history.starts[history.starts.count - 1].outline
        self.id = id
        run = history.starts[0].id
        currency = outline.currency
        happenings = []
        endedWithinChunk = false
        guard let ordinal = try Self.ordinal(of: id, in: journal) else {
            guard let place = try Self.place(of: id, in: journal) else {
                throw UnknownRecord(known: try Self.ids(in: journal))
            }
            (self.ordinal, endedWithinChunk) = (place, true)
            return
        }
        self.ordinal = ordinal
        let names = (outline.steps + outline.collect).map(\.name)
        let events = try journal.events(of: ordinal)
        let decisions = try journal.decisions()
        var waits: [Int64: Wait] = [:]
        // A start tells something only where nothing came of it.
        var open: [Question: Int] = [:]
        var leftOut: Set<Int> = []
        for event in events {
            let entry = event.entry
            let question = Question(step: entry.step, item: entry.item, draw: entry.draw)
            if entry.kind == .waiting { waits[event.number] = try Wait(entry) }
            guard let what = try Event(event, waits: waits, decisions: decisions) else { continue }
            switch entry.kind {
            case .start: open[question] = happenings.count
            case .answer, .failed, .settled: if let start = open.removeValue(forKey: question) { leftOut.insert(start) }
            default: break
            }
            if case .ended(let ended) = what { origin = ended.origin }
            happenings.append(
                Happening(
                    at: entry.at, step: names.indices.contains(entry.step) ? names[entry.step] : nil,
                    item: entry.item.map { $0 + 1 }, attempt: entry.draw, event: what))
        }
        happenings = happenings.enumerated().filter { !leftOut.contains($0.offset) }.map(\.element)
    }

    private struct Question: Hashable {
        var step: Int
        var item: Int?
        var draw: Int
    }

    private static func ordinal(of id: String, in journal: any JournalReading) throws -> Int? {
        var found: Int?
        try journal.forEachEnding { if found == nil, $0.record.id.hasSameBytes(as: id) { found = $0.record.ordinal } }
        if let found { return found }
        try journal.forEachWait { if $0.wait.record.hasSameBytes(as: id) { found = $0.ordinal } }
        if let found { return found }
        // One that is on its way, or was when the process died.
        try journal.forEachEvent { event in
            if found == nil, event.entry.record?.hasSameBytes(as: id) ?? false { found = event.entry.ordinal }
        }
        return found
    }

    /// Among the records that chunks have taken in: only their ids' fingerprints are kept.
    private static func place(of id: String, in journal: any JournalReading) throws -> Int? {
        let wanted = Fingerprint(of: id)
        var found: Int?
        try journal.forEachChunk { chunk in
            if found == nil, let index = chunk.members.firstIndex(where: { $0.id == wanted }) {
                found = chunk.first + index
            }
        }
        return found
    }

    private static func ids(in journal: any JournalReading) throws -> [String] {
        var ids: [String] = []
        try journal.forEachEnding { if ids.count < 10_000 { ids.append($0.record.id) } }
        return ids
    }
}

extension RecordHistory.Event {
    /// Nil for what says nothing about the record itself.
    fileprivate init?(
        _ event: JournalEvent, waits: [Int64: Wait], decisions: [Int64: OpenWait.Decided]
    ) throws(JournalError) {
        let entry = event.entry
        switch entry.kind {
        case .start: self = .asked
        case .answer: self = .answered(entry.body.isEmpty ? .null : try entry.bodyValue(), entry.usage)
        case .failed: self = .failed(try FailedAttempt(entry), entry.usage)
        case .waiting: self = .waits(try Wait(entry))
        case .decision:
            guard let decision = try Decision(entry) else { return nil }
            let about = entry.decidedWait
            let counts = about.map { decisions[$0]?.decision == decision } ?? true
            self = .decided(decision, about: about.flatMap { waits[$0] }, counts: counts)
        case .withdrawn: self = .takenBack
        case .effect: self = .acted(key: entry.key)
        case .settled: self = .settled(entry.usage)
        case .retried: self = .takenUpAgain
        case .ended: self = .ended(try EndedRecord(entry))
        case .collecting: return nil
        }
    }
}

extension RecordHistory {
    /// What happened at one step alone.
    package func narrowed(to step: String) -> RecordHistory {
        var narrowed = self
        narrowed.happenings = happenings.filter { $0.step == step }
        return narrowed
    }
}
