internal import Diagnostics
internal import Dispatch
internal import Execution
internal import Journaling
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
        case fresh(folder: String?)
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
        guard let recipe = loaded.recipe, var plan = loaded.plan?.narrowed(to: arguments) else { return .badRecipe }
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
        do throws(JournalError) {
            if let folder = try standing(plan) {
                store = try RunStore(reopening: folder, clock: .system)
                isNew = false
            } else {
                store = try RunStore.create(for: plan, recipe: recipe.bytes, folder: newFolder, clock: .system)
                isNew = true
            }
        } catch {
            terminal.write("error: \(error)\n".printable)
            return error.isUnwritable ? .cannotWrite : .badRecipe
        }
        let copies = loaded.planCopies(Self.cores - 1, models: pool, options: arguments.planningOptions)
        let status = await execute(
            plan, copies: copies, in: store, isNew: isNew, terminal: terminal, voice: voice, pool: pool)
        await pool.close()
        return status
    }

    // MARK: Which run

    private var newFolder: String? {
        switch intent {
        case .goOn(let folder), .fresh(let folder): folder
        case .resume, .retry: nil
        }
    }

    /// The run that is gone on with; nil where a new one starts.
    private func standing(_ plan: Plan) throws(JournalError) -> RunFolder? {
        switch intent {
        case .fresh: return nil
        case .resume(let folder), .retry(let folder, _): return folder
        case .goOn(let path?):
            let folder = RunFolder(path)
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

    /// How many files a run opens at most, but for its connections: its input, journal, lock and reports, the event
    /// loops, each output with its spool, each server with its pipes.
    private func ownFiles(of plan: Plan, servers: Int) -> Int {
        15 + (plan.asks ? 3 * max(1, Self.cores / 2) : 0) + 4
            * (plan.outputs.count + plan.collect.reduce(0) { $0 + $1.outputs.count }) + 8 * servers
    }

    // MARK: Running

    private func execute(
        _ plan: Plan, copies: [Plan], in store: RunStore, isNew: Bool, terminal: Terminal,
        voice: Voice, pool: ModelPool
    ) async -> ExitStatus {
        let control = RunControl()
        let tally = RunTally(plan)
        let printer = ProgressPrinter(style: progress, terminal: terminal, outline: plan.outline, tally: tally)
        let stopTimer = StopTimer(control)
        if let time = plan.limits.time { stopTimer.stop(after: time) }
        defer { stopTimer.cancel() }
        let watch = SignalWatch { number, times in
            switch times {
            case 1:
                printer.say("stopping: finishing what is in flight; press Ctrl-C again to stop now")
                control.stop(.signal(number))
                // On a terminal it is for the person there to say how long is long enough.
                if number == SIGTERM { stopTimer.giveUp(after: StopTimer.grace) }
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
            let answers = plan.asks ? try AnswerKeeper(recipe: plan.recipe.file, run: store.folder) : nil
            for problem in answers?.problems ?? [] { printer.say("warning: \(problem)") }
            try answers?.take(store.journal)
            let shelf = try answers?.shelf(sharing: sharesAnswers)
            let executor = Executor(
                plan: plan, copies: copies, journal: store.journal,
                shelf: shelf, doubts: plan.sends ? answers?.doubts() ?? OpenEffects() : OpenEffects(),
                earlier: plan.takesOnlyChanged ? earlier(plan, than: store, printer) : nil, control: control,
                tally: tally, options: options)
            if case .resume = intent, let finished = try await FinishedRun(store, plan, arguments.words, executor) {
                return try await close(store, finished, terminal)
            }
            let kept = isNew ? nil : try await takeUp(plan, store, executor, shelf, printer)
            if !isNew, plan.steps.contains(where: { $0.kind == "write" }) {
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

            // Counting a table takes a look at all of it: worth it where somebody watches, or waits for answers anyway.
            if plan.asks || progress == .bar || (progress == .auto && terminal.isTerminal) {
                expect(plan, tally, printer)
            }
            printer.start()
            voice.speak(through: printer)
            let summary = try await executor.run(as: store.value, goingOn: kept)
            printer.finish()
            try await store.finish(summary, reason: summary.stop?.words)
            try answers?.take(store.journal)
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

    /// What waits for a person in the run that a fresh one leaves behind is rejected.
    private func supersede(_ plan: Plan, by store: RunStore, _ printer: ProgressPrinter) async throws {
        guard case .fresh = intent else { return }
        let older: RunFolder
        do throws(JournalError) {
            guard let newest = try RunDirectory.newest(of: plan.recipe, but: store.folder) else { return }
            older = newest.folder
        } catch {
            // It cannot be gone on with either, and so nobody can say yes to anything in it.
            return
        }
        let count = try await SupersededRun.rejectWaiting(in: older, successor: store.id, clock: store.clock)
        guard count > 0 else { return }
        printer.say(
            "\(count == 1 ? "1 record" : "\(Figures.grouped(count)) records") that waited for a person in \(older.path) "
                + "\(count == 1 ? "is" : "are") rejected, because this run begins anew")
    }

    /// A run that there is nothing to do in.
    private func close(_ store: RunStore, _ finished: FinishedRun, _ terminal: Terminal) async throws -> ExitStatus {
        try await store.journal.close()
        terminal.write(finished.text(store).printable)
        return finished.counts.failed > 0 || (failOnFlagged && finished.counts.flagged > 0) ? .someFailed : .success
    }

    /// Makes ready what earlier processes left, and tells people what is gone on with.
    private func takeUp(
        _ plan: Plan, _ store: RunStore, _ executor: Executor, _ shelf: (any AnswerShelf)?, _ printer: ProgressPrinter
    ) async throws -> KeptRun {
        let before = try store.journal.reader().history()
        if case .retry(_, let choice) = intent {
            let retrials = try choice.retrials(in: store.journal.reader())
            let now = store.clock.now()
            try await store.journal.append(retrials.map { .retried($0, at: now) })
            let records = Set(retrials.map(\.ordinal)).count
            printer.say("taking up \(records == 1 ? "1 record" : "\(records) records") again")
        }
        // What was said until now is used from here on, and cannot be taken back any more.
        _ = try store.journal.takeDecisions()
        let now = store.clock.now()
        let kept = try KeptRun(
            reading: store.journal.reader(), steps: plan.allSteps.count,
            since: Timestamp(seconds: now.seconds - 60, nanoseconds: now.nanoseconds))
        let last = before.starts[before.starts.count - 1]
        var obstacle: String?
        if last.plan != plan.identity(arguments.words) {
            obstacle = "the recipe or its options are not what they were"
        } else {
            obstacle = try await executor.obstacle(to: kept)
        }
        let report = try RunReport(reading: store.journal.reader())
        printer.say(
            "going on with run \(store.id)"
                + (report.counts.read == 0
                    ? ", which had not taken up a record"
                    : ": \(Figures.grouped(report.counts.done)) of \(Figures.grouped(report.counts.read)) records done so far")
        )
        if let obstacle {
            printer.say(
                "\(obstacle): every record is taken up again, and kept answers are used where the question is the same")
            let diff = try RecipeDiff(store.journal.reader(), in: store.folder, to: plan, kept: kept)
            for line in try await diff.announcement(shelf) { printer.say(line) }
        }
        try await store.begin(plan, words: arguments.words, anew: obstacle != nil)
        try await settle(kept.inDoubt, in: store, printer)
        return obstacle == nil ? kept : kept.anew
    }

    /// What the runs of the recipe that started before this one say of its records.
    private func earlier(_ plan: Plan, than store: RunStore, _ printer: ProgressPrinter) -> EarlierRecords {
        var earlier = EarlierRecords(identity: plan.resultIdentity)
        let own = AnswerKeeper.name(store.folder)
        var runs = RunDirectory.runs(of: plan.recipe)[...]
        if let place = runs.firstIndex(where: { AnswerKeeper.name($0) == own }) { runs = runs[(place + 1)...] }
        for run in runs {
            do {
                if try earlier.add(SQLiteJournalReader(path: run.journal)) { break }
            } catch {
                // What older runs say may not be true any more.
                printer.say("warning: what changed before \(run.path) is not known, and is taken again: \(error)")
                break
            }
        }
        return earlier
    }

    /// Calls that were in flight when the process ended may have been paid: they count at their worst, and are asked
    /// again, unless they did more than ask.
    private func settle(_ calls: [JournalEntry], in store: RunStore, _ printer: ProgressPrinter) async throws {
        guard !calls.isEmpty else { return }
        let now = store.clock.now()
        try await store.journal.append(
            calls.map { call in
                var settled = call
                settled.kind = .settled
                settled.at = now
                settled.body = []
                settled.usage = Usage(cost: call.worstCost)
                return settled
            })
        let acts = calls.count { $0.effectKey != nil }
        if acts > 0 {
            printer.say(
                "\(acts == 1 ? "1 side effect was" : "\(acts) side effects were") in flight when the run ended and may have "
                    + "happened; \(acts == 1 ? "its record waits" : "their records wait") for a person")
        }
        let asked = calls.count - acts
        guard asked > 0 else { return }
        printer.say(
            "\(asked == 1 ? "1 call was" : "\(asked) calls were") in flight when the run ended; "
                + "what may have been paid is counted, and it is asked again")
    }

    /// How long ago each model was asked, for limits on requests a minute.
    private static func ages(
        _ calls: [JournalEntry], _ plan: Plan, at now: Timestamp
    ) -> [String: [Swift.Duration]] {
        let steps = plan.askedSteps
        return calls.reduce(into: [:]) { ages, call in
            guard steps.indices.contains(call.step), let model = steps[call.step].model else { return }
            let nanoseconds = Int64(now.nanoseconds) - Int64(call.at.nanoseconds)
            ages[model, default: []].append(.seconds(now.seconds - call.at.seconds) + .nanoseconds(nanoseconds))
        }
    }

    /// As many lanes as the machine has cores for.
    private static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

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
        terminal.write("error: \(error)\n".printable)
        guard hasBegun else {
            store.discard()
            return error is SourceError ? .stopped : .cannotWrite
        }
        terminal.write(
            "what was finished is kept; once that is mended, go on with: linecook resume \(store.folder.path)\n")
        do throws(JournalError) {
            try await store.journal.close()
        } catch let closing {
            if closing.message != "\(error)" { terminal.write("error: \(closing)\n") }
        }
        return error is SourceError ? .stopped : .cannotWrite
    }
}
