internal import Digests
internal import Runs
package import Values

/// Whether one record waits, made from its events, oldest first.
package struct WaitFold: Sendable {
    /// Without its decision.
    package private(set) var open: OpenWait?

    package init() {}

    package mutating func add(_ event: JournalEvent) throws(JournalError) {
        let entry = event.entry
        switch entry.kind {
        case .waiting: open = try OpenWait(event)
        // It was done again, or the decision was used.
        case .start, .answer: if entry.key == open?.key { open = nil }
        case .ended:
            guard open != nil else { return }
            let outcome = try EndedRecord(entry).outcome
            if outcome != .waiting, outcome != .notReached { open = nil }
        case .retried: open = nil
        case .failed, .decision, .effect, .settled, .withdrawn: break
        }
    }
}

/// The records of a run that wait, by their ids, made from all its events, oldest first.
package struct OpenWaits: Sendable {
    private var folds: [Int: WaitFold] = [:]
    private var ordinals: [String: Int] = [:]

    package init() {}

    /// A record may stand elsewhere in an input that has changed since: the later place counts.
    package subscript(record: String) -> OpenWait? { ordinals[record].flatMap { folds[$0]?.open } }

    package var all: [OpenWait] { folds.values.compactMap(\.open).sorted { $0.number < $1.number } }

    package mutating func add(_ event: JournalEvent) throws(JournalError) {
        let entry = event.entry
        guard entry.kind == .waiting || folds[entry.ordinal] != nil else { return }
        try folds[entry.ordinal, default: WaitFold()].add(event)
        guard entry.kind == .waiting, let record = folds[entry.ordinal]?.open?.wait.record else { return }
        if let earlier = ordinals[record], earlier != entry.ordinal { folds[earlier] = nil }
        ordinals[record] = entry.ordinal
    }

    /// Takes in what was said: by the number of the wait.
    package mutating func take(_ decided: [Int64: OpenWait.Decided]) {
        for (ordinal, fold) in folds {
            guard let open = fold.open, let said = decided[open.number] else { continue }
            folds[ordinal]?.decide(said)
        }
    }
}

extension WaitFold {
    mutating func decide(_ decided: OpenWait.Decided) { open?.decided = decided }
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
