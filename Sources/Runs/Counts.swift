/// How many records a run read, and how each of them stands.
///
/// None is a difference of others, so that ``balances`` can find a record lost: ``read`` is added up from the sizes of the
/// batches that the source gave, every other number from the endings of single records.
public struct Counts: Hashable, Sendable {
    /// After `--limit` and `--sample`; the rest of a stopped run is counted without running it.
    public var read = 0
    /// Flagged records are among them.
    public var done = 0
    public var flagged = 0
    public var failed = 0
    public var rejected = 0
    public var skipped = 0
    public var waiting = 0
    /// Never admitted, or given back by a stop.
    public var notReached = 0

    public init() {}

    /// Whether every record read is accounted for once.
    public var balances: Bool {
        read == done + failed + rejected + skipped + waiting + notReached
    }

    /// Takes back what ``add(_:)`` added.
    public mutating func subtract(_ other: Counts) {
        read -= other.read
        done -= other.done
        flagged -= other.flagged
        failed -= other.failed
        rejected -= other.rejected
        skipped -= other.skipped
        waiting -= other.waiting
        notReached -= other.notReached
    }

    public mutating func add(_ other: Counts) {
        read += other.read
        done += other.done
        flagged += other.flagged
        failed += other.failed
        rejected += other.rejected
        skipped += other.skipped
        waiting += other.waiting
        notReached += other.notReached
    }
}

/// How the records of a run stand at one step. The marks add up to the records read.
public struct StepCounts: Hashable, Sendable {
    /// By the raw value of ``StepMark``; index 0 is unused.
    private var byMark = [Int](repeating: 0, count: StepMark.allCases.count + 1)

    public init() {}

    public subscript(mark: StepMark) -> Int {
        get { byMark[Int(mark.rawValue)] }
        set { byMark[Int(mark.rawValue)] = newValue }
    }

    public var sum: Int { byMark.reduce(0, +) }

    public mutating func add(_ other: StepCounts) {
        for mark in StepMark.allCases { self[mark] += other[mark] }
    }

    /// Takes back what ``add(_:)`` added.
    public mutating func subtract(_ other: StepCounts) {
        for mark in StepMark.allCases { self[mark] -= other[mark] }
    }
}

extension Counts {
    /// Counts one record's ending. Only done records count as flagged.
    public mutating func count(_ outcome: Outcome, flagged: Bool = false) {
        switch outcome {
        case .done:
            done += 1
            if flagged { self.flagged += 1 }
        case .failed: failed += 1
        case .rejected: rejected += 1
        case .skipped: skipped += 1
        case .waiting: waiting += 1
        case .notReached: notReached += 1
        }
    }
}
