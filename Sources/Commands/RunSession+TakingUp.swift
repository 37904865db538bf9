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

// Going on with what earlier processes left.

extension RunSession {
    /// Makes ready what earlier processes left, and tells people what is gone on with.
    ///
    /// - Parameter earlier: what runs before it say of its records.
    func takeUp(
        _ plan: Plan, _ store: RunStore, _ executor: Executor, _ shelf: (any AnswerShelf)?, _ earlier: EarlierRecords?,
        _ printer: ProgressPrinter
    ) async throws -> KeptRun {
        let before = try store.journal.reader().history()
        if case .retry(_, let choice) = intent {
            let retrials = try choice.retrials(in: store.journal.reader())
            let now = store.clock.now()
            try await store.journal.append(retrials.map { .retried($0, at: now) })
            let records = Set(retrials.map(\.ordinal)).count
            printer.say("taking up \(Figures.count(records, "record")) again\(Self.rest(of: before))")
        }
        // What was said until now is used from here on, and cannot be taken back any more.
        _ = try store.journal.takeDecisions()
        let now = store.clock.now()
        let reader = try store.journal.reader()
        let left: @Sendable () throws -> KeptRun = {
            try KeptRun(
                reading: reader, steps: plan.allSteps.count,
                since: Timestamp(seconds: now.seconds - 60, nanoseconds: now.nanoseconds))
        }
        let (kept, obstacle) =
            before.starts[before.starts.count - 1].plan == plan.identity(arguments.words)
            ? try await executor.takeUp(outputsAt: reader.lastSinks(), reading: left)
            : (try left(), .recipe)
        // Those that an orderly stop counted and did not take up are in no chunk.
        let read = kept.read + (before.isClosed ? before.ends.last?.neverAdmitted ?? 0 : 0)
        printer.say(
            "going on with run \(store.id)"
                + (read == 0
                    ? ", which had not taken up a record"
                    : ": \(Figures.count(kept.done)) of \(Figures.count(read)) records done so far")
        )
        if let obstacle {
            printer.say(
                obstacle == .rows && before.isOver
                    ? "its outputs are made again, from kept answers"
                    : "\(obstacle): every record is taken up again, and kept answers are used where the question is the "
                        + "same")
            let diff = try RecipeDiff(store.journal.reader(), in: store.folder, to: plan, kept: kept, earlier: earlier)
            for line in try await diff.announcement(shelf) { printer.say(line) }
        }
        try await store.begin(plan, words: arguments.words, anew: obstacle != nil)
        try await settle(kept.inDoubt, in: store, printer)
        return obstacle == nil ? kept : kept.anew
    }

    /// What goes on beside the records that are taken up again: all that the run had not come to, at what it costs.
    private static func rest(of run: RunHistory) -> String {
        guard run.isClosed, let end = run.ends.last else { return ", and all that the run had not come to goes on" }
        let count = end.counts.notReached
        guard count > 0 else { return "" }
        return ", and \(Figures.count(count)) that \(count == 1 ? "was not reached goes" : "were not reached go") on"
    }

    /// Calls that were in flight when the process ended may have been paid: they count at their worst, and are asked
    /// again, unless they did more than ask.
    func settle(_ calls: [JournalEntry], in store: RunStore, _ printer: ProgressPrinter) async throws {
        guard !calls.isEmpty else { return }
        let now = store.clock.now()
        try await store.journal.append(calls.map { $0.settledAtWorst(at: now) })
        let acts = calls.filter { $0.effectKey != nil }
        if !acts.isEmpty {
            let (were, records) =
                acts.count == 1
                ? ("1 side effect was", "its record waits") : ("\(acts.count) side effects were", "their records wait")
            printer.say(
                "\(were) in flight when the run ended\(Self.records(of: acts)) and may have happened; \(records) for a person"
            )
        }
        let asked = calls.filter { $0.effectKey == nil }
        guard !asked.isEmpty else { return }
        printer.say(
            "\(asked.count == 1 ? "1 call was" : "\(asked.count) calls were") in flight when the run ended"
                + "\(Self.records(of: asked)); what may have been paid is counted, and it is asked again")
    }

    /// ` (records a.md, b.md, c.md and 17 more)`: the first of the input. Empty where the journal has no names.
    private static func records(of calls: [JournalEntry]) -> String {
        var seen: Set<String> = []
        let names = calls.sorted { $0.ordinal < $1.ordinal }.compactMap(\.record).filter { seen.insert($0).inserted }
        guard !names.isEmpty else { return "" }
        let more = names.count > 3 ? " and \(Figures.count(names.count - 3)) more" : ""
        return " (\(names.count == 1 ? "record" : "records") \(names.prefix(3).joined(separator: ", "))\(more))"
    }

    /// How long ago each model was asked, for limits on requests a minute.
    static func ages(
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
    static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
