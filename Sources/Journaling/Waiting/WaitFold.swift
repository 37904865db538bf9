package import Digests
internal import Runs
package import Values

/// Whether the record at one place of the input waits, made from its events, oldest first.
package struct WaitFold: Sendable {
    /// Without its decision.
    package private(set) var open: OpenWait?

    package init() {}

    package mutating func add(_ event: JournalEvent) throws(JournalError) {
        if event.entry.kind == .waiting {
            open = try OpenWait(event)
        } else if let open, try event.entry.ends(WaitPlace(open), of: open.wait.record) {
            self.open = nil
        }
    }
}

/// Where the journal has what a record waits for.
package struct WaitPlace: Hashable, Sendable {
    /// Of the `waiting` event.
    package var number: Int64
    package var ordinal: Int
    /// See ``OpenWait/key``.
    package var key: SHA256Digest
    package var decided: OpenWait.Decided?

    fileprivate init(_ open: OpenWait) { (number, ordinal, key) = (open.number, open.ordinal, open.key) }
}

extension JournalEntry {
    /// Whether this, which happened later, means that a record no longer waits there.
    fileprivate func ends(_ place: WaitPlace, of record: String) throws(JournalError) -> Bool {
        switch kind {
        // It was done again, or the decision was used.
        case .start, .answer: return key == place.key
        case .ended:
            guard ordinal == place.ordinal else { return false }
            let ended = try EndedRecord(self)
            return ended.id.utf8.elementsEqual(record.utf8) && ended.outcome != .waiting
                && ended.outcome != .notReached
        case .retried: return try Retrial(self).record.utf8.elementsEqual(record.utf8)
        case .failed, .decision, .effect, .settled, .waiting, .withdrawn, .collecting: return false
        }
    }
}

/// The records of a run that wait, by their ids, made from all its events, oldest first. A record may have stood elsewhere
/// in the input before. What they wait for stays in the journal: it may be as long as the records.
package struct OpenWaits: Sendable {
    private var waits: [ByteText: WaitPlace] = [:]
    /// Where they stand, and what they are known by: all other events are passed over unread.
    private var ordinals: [Int: ByteText] = [:]
    /// By ordinal, because records may be in doubt about the same. What is reviewed or answered has the record in its key.
    private var keys: [SHA256Digest: [Int: ByteText]] = [:]

    package init() {}

    package subscript(record: String) -> WaitPlace? { waits[ByteText(record)] }
    package var isEmpty: Bool { waits.isEmpty }

    package mutating func add(_ event: JournalEvent) throws(JournalError) {
        let entry = event.entry
        switch entry.kind {
        case .waiting:
            let open = try OpenWait(event)
            let record = ByteText(open.wait.record)
            waits[record] = WaitPlace(open)
            ordinals[open.ordinal] = record
            keys[open.key, default: [:]][open.ordinal] = record
        case .start, .answer:
            guard let key = entry.key, let records = keys[key] else { return }
            // One that stood elsewhere when it came to wait is not found by where it stands; of several nobody knows which.
            let elsewhere = records.count == 1 ? records.first?.value : nil
            try close(records[entry.ordinal] ?? elsewhere, by: entry)
        case .ended: try close(ordinals[entry.ordinal], by: entry)
        case .retried where !waits.isEmpty: try close(ByteText(try Retrial(entry).record), by: entry)
        default: break
        }
    }

    private mutating func close(_ record: ByteText?, by entry: JournalEntry) throws(JournalError) {
        guard let record, let place = waits[record], try entry.ends(place, of: record.text) else { return }
        waits[record] = nil
        keys[place.key]?[place.ordinal] = nil
    }

    /// Takes in what was said: by the number of the wait.
    package mutating func take(_ decided: [Int64: OpenWait.Decided]) {
        for (record, place) in waits { waits[record]?.decided = decided[place.number] }
    }
}

/// What became of a decision.
package enum DecisionReceipt: Hashable, Sendable {
    /// It counts; the number of its event.
    case counts(Int64)
    /// Somebody else was first.
    case late(OpenWait.Decided)
    /// The record no longer waits for this: it goes on, or waits anew with something else to see.
    case over
    /// Nobody answered in time, and it is too late now.
    case expired(Timestamp)
}
