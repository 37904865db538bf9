package import Digests
package import Runs
package import Values

/// One thing that happened to one record.
package struct JournalEntry: Hashable, Sendable {
    /// The raw values are what the journal's file holds; they are never given a new meaning.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// A request is about to leave. On disk before it does; with no successor it is in doubt. Says whose record it is,
        /// which nothing else does before the record ends.
        case start = 1
        /// The answer as it came, as JSON.
        case answer = 2
        /// An attempt that gave no answer to use: a ``FailedAttempt``.
        case failed = 3
        /// What a person decided: a ``Decision``, keyed by the question that it is about, or by what waits.
        case decision = 4
        /// A side effect that is known to have happened, keyed so that it is not done again; with its answer.
        case effect = 5
        /// What was in doubt is settled: counted at its worst-case cost, or by a person's word.
        case settled = 6
        /// How the record ended, or that it is parked: an ``EndedRecord``.
        case ended = 7
        /// A person wants the record taken up again at this step, `draw` being the last that was used: what was
        /// answered there before does not count. A ``Retrial``.
        case retried = 8
        /// The record came to wait for a person: a ``Wait``, keyed by what is shown and what will be done.
        case waiting = 9
        /// A decision was taken back before anything used it; the body names its event.
        case withdrawn = 10
        /// The done records are about to be collected: groups that ended before no longer count. Its ordinal is -1, and
        /// those of the groups go down from there.
        case collecting = 11
    }

    /// The record's place in the input.
    package var ordinal: Int
    /// The step's place in the plan; -1 for what concerns the whole record.
    package var step: Int
    /// The item's place in the list of an `each`; nil outside of one.
    package var item: Int?
    /// Which attempt at this question, counted from 1.
    package var draw: Int
    package var kind: Kind
    package var at: Timestamp
    /// The identity of the question.
    package var key: SHA256Digest?
    /// By ``kind``: see there. Empty where there is nothing to say.
    package var body: [UInt8]
    /// What it took; nil where that is unknown or there was nothing to take.
    package var usage: Usage?

    package init(
        ordinal: Int, step: Int, item: Int? = nil, draw: Int = 1, kind: Kind, at: Timestamp,
        key: SHA256Digest? = nil, body: [UInt8] = [], usage: Usage? = nil
    ) {
        self.ordinal = ordinal
        self.step = step
        self.item = item
        self.draw = draw
        self.kind = kind
        self.at = at
        self.key = key
        self.body = body
        self.usage = usage
    }
}

extension JournalEntry {
    /// Of a start, the record's id; nil in a journal from before starts had one.
    package var record: String? { startValue["record"]?.string }

    /// The most that a call can cost, in billionths of the currency, as its start has it; 0 where it costs nothing.
    package var worstCost: Int64 { startValue.int ?? startValue["cost"]?.int ?? 0 }

    /// Of a `start`: the entry that counts it at its worst, since the call may have been made, and paid.
    package func settledAtWorst(at time: Timestamp) -> JournalEntry {
        var settled = self
        settled.kind = .settled
        settled.at = time
        settled.body = []
        settled.usage = Usage(cost: worstCost)
        return settled
    }

    /// The idempotency key of a side effect that must not be repeated unless it is known not to have happened, as its
    /// start has it; nil for what may be asked again.
    package var effectKey: SHA256Digest? { startValue["effect"]?.string.flatMap(SHA256Digest.init(hex:)) }

    /// Says what a start has to say.
    package mutating func begin(record: String, worstCost: Int64 = 0, effectKey: SHA256Digest? = nil) {
        var value = ValueMap([("record", .string(record))])
        if worstCost > 0 { value.set("cost", to: .int(worstCost)) }
        if let effectKey { value.set("effect", to: .string(effectKey.hex)) }
        body = JSON.bytes(of: .map(value))
    }

    private var startValue: Value {
        guard kind == .start, !body.isEmpty, case .success(let value) = Result(catching: { try bodyValue() }) else {
            return .null
        }
        return value
    }

    /// Of a `settled` entry: whether it is certain that nothing happened, such as when nobody could be reached.
    package var isUndone: Bool {
        get {
            guard kind == .settled, !body.isEmpty, case .success(let value) = Result(catching: { try bodyValue() })
            else { return false }
            return value["happened"] == false
        }
        set { body = newValue ? JSON.bytes(of: ["happened": false]) : [] }
    }
}

/// A journal entry with its place in the journal: later ones have higher numbers.
package struct JournalEvent: Hashable, Sendable {
    package var number: Int64
    package var entry: JournalEntry

    package init(number: Int64, entry: JournalEntry) {
        self.number = number
        self.entry = entry
    }
}
