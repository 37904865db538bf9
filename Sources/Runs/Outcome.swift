/// How a record stands or ended. The sum of all of these is what was read.
public enum Outcome: UInt8, Sendable, CaseIterable {
    case done = 1
    case failed = 2
    /// A person said no, or did not answer in time.
    case rejected = 3
    /// By `otherwise: skip`, or because it is unchanged.
    case skipped = 4
    /// For a person.
    case waiting = 5
    /// Never admitted, or stopped on its way; a later run goes on with it.
    case notReached = 6

    public var name: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .rejected: "rejected"
        case .skipped: "skipped"
        case .waiting: "waiting"
        case .notReached: "not_reached"
        }
    }
}

/// How one record stands at one step; a record has one for each step of the plan.
public enum StepMark: UInt8, Sendable, CaseIterable {
    /// Answered or computed, all rules kept.
    case done = 1
    case failed = 2
    /// Went on with the cause listed, with or without an answer.
    case flagged = 3
    /// Left out by `when`, or the record ended here or earlier as skipped.
    case skipped = 4
    case waiting = 5
    case rejected = 6
    /// The record ended or stopped before this step.
    case notReached = 7
}
