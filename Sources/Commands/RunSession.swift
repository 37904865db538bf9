internal import Diagnostics
internal import Dispatch
internal import Execution
internal import Journaling
internal import Pages
internal import Planning
internal import Processes
internal import Recipes
internal import Reporting
internal import Runs
internal import StepKinds
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One run from the recipe to the exit code: a new one, or one that is gone on with.
struct RunSession {
    /// Which run.
    enum Intent {
        /// The one in the folder, or the newest of the recipe, if it is not over; else a new one.
        case goOn(folder: String?)
        /// A new one, whatever stands of earlier ones.
        ///
        /// - losesAnswers: also where people have answered in the one before and no process has used that yet.
        case fresh(folder: String?, losesAnswers: Bool)
        case resume(RunFolder)
        case retry(RunFolder, RetryChoice)
    }

    var arguments: RecipeArguments
    var intent: Intent
    var progress: ProgressStyle = .auto
    var failOnFlagged = false
    /// Whether answers of other runs are used.
    var sharesAnswers = true

    func run() async -> ExitStatus {
        let terminal = Terminal.standardError(noColour: arguments.noColor)
        let pool: ModelPool
        let voice = Voice(terminal)
        switch arguments.modelPool(tell: { voice.say($0) }) {
        case .success(let made): pool = made
        case .failure(let problem):
            terminal.write(problem.text)
            return .usage
        }
        let loaded = LoadedRecipe.load(arguments.recipe, models: pool, options: arguments.planningOptions)
        terminal.write(loaded.rendered(colour: terminal.colour))
        guard let recipe = loaded.recipe, var plan = loaded.plan?.narrowed(to: arguments) else {
            if let recipe = loaded.recipe { terminal.write((renamingAdvice(recipe) ?? "").printable) }
            return .badRecipe
        }
        let missing = pool.missing(for: plan)
        guard missing.isEmpty else {
            terminal.write(DiagnosticRenderer(sources: [:], colour: terminal.colour).render(missing))
            return .badRecipe
        }
        // Without the files that they need, the parts that talk to models end the program without a word.
        let openFiles = OpenFileLimit.raise()
        let files = openFiles.taken + ownFiles(of: plan, servers: pool.servers(for: plan))
        if let lack = openFiles.lack(beside: files) {
            terminal.write("error: \(lack)\n")
            return .badRecipe
        }
        if plan.asks, let shortage = openFiles.shortage(for: plan.width, beside: files) {
            terminal.write("warning: \(shortage)\n")
            plan.limits.inFlight = openFiles.connections(beside: files)
        }

        let store: RunStore
        let isNew: Bool
        let answers: AnswerKeeper?
        do throws(JournalError) {
            if let folder = try standing(plan) {
                store = try RunStore(reopening: folder, clock: .system)
                isNew = false
            } else {
                store = try RunStore.create(for: plan, recipe: recipe.bytes, folder: newFolder, clock: .system)
                isNew = true
            }
            answers = try keeper(plan, store, isNew: isNew)
        } catch {
            terminal.write("error: \(error)\n".printable)
            return error.isUnwritable ? .cannotWrite : .badRecipe
        }
        let copies = loaded.planCopies(Self.cores - 1, models: pool, options: arguments.planningOptions)
        let status = await execute(
            plan, copies: copies, in: store, answers: answers, isNew: isNew, terminal: terminal, voice: voice,
            pool: pool)
        await pool.close()
        return status
    }

    // MARK: Which run

    private var newFolder: String? {
        switch intent {
        case .goOn(let folder), .fresh(let folder, _): folder
        case .resume, .retry: nil
        }
    }

    /// How a run goes on that was started with `--model` for a name that its recipe has no more.
    private func renamingAdvice(_ recipe: Recipe) -> String? {
        switch intent {
        case .goOn, .fresh: return nil
        case .resume(let folder), .retry(let folder, _):
            guard let renamed = RenamedModels(arguments.options, in: recipe),
                case .success(let history) = Result(catching: { () throws(JournalError) in
                    try SQLiteJournalReader(path: folder.journal).history()
                })
            else { return nil }
            return renamed.advice(
                arguments.recipe, goingOnIn: history.isComplete(in: folder) ? nil : folder.path)
        }
    }

    /// The run that is gone on with; nil where a new one starts.
    private func standing(_ plan: Plan) throws(JournalError) -> RunFolder? {
        switch intent {
        case .fresh(_, let losesAnswers):
            if !losesAnswers { try refuseToLoseAnswers(plan) }
            return nil
        case .resume(let folder), .retry(let folder, _): return folder
        case .goOn(let path?):
            let folder = RunFolder(path)
            try folder.refuseLostJournal()
            guard access(folder.journal, F_OK) == 0 else { return nil }
            let history: RunHistory
            do throws(JournalError) {
                history = try SQLiteJournalReader(path: folder.journal).history()
            } catch let error where error.reason == .missing {
                // A process that was killed before its run had begun has left nothing to go on with.
                return nil
            }
            let name = history.starts[0].outline.recipe
            guard name == plan.recipe.name.value else {
                throw JournalError(
                    .exists, "\(path) holds a run of the recipe '\(name)'; name another folder with --run")
            }
            // One whose file was moved away goes on where it is named.
            if let file = history.recipeFile, file != FilePaths.real(plan.recipe.file) {
                throw JournalError(.exists, "\(path) holds a run of \(file); name another folder with --run")
            }
            guard !history.isComplete(in: folder) else {
                throw JournalError(
                    .exists,
                    "\(path) holds a run that is over; name another folder with --run, or take up what failed with "
                        + "`linecook retry \(path)`")
            }
            return folder
        case .goOn(nil):
            // A journal that cannot be read is no reason to pay for everything again without a word.
            guard let newest = try RunDirectory.newest(of: plan.recipe) else { return nil }
            return newest.history.isComplete(in: newest.folder) ? nil : newest.folder
        }
    }

    /// The answers that the run shares with others. One that cannot have them does not begin.
    private func keeper(_ plan: Plan, _ store: RunStore, isNew: Bool) throws(JournalError) -> AnswerKeeper? {
        guard plan.asks else { return nil }
        do throws(JournalError) {
            return try AnswerKeeper(recipe: plan.recipe.file, run: store.folder)
        } catch {
            if isNew { store.discard() }
            throw error
        }
    }

    /// How many files a run opens at most, but for its connections: its input, journal, lock and reports, the event
    /// loops, each output with its spool, each server with its pipes.
    private func ownFiles(of plan: Plan, servers: Int) -> Int {
        15 + (plan.asks ? 3 * max(1, Self.cores / 2) : 0) + 4
            * (plan.outputs.count + plan.collect.reduce(0) { $0 + $1.outputs.count }) + 8 * servers
    }

    // MARK: Running

    private func execute(
        _ plan: Plan, copies: [Plan], in store: RunStore, answers: AnswerKeeper?, isNew: Bool, terminal: Terminal,
        voice: Voice, pool: ModelPool
    ) async -> ExitStatus {
        let control = RunControl()
        control.whenStopped { pool.stopWaiting() }
        let tally = RunTally(plan)
        let printer = ProgressPrinter(style: progress, terminal: terminal, outline: plan.outline, tally: tally)
        let stopTimer = StopTimer(control)
        if let time = plan.limits.time { stopTimer.stop(after: time) }
        defer { stopTimer.cancel() }
        control.whenStopped {
            // What somebody out of reach was asked may never end.
            if case .unreachable = control.reason { stopTimer.giveUp(after: StopTimer.grace) }
        }
        let watch = SignalWatch { number, times in
            switch times {
            case 1:
                printer.say(
                    "stopping: finishing what is in flight, for at most \(StopTimer.grace.components.seconds) s; "
                        + "press Ctrl-C again to stop now")
                control.stop(.signal(number))
                stopTimer.giveUp(after: StopTimer.grace)
            case 2:
                printer.say("stopping now")
                control.stopNow(.signal(number))
            default:
                // The journal is made for this, and the model's server ends when we do.
                _exit(ExitStatus(signal: number).rawValue)
            }
        }
        defer { withExtendedLifetime(watch) {} }
        var options = Executor.Options(lanes: Self.cores, width: plan.width)
        options.chunkRecords = plan.asks ? 1024 : 4096
        options.budget = plan.limits.spend.map { Budget(limit: $0) }
        var begun = !isNew
        do {
            if let note = answers?.note { printer.say(note) }
            for problem in answers?.takeOthers() ?? [] { printer.say("warning: \(problem)") }
            try answers?.take(store.journal)
            let shelf = try answers?.shelf(sharing: sharesAnswers, isNew: isNew)
            let earlier = EarlierRecords.of(plan, before: store.folder) { printer.say($0) }
            let executor = Executor(
                plan: plan, copies: copies, journal: store.journal,
                shelf: shelf, doubts: plan.sends ? answers?.doubts() ?? OpenEffects() : OpenEffects(),
                earlier: earlier, control: control, tally: tally, options: options)
            if case .resume = intent, let finished = try await FinishedRun(store, plan, arguments.words, executor) {
                return try await close(store, finished, terminal)
            }
            let kept = isNew ? nil : try await takeUp(plan, store, executor, shelf, earlier, printer)
            if !isNew, plan.allSteps.contains(where: { $0.kind == "write" }) {
                try store.journal.reader().forEachEvent { pool.files.remember(answer: $0.entry.body) }
            }
            if let kept { pool.remember(Self.ages(kept.recent, plan, at: store.clock.now())) }
            if isNew {
                // Whatever keeps the outputs from being written is told before there is a run.
                try await executor.openOutputs()
                try await supersede(plan, by: store, printer)
                try await store.begin(plan, words: arguments.words, anew: true)
                begun = true
            }
            try answers?.enlist(store.journal)

            // Counting a table takes a look at all of it: worth it where somebody watches, or waits for answers anyway.
            if plan.asks || progress == .bar || (progress == .auto && terminal.isTerminal) {
                expect(plan, tally, printer)
            }
            printer.start()
            voice.speak(through: printer)
            let summary = try await executor.run(as: store.value, goingOn: kept)
            printer.finish()
            try await store.finish(summary, reason: summary.stop?.words)
            // An index only, which the next run fills from the journal: no reason to go without the reports.
            do { try answers?.take(store.journal) } catch {
                printer.say("warning: other runs do not find the answers of this one yet: \(error)")
            }
            try await store.journal.close()
            let report = try store.writeReports()
            terminal.write(
                RunClosing(
                    summary: summary, report: report, store: store, outputFolder: plan.outputFolder,
                    remarks: plan.source.remarks
                ).text(terminal))
            return status(of: summary, report, terminal)
        } catch let error as RetryProblem {
            terminal.write("error: \(error)\n")
            return .badRecipe
        } catch {
            printer.finish()
            return await fail(error, store: store, hasBegun: begun, terminal: terminal)
        }
    }

    /// A run that there is nothing to do in.
    private func close(_ store: RunStore, _ finished: FinishedRun, _ terminal: Terminal) async throws -> ExitStatus {
        try await store.journal.close()
        terminal.write(finished.text(store).printable)
        return finished.counts.failed > 0 || (failOnFlagged && finished.counts.flagged > 0) ? .someFailed : .success
    }

    /// Counts the records in the background, for the time that is left.
    private func expect(_ plan: Plan, _ tally: RunTally, _ printer: ProgressPrinter) {
        DispatchQueue(label: "linecook.counting").async { @Sendable in
            do throws(SourceError) {
                tally.expect(try plan.source.count())
            } catch {
                printer.say("the records cannot be counted: \(error)")
            }
        }
    }

    // MARK: How it ended

    private func status(of summary: RunSummary, _ report: RunReport, _ terminal: Terminal) -> ExitStatus {
        var applying: [ExitStatus] = [.success]
        for problem in [summary.imbalance].compactMap(\.self) + report.problems {
            terminal.write("internal error: the counts do not add up: \(problem)\n")
            applying.append(.internalError)
        }
        switch summary.stop {
        case .signal(let number): applying.append(ExitStatus(signal: number))
        case .failures, .unreachable, .input, .budget, .time: applying.append(.stopped)
        case nil: break
        }
        if summary.counts.failed + summary.failedGroups > 0 || (failOnFlagged && summary.counts.flagged > 0) {
            applying.append(.someFailed)
        }
        // Nobody said no to a record that nobody looked at in time.
        if report.groups(.rejected).contains(where: { $0.cause == .expired }) { applying.append(.someFailed) }
        if summary.counts.waiting > 0 { applying.append(.someWait) }
        return .weightiest(applying)
    }

    /// The run cannot go on: what is on the disk stays, and the message says what to mend.
    ///
    /// - Parameter hasBegun: whether there is a run at all; one that could not begin leaves nothing behind.
    private func fail(
        _ error: any Error, store: RunStore, hasBegun: Bool, terminal: Terminal
    ) async -> ExitStatus {
        let path = store.folder.path
        if hasBegun, !store.isThere {
            terminal.write(
                """
                error: \(path) was removed, or moved away, while the run went on
                the answers of this run are lost with it; if it was moved, put it back and go on with: linecook resume \(path)

                """.printable)
            return .cannotWrite
        }
        terminal.write("error: \(error)\n".printable)
        guard hasBegun else {
            store.discard()
            return error is SourceError ? .stopped : .cannotWrite
        }
        terminal.write("what was finished is kept; once that is mended, go on with: linecook resume \(path)\n")
        do throws(JournalError) {
            try await store.journal.close()
        } catch let closing {
            if closing.message != "\(error)", closing.reason != .closed { terminal.write("error: \(closing)\n") }
        }
        return error is SourceError ? .stopped : .cannotWrite
    }
}
