package import Runs
package import Values

/// How a record ended, or that it is parked.
///
/// Kept for every record that left its chunk, and for every one in a chunk that did not end plainly done. A record that
/// is taken up again gets another one when it ends; the last counts, and the earlier ones are its history.
package struct EndedRecord: Hashable, Sendable {
    /// Why a record failed, was rejected or skipped, or was flagged and went on.
    package struct Ending: Hashable, Sendable {
        /// The step's place in the plan; nil when the record did not get that far, such as a row that cannot be read.
        package var step: Int?
        /// The item's place in the list of an `each`; nil outside of one.
        package var item: Int?
        /// The attempt that ended it, counted from 1.
        package var attempt: Int
        package var failure: Failure

        package init(step: Int?, item: Int? = nil, attempt: Int = 1, failure: Failure) {
            self.step = step
            self.item = item
            self.attempt = attempt
            self.failure = failure
        }
    }

    package var ordinal: Int
    package var id: String
    package var origin: RecordOrigin
    package var outcome: Outcome
    /// One for each step of the plan.
    package var marks: [StepMark]
    /// `record.flags`: what went wrong without ending the record.
    package var flags: [String]
    /// The same with step and cause, for reports.
    package var flagged: [Ending]
    package var failure: Ending?
    /// Items of an `each` that failed beside the one in `failure`.
    package var others: [Ending] = []
    /// How its items stand at the inner steps, in the order of their places behind the plan's own steps; empty where it
    /// came to none.
    package var items: [StepCounts] = []
    /// Kept for failed, flagged and waiting records only.
    package var input: Value?
    /// How often each step was tried, one number for each step of the plan; empty for records that asked nobody.
    package var attempts: [Int]
    /// Whether the counts of its chunk, committed together with it, have it already.
    package var pure: Bool

    package init(
        ordinal: Int, id: String, origin: RecordOrigin, outcome: Outcome, marks: [StepMark], flags: [String] = [],
        flagged: [Ending] = [], failure: Ending? = nil, input: Value? = nil, attempts: [Int] = [], pure: Bool
    ) {
        self.ordinal = ordinal
        self.id = id
        self.origin = origin
        self.outcome = outcome
        self.marks = marks
        self.flags = flags
        self.flagged = flagged
        self.failure = failure
        self.input = input
        self.attempts = attempts
        self.pure = pure
    }
}
