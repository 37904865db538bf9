package import Journaling
package import Planning
package import Runs
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
        package var markBytes = 4 << 20
        /// About how many bytes of records that ask wait for the disk or the window, beside those that are on their way.
        package var gatherBytes = 4 << 20
        /// How long records that ask are gathered, where those before them have not filled the window.
        package var gatherInterval: Swift.Duration = .milliseconds(25)
        /// How long a person's decision may lie in the journal before the run looks for it.
        package var answerInterval: Swift.Duration = .milliseconds(200)
        /// What the run may cost, and what of it an earlier process spent or left in doubt; nil for no limit.
        package var budget: Budget?

        package init(lanes: Int, width: Int) {
            self.lanes = lanes
            self.width = width
        }
    }

    private let plan: Plan
    private let copies: [Plan]
    private let outputs: OutputWriter
    private let journal: any Journal
    private let shelf: (any AnswerShelf)?
    private let earlier: EarlierRecords?
    private let doubts: OpenEffects
    private let control: RunControl
    private let tally: RunTally
    private let clock: WallClock
    private let options: Options

    /// - Parameters:
    ///   - copies: the same plan made again, one for each lane beyond the first: see ``Bench``.
    ///   - shelf: answers that need not be paid again.
    ///   - doubts: what other runs of the folder may have sent, and nobody knows whether they did.
    ///   - earlier: which records need not be looked at again; nil where all are.
    package init(
        plan: Plan, copies: [Plan] = [], journal: any Journal, shelf: (any AnswerShelf)? = nil,
        doubts: OpenEffects = OpenEffects(), earlier: EarlierRecords? = nil, control: RunControl, tally: RunTally,
        clock: WallClock = .system, options: Options
    ) {
        self.plan = plan
        self.copies = copies
        self.journal = journal
        self.shelf = shelf
        self.earlier = earlier
        self.doubts = doubts
        self.control = control
        self.tally = tally
        self.clock = clock
        self.options = options
        outputs = OutputWriter(sinks: plan.outputs, tally: tally)
    }

    /// Whether a run can be taken up where earlier processes left it: the input still begins with the same bytes, and the
    /// outputs, which are open there then, hold what they held. Otherwise every record is taken up anew.
    ///
    /// - Parameters:
    ///   - read: reads what was left, while the outputs look at what they hold.
    ///   - marks: how far the outputs went, as far as that is known before.
    /// - Returns: what was read, and nil or why not.
    package func takeUp(
        outputsAt marks: [SinkMark]?, reading read: @escaping @Sendable () throws -> KeptRun
    ) async throws -> (kept: KeptRun, obstacle: TakingUpObstacle?) {
        async let opening = obstacle(openingOutputsAt: marks)
        let queue = BlockingQueue(label: "comparing")
        let (kept, fits) = try await queue.run { [plan, options] in
            let kept = try read()
            return (kept, try kept.fits(plan.source, options))
        }
        var obstacle = await opening
        if kept.marks != marks { obstacle = await self.obstacle(openingOutputsAt: kept.marks) }
        if !fits { obstacle = .input }
        if obstacle != nil { outputs.takeUpAnew() }
        return (kept, obstacle)
    }

    private func obstacle(openingOutputsAt marks: [SinkMark]?) async -> TakingUpObstacle? {
        guard let marks else { return nil }
        do throws(SinkError) {
            try await outputs.open(at: marks)
            return nil
        } catch {
            return .rows
        }
    }

    /// Whether a run that went to its end has nothing left to do: the whole input is what it was. Its outputs are looked at
    /// elsewhere: they lie under their own names by now.
    package func isWhole(_ kept: KeptRun) async throws -> Bool {
        let queue = BlockingQueue(label: "comparing")
        return try await queue.run { [plan, options] in try kept.fits(plan.source, options, toItsEnd: true) }
    }

    /// Opens the outputs of a run that begins, so that whatever keeps them from being written is told before.
    package func openOutputs() async throws(SinkError) { try await outputs.open(at: nil) }

    /// Runs to the end or until it is stopped, and leaves outputs and journal in order either way.
    ///
    /// - Parameters:
    ///   - run: the value of the name `run`.
    ///   - kept: what earlier processes left, once ``takeUp(outputsAt:reading:)`` found no obstacle; else ``KeptRun/anew``.
    /// - Throws: ``SourceError``, ``SinkError``, ``JournalError``: the run cannot go on, and what was finished before is
    ///   on the disk.
    package func run(as run: Value, goingOn kept: KeptRun? = nil) async throws -> RunSummary {
        try await withTaskExecutorPreference(Lanes(count: options.lanes)) {
            if let kept { tally.takeUp(kept) }
            if kept?.marks == nil, !outputs.isOpen { try await outputs.open(at: nil) }
            let line = ExecutionLine(
                benches: Benches(plan, copies: copies, run: run), outputs: outputs, journal: journal, shelf: shelf,
                doubts: doubts, earlier: earlier, kept: kept, control: control, tally: tally, clock: clock,
                options: options)
            let isReady = await prepare()
            // Rows of records that are done are made again either way, and for that their questions are.
            if !isReady, kept?.marks != nil { try await identifySteps() }
            let isCounted = try await isReady ? line.run(plan.source) : line.countRest(of: plan.source)

            // Before the outputs of records are closed: a run that is stopped meanwhile can go on with them.
            let collected = try await line.collect(plan.source, as: run)
            try await outputs.flush()
            try await outputs.list(journal, steps: plan.steps.map(\.name))
            let snapshot = tally.snapshot
            let isCollected = plan.collect.isEmpty || collected != nil
            let isThrough = isCounted && snapshot.counts.notReached == 0
            // Groups are not asked about while records wait, whether the run was stopped or not.
            let isCutShort = !isThrough || (!isCollected && snapshot.counts.waiting == 0)
            let stop = isCutShort ? control.reason : nil
            var summary = RunSummary(
                counts: snapshot.counts, steps: Array(snapshot.steps.prefix(plan.steps.count)), usage: snapshot.usage,
                neverAdmitted: snapshot.neverAdmitted, outputs: [],
                rowsWritten: snapshot.rowsWritten, stop: stop, collect: collected)
            summary.outputs = try await outputs.finish(
                ending(summary, isThrough: isThrough, isCollected: isCollected))
            return summary
        }
    }

    /// An earlier output gives way only to a table that nothing is missing from, as far as can be told, and that is not
    /// plainly wrong.
    ///
    /// - Parameters:
    ///   - isThrough: whether every record was read, and has ended or waits.
    ///   - isCollected: whether groups of records are asked about to the last.
    private func ending(_ summary: RunSummary, isThrough: Bool, isCollected: Bool) -> OutputEnding {
        if !isThrough || summary.stop == .failures || summary.imbalance != nil { return .stopped }
        return summary.counts.waiting > 0 || !isCollected ? .waiting : .complete
    }

    /// Makes every answerer ready. Nothing is in flight yet, so a stop does not wait for it.
    ///
    /// - Returns: whether all are.
    private func prepare() async -> Bool {
        let stop = StopSignal()
        control.whenStopped { stop.fire(true) }
        await withTaskGroup { group in
            group.addTask { _ = await stop.wait() }
            group.addTask { await prepareSteps() }
            _ = await group.next()
            group.cancelAll()
            stop.fire(false)
        }
        return control.reason == nil
    }

    /// Makes questions possible where nobody can be asked.
    private func identifySteps() async throws(SourceError) {
        do throws(Failure) {
            try await Rehearsal.identify(plan)
        } catch {
            throw SourceError("what is done cannot be taken up again: \(error.message)")
        }
    }

    /// The first that cannot be made ready stops the run before its first record.
    private func prepareSteps() async {
        for step in plan.askedSteps {
            guard control.reason == nil else { return }
            guard case .answered(let answered) = step.action else { continue }
            do throws(Failure) {
                try await answered.prepare()
            } catch {
                // What ended because of a stop changes nothing of its reason.
                control.stop(.unreachable(error.message))
            }
        }
    }
}
