internal import Diagnostics
internal import Dispatch
internal import Execution
internal import Journaling
internal import Planning
internal import Processes
internal import Recipes
internal import Reporting
internal import Runs
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// One `linecook run`, from the recipe to the exit code.
struct RunSession {
    var arguments: RecipeArguments
    /// `--run`.
    var folder: String?
    var progress: ProgressStyle
    var failOnFlagged: Bool

    func run() async -> ExitStatus {
        let terminal = Terminal.standardError(noColour: arguments.noColor)
        let pool: ModelPool
        switch arguments.modelPool(tell: { terminal.write("\($0)\n") }) {
        case .success(let made): pool = made
        case .failure(let problem):
            terminal.write(problem.text)
            return .usage
        }
        let loaded = LoadedRecipe.load(arguments.recipe, models: pool, options: arguments.planningOptions)
        terminal.write(loaded.rendered(colour: terminal.colour))
        guard let recipe = loaded.recipe, let plan = loaded.plan?.narrowed(to: arguments) else { return .badRecipe }
        let missing = pool.missing(for: plan)
        guard missing.isEmpty else {
            terminal.write(DiagnosticRenderer(sources: [:], colour: terminal.colour).render(missing))
            return .badRecipe
        }
        if let shortage = OpenFileLimit.raise().shortage(for: plan.width) { terminal.write("warning: \(shortage)\n") }

        let store: RunStore
        do throws(JournalError) {
            store = try RunStore.create(for: plan, recipe: recipe.bytes, folder: folder, clock: .system)
        } catch {
            terminal.write("error: \(error)\n")
            return .cannotWrite
        }
        let status = await execute(plan, in: store, pool: pool, terminal: terminal)
        await pool.close()
        return status
    }

    // MARK: Running

    private func execute(
        _ plan: Plan, in store: RunStore, pool: ModelPool, terminal: Terminal
    ) async -> ExitStatus {
        let control = RunControl()
        let tally = RunTally(steps: plan.steps.count)
        let printer = ProgressPrinter(style: progress, terminal: terminal, outline: plan.outline, tally: tally)
        // A line written past it would tear the live screen.
        pool.tell { printer.say($0) }
        // Counting a table takes a look at all of it: worth it where somebody watches, or waits for answers anyway.
        if plan.asks || progress == .bar || (progress == .auto && terminal.isTerminal) { expect(plan, tally, printer) }
        let watch = SignalWatch { number, times in
            if times == 1 {
                printer.say("stopping: finishing what is in flight; press Ctrl-C again to stop now")
                control.stop(.signal(number))
            } else {
                printer.say("stopping now")
                control.stopNow(.signal(number))
            }
        }
        defer { withExtendedLifetime(watch) {} }
        var options = Executor.Options(lanes: Self.cores, width: plan.width)
        options.chunkRecords = plan.asks ? 1024 : 4096
        let executor = Executor(plan: plan, journal: store.journal, control: control, tally: tally, options: options)
        printer.start()
        do {
            try await store.begin(plan)
            let summary = try await executor.run(as: store.value)
            printer.finish()
            try await store.finish(summary, reason: summary.stop?.words)
            let report = try store.writeReports()
            terminal.write(
                RunClosing(
                    summary: summary, report: report, store: store, outputFolder: plan.outputFolder,
                    recipe: plan.recipe.file
                ).text(terminal))
            return status(of: summary, terminal)
        } catch {
            printer.finish()
            return await fail(error, store: store, terminal: terminal)
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

    private func status(of summary: RunSummary, _ terminal: Terminal) -> ExitStatus {
        var applying: [ExitStatus] = [.success]
        if let imbalance = summary.imbalance {
            terminal.write("internal error: the counts do not add up: \(imbalance)\n")
            applying.append(.internalError)
        }
        switch summary.stop {
        case .signal(let number): applying.append(ExitStatus(signal: number))
        case .failures, .unreachable: applying.append(.stopped)
        case nil: break
        }
        if summary.counts.failed > 0 || (failOnFlagged && summary.counts.flagged > 0) { applying.append(.someFailed) }
        if summary.counts.waiting > 0 { applying.append(.someWait) }
        return .weightiest(applying)
    }

    /// The run cannot go on: what is on the disk stays, and the message says what to mend.
    private func fail(_ error: any Error, store: RunStore, terminal: Terminal) async -> ExitStatus {
        terminal.write("error: \(error)\n".printable)
        terminal.write("what was finished is kept in \(store.folder.path)\n")
        do throws(JournalError) {
            try await store.journal.close()
        } catch let closing {
            if closing.message != "\(error)" { terminal.write("error: \(closing)\n") }
        }
        return .cannotWrite
    }
}
