package import Journaling
package import Planning
internal import Runs
internal import Steps
package import Values

/// Takes every record of a plan's input through its steps.
///
/// Records start in chunks. Any lane runs the pure steps over a chunk; chunks come back in order, their rows are
/// appended to the outputs, and the records that need somebody's answer are admitted one by one into a bounded window,
/// each as one child task. The order of a record's steps is a loop in that task; the width is the window.
package struct Executor: Sendable {
    package struct Options: Sendable {
        /// How many lanes run the code of records.
        package var lanes: Int
        /// Records held at once while they wait for answers.
        package var width: Int
        /// The most records and about the most bytes that a chunk holds.
        package var chunkRecords = 4096
        package var chunkBytes = 1 << 20
        /// How long, and for how many bytes, finished chunks may wait for the disk.
        package var markInterval: Swift.Duration = .seconds(1)
        package var markBytes = 32 << 20
        /// What the run may cost, and what of it an earlier process spent or left in doubt; nil for no limit.
        package var budget: Budget?

        package init(lanes: Int, width: Int) {
            self.lanes = lanes
            self.width = width
        }
    }

    private let plan: Plan
    private let journal: any Journal
    private let control: RunControl
    private let tally: RunTally
    private let clock: WallClock
    private let options: Options

    package init(
        plan: Plan, journal: any Journal, control: RunControl, tally: RunTally, clock: WallClock = .system,
        options: Options
    ) {
        self.plan = plan
        self.journal = journal
        self.control = control
        self.tally = tally
        self.clock = clock
        self.options = options
    }

    /// Runs to the end or until it is stopped, and leaves outputs and journal in order either way.
    ///
    /// - Parameter run: the value of the name `run`.
    /// - Throws: ``SourceError``, ``SinkError``, ``JournalError``: the run cannot go on, and what was finished before is
    ///   on the disk.
    package func run(as run: Value) async throws -> RunSummary {
        try await withTaskExecutorPreference(Lanes(count: options.lanes)) {
            let outputs = OutputWriter(sinks: plan.outputs, tally: tally)
            try await outputs.open()
            let line = ExecutionLine(
                walk: RowWalk(plan: plan, run: run), outputs: outputs, journal: journal, control: control,
                tally: tally, clock: clock, options: options)
            if await prepare() { try await line.run(plan.source) } else { try await line.countRest(of: plan.source) }

            let snapshot = tally.snapshot
            let written = try await outputs.finish(complete: snapshot.counts.notReached == 0)
            return RunSummary(
                counts: snapshot.counts, steps: snapshot.steps, usage: snapshot.usage,
                neverAdmitted: snapshot.neverAdmitted, outputs: written,
                rowsWritten: snapshot.rowsWritten, stop: control.reason)
        }
    }

    /// Makes every answerer ready; the first that cannot be stops the run before its first record.
    private func prepare() async -> Bool {
        for step in plan.steps {
            guard case .answered(let answered) = step.action else { continue }
            do throws(Failure) {
                try await answered.prepare()
            } catch {
                control.stop(.unreachable(error.message))
                return false
            }
        }
        return control.reason == nil
    }
}
