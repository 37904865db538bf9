package import Journaling
package import Runs
package import Values

/// All that a report shows of a run, whatever it is written as.
///
/// Its size grows with the recipe and the kinds of failure, not with the records. The same journal makes the same value,
/// and the same value the same bytes: nothing here or in the writers asks for the time or the machine.
package struct RunReport: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
        package var outline: RunOutline.Step
        /// One mark for each record read; of an inner step for each item that its records had.
        package var counts: StepCounts
        /// Of the records marked skipped here, those that ended here; the others were left out or ended earlier.
        package var endedSkipped: Int
        /// Requests that left, re-asks included.
        package var attempts: Int
        package var usage: Usage

        package init(
            outline: RunOutline.Step, counts: StepCounts = StepCounts(), endedSkipped: Int = 0, attempts: Int = 0,
            usage: Usage = Usage()
        ) {
            self.outline = outline
            self.counts = counts
            self.endedSkipped = endedSkipped
            self.attempts = attempts
            self.usage = usage
        }
    }

    /// One collect step: how its groups stand, and what they took.
    package struct Collect: Hashable, Sendable {
        package var outline: RunOutline.Step
        /// Flagged ones are among them.
        package var done = 0
        package var flagged = 0
        package var failed = 0
        package var attempts = 0
        package var usage = Usage()
        /// Of groups: the record of an example is the group.
        package var incidents: [IncidentGroup] = []

        package init(outline: RunOutline.Step) { self.outline = outline }
    }

    /// The run's name, which is also its folder's.
    package var run: String
    /// The run's folder as the command line knew it.
    package var folder: String
    package var outline: RunOutline
    package var outcome: RunOutcome
    /// Who executes it right now, such as `process 4711`; nil where nobody does. No journal holds that: whoever makes a
    /// report of a run that has not ended sets it.
    package var executedBy: String?
    /// Why it stopped early, in words.
    package var reason: String?
    package var started: Timestamp
    /// Nil while it goes on, or when its process was killed.
    package var ended: Timestamp?
    package var counts: Counts
    /// By place; see ``RunOutline/steps``.
    package var steps: [Step]
    /// What was made of the done records together; counted apart.
    package var collect: [Collect] = []
    package var incidents: [IncidentGroup]
    package var outputs: [WrittenOutput]
    /// Numbers that should agree and do not: faults of Linecook, which a report shows instead of hiding them.
    package var problems: [String]

    package init(
        run: String, folder: String? = nil, outline: RunOutline, outcome: RunOutcome, reason: String? = nil,
        started: Timestamp, ended: Timestamp?, counts: Counts, steps: [Step], incidents: [IncidentGroup] = [],
        outputs: [WrittenOutput] = [], problems: [String] = []
    ) {
        self.run = run
        self.folder = folder ?? run
        self.outline = outline
        self.outcome = outcome
        self.reason = reason
        self.started = started
        self.ended = ended
        self.counts = counts
        self.steps = steps
        self.incidents = incidents
        self.outputs = outputs
        self.problems = problems
    }
}

extension RunReport {
    /// The recipe's own, whose counts are of records.
    package var outerSteps: [Step] { steps.filter { $0.outline.inside == nil } }

    /// Those of an `each`, whose counts are of items.
    package func innerSteps(of step: Step) -> [Step] { steps.filter { $0.outline.inside == step.outline.name } }

    /// As they stand in the recipe: inner ones behind their `each`.
    package var stepsInOrder: [Step] { outerSteps.flatMap { [$0] + innerSteps(of: $0) } }

    /// What the whole run took at the models.
    package var usage: Usage {
        collect.reduce(into: steps.reduce(into: Usage()) { $0.add($1.usage) }) { $0.add($1.usage) }
    }

    /// From its first start to its last end; pauses between are in it.
    package var microseconds: Int64? {
        ended.map { end in
            // A clock may have been turned back meanwhile.
            max(
                0, (end.seconds - started.seconds) * 1_000_000 + Int64(end.nanoseconds - started.nanoseconds) / 1000)
        }
    }

    package func groups(_ kind: Incident.Kind) -> [IncidentGroup] {
        incidents.filter { $0.kind == kind }
    }

    /// Where an output lies, as seen from the run folder.
    package func outputPath(_ output: WrittenOutput) -> String {
        guard let folder = outline.outputFolder, !folder.isEmpty else { return output.path }
        return folder + "/" + output.path
    }

    /// How often anybody was asked.
    package var attempts: Int { steps.reduce(0) { $0 + $1.attempts } + collect.reduce(0) { $0 + $1.attempts } }

    /// How the run stands, in one word: ``outcome``, or `running`.
    package var state: String { executedBy == nil ? outcome.rawValue : "running" }

    /// Goes on with the run.
    package var continueCommand: String { ShellWord.line(["linecook", "resume", folder]) }

    /// Shows what waits for a person.
    package var reviewCommand: String { ShellWord.line(["linecook", "review", folder]) }

    /// Takes up again what failed in one way; nil for what did not fail.
    package func retryCommand(_ group: IncidentGroup) -> String? {
        guard group.kind != .flagged else { return nil }
        let step = group.step.map { ["--step", $0] } ?? []
        return ShellWord.line(["linecook", "retry", folder] + step + ["--cause", group.cause.code])
    }
}
