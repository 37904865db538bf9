package import Journaling
package import Runs

/// What a run came to.
package struct RunSummary: Sendable {
    package var counts: Counts
    /// Of the recipe's own steps.
    package var steps: [StepCounts]
    package var usage: Usage
    /// Of the records not reached, those that no chunk of the journal holds.
    package var neverAdmitted: Int
    package var outputs: [WrittenOutput]
    /// By the outputs themselves.
    package var rowsWritten: Int
    /// Why the run was cut short; nil for one that went to its end, also where a stop came when nothing was left to do.
    package var stop: StopReason?
    /// What was made of the done records together; nil where nothing was, or not to its end.
    package var collect: [CollectSummary]? = nil

    /// Groups that have no answer.
    package var failedGroups: Int { (collect ?? []).reduce(0) { $0 + $1.failed } }
    /// Those of records, then those of groups.
    package var allOutputs: [WrittenOutput] { outputs + (collect ?? []).flatMap(\.outputs) }

    package var outcome: RunOutcome {
        if stop != nil || counts.notReached > 0 { return .stopped }
        if counts.waiting > 0 { return .waiting }
        return counts.failed + failedGroups > 0 ? .failures : .done
    }

    /// Holds the independent counts against each other: nil if every record is accounted for once, else what does not
    /// add up, in words.
    package var imbalance: String? {
        if !counts.balances {
            return "\(counts.read) records were read, and \(counts.done) done + \(counts.failed) failed + "
                + "\(counts.rejected) rejected + \(counts.skipped) skipped + \(counts.waiting) waiting + "
                + "\(counts.notReached) not reached are not the same"
        }
        if rowsWritten != counts.done {
            return "\(counts.done) records are done and \(rowsWritten) went to the outputs"
        }
        for output in outputs where output.records - output.listed != counts.done {
            return "\(counts.done) records are done and \(output.path) has \(output.records - output.listed)"
        }
        for (index, step) in steps.enumerated() where step.sum != counts.read {
            return "\(counts.read) records were read and step \(index + 1) accounts for \(step.sum)"
        }
        return nil
    }
}
