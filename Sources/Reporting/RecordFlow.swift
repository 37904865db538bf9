internal import Runs

/// How the records of a run flow from step to step, and where they leave.
///
/// The marks of a step speak of every record read. Here a step speaks only of the records that come to it, so that what
/// leaves one step and what comes to the next can be drawn as one stream.
package struct RecordFlow: Hashable, Sendable {
    /// Why records do not come to the next step.
    package enum Exit: Hashable, Sendable, CaseIterable {
        case failed, rejected, waiting, skipped
        /// The run stopped while they were between two steps, or before they came in.
        case notReached
    }

    package struct Stage: Hashable, Sendable {
        /// Records that come to it.
        package var coming = 0
        package var done = 0
        package var flagged = 0
        /// Left out by `when`.
        package var leftOut = 0
        package var exits: [Exit: Int] = [:]

        package func leaving(_ exit: Exit) -> Int { exits[exit, default: 0] }
        package var leaving: Int { exits.values.reduce(0, +) }
    }

    /// The input: what is read, and what never comes to the first step.
    package private(set) var input = Stage()
    /// One for each step.
    package private(set) var stages: [Stage] = []
    /// Records that come out of the last step.
    package private(set) var done: Int

    package init(_ report: RunReport) {
        let steps = report.outerSteps
        done = report.counts.done
        // Skipped records carry that mark through all later steps; they left where they ended.
        var skippedBefore = max(0, report.counts.skipped - steps.reduce(0) { $0 + $1.endedSkipped })
        input.coming = report.counts.read
        input.done = report.counts.read
        input.exits[.failed] = max(0, report.counts.failed - steps.reduce(0) { $0 + $1.counts[.failed] })
        input.exits[.skipped] = skippedBefore
        for step in steps {
            var stage = Stage()
            stage.coming = max(0, report.counts.read - step.counts[.notReached] - skippedBefore)
            stage.done = step.counts[.done]
            stage.flagged = step.counts[.flagged]
            stage.leftOut = max(0, step.counts[.skipped] - skippedBefore - step.endedSkipped)
            stage.exits[.failed] = step.counts[.failed]
            stage.exits[.rejected] = step.counts[.rejected]
            stage.exits[.waiting] = step.counts[.waiting]
            stage.exits[.skipped] = step.endedSkipped
            skippedBefore += step.endedSkipped
            stages.append(stage)
        }
        let coming = stages.map(\.coming) + [done]
        input.exits[.notReached] = max(0, input.coming - input.leaving - coming[0])
        input.done = max(0, input.coming - input.leaving)
        for index in stages.indices {
            stages[index].exits[.notReached] = max(0, stages[index].coming - stages[index].leaving - coming[index + 1])
        }
    }
}
