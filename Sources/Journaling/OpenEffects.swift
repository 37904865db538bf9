package import Digests
package import Runs

/// The side effects of a run that may have happened, and that nobody knows of whether they did: those that were in flight
/// when a process died, and those whose answer did not come through.
///
/// Made from a journal's events, oldest first. Holds nothing for effects that are known to have happened, or not to have.
package struct OpenEffects: Sendable {
    package struct Effect: Hashable, Sendable {
        /// The last time it was begun.
        package var start: JournalEntry
        /// What came instead of an answer; nil where the process ended first.
        package var failure: Failure?
        /// What a person has said since.
        package var decision: Decision?
    }

    /// A question of one record: two records may well ask the same.
    private struct Place: Hashable {
        var ordinal: Int
        var question: SHA256Digest

        init?(_ entry: JournalEntry) {
            guard let question = entry.key else { return nil }
            (ordinal, self.question) = (entry.ordinal, question)
        }
    }

    private var effects: [SHA256Digest: Effect] = [:]
    private var keys: [Place: SHA256Digest] = [:]

    package init() {}

    /// By the effect's idempotency key.
    package subscript(key: SHA256Digest) -> Effect? { effects[key] }

    /// In no order.
    package var all: [Effect] { Array(effects.values) }

    /// Takes in what is open of another run.
    package mutating func add(_ others: OpenEffects) { effects.merge(others.effects) { own, _ in own } }

    package mutating func add(_ entry: JournalEntry) throws(JournalError) {
        switch entry.kind {
        case .start:
            guard let key = entry.effectKey, let place = Place(entry) else { return }
            effects[key] = Effect(start: entry)
            keys[place] = key
        case .answer: close(entry)
        case .settled where entry.isUndone: close(entry)
        case .failed:
            guard let key = Place(entry).flatMap({ keys[$0] }) else { return }
            let failure = try FailedAttempt(entry).failure
            if failure.mayHaveActed { effects[key]?.failure = failure } else { close(entry) }
        case .decision:
            guard let key = key(of: entry), let decision = try Decision(entry), decision.word.isOfEffects else {
                return
            }
            effects[key]?.decision = decision
        case .retried:
            // Taking a record up again is no word on whether the effect happened.
            for (key, effect) in effects
            where effect.start.ordinal == entry.ordinal && effect.start.step == entry.step
                && effect.start.item == entry.item
            {
                effects[key]?.decision = nil
            }
        case .effect, .settled, .ended, .waiting, .withdrawn, .collecting: break
        }
    }

    private mutating func close(_ entry: JournalEntry) {
        guard !keys.isEmpty, let place = Place(entry), let key = keys.removeValue(forKey: place) else { return }
        effects[key] = nil
    }

    /// What a decision is about. A record may stand elsewhere in an input that has changed since.
    private func key(of decision: JournalEntry) -> SHA256Digest? {
        if let key = Place(decision).flatMap({ keys[$0] }) { return key }
        let same = keys.filter { $0.key.question == decision.key }
        return same.count == 1 ? same.first?.value : nil
    }
}

extension Decision.Word {
    /// Whether it says something of what may have happened.
    fileprivate var isOfEffects: Bool {
        switch self {
        case .happened, .again, .reject: true
        case .approve, .accept, .write: false
        }
    }
}
