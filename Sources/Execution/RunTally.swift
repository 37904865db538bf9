internal import Locks
package import Planning
package import Runs

/// The running counts of a run, each counted where it happens. Read by progress lines while the run goes on.
package final class RunTally: Sendable {
    package struct Snapshot: Sendable {
        package var counts = Counts()
        /// By place: of records, and behind the recipe's own steps of items.
        package var steps: [StepCounts]
        /// Questions open at each step just now.
        package var asking: [Int]
        package var usage = Usage()
        /// Of ``counts`` and ``steps``: what earlier processes of the run did. It says nothing of how fast this one is.
        package var earlier = Counts()
        package var earlierSteps: [StepCounts] = []
        /// The records a plan or the source expects, where that is known.
        package var expected: Int?
        /// Of the records not reached, those that were never taken up.
        package var neverAdmitted = 0
        /// The rows handed to the outputs, counted there.
        package var rowsWritten = 0
    }

    private let state: Guarded<Snapshot>
    /// How many of the steps are the recipe's own: their counts are of records, and those behind them of items.
    private let outer: Int

    /// - Parameter collecting: steps that ask about groups, behind all others; they have no counts of records.
    package init(steps: Int, inner: Int = 0, collecting: Int = 0) {
        outer = steps
        state = Guarded(
            Snapshot(
                steps: Array(repeating: StepCounts(), count: steps + inner),
                asking: Array(repeating: 0, count: steps + inner + collecting)))
    }

    package convenience init(_ plan: Plan) {
        self.init(steps: plan.steps.count, inner: plan.innerCount, collecting: plan.collect.count)
    }

    package var snapshot: Snapshot { state.withLock { $0 } }

    /// Begins where earlier processes of the run ended.
    func takeUp(_ kept: KeptRun) {
        state.withLock { state in
            state.counts = kept.counts
            state.steps = kept.steps
            (state.earlier, state.earlierSteps) = (kept.counts, kept.steps)
            state.usage = kept.usage
            state.rowsWritten = kept.chunks.reduce(0) { $0 + $1.rows }
        }
    }

    package func expect(_ records: Int) { state.withLock { $0.expected = records } }
    func read(_ records: Int) { state.withLock { $0.counts.read += records } }
    func wrote(_ rows: Int) { state.withLock { $0.rowsWritten += rows } }
    func asks(_ step: Int) { state.withLock { $0.asking[step] += 1 } }

    func answered(_ step: Int, _ usage: Usage?) {
        state.withLock { state in
            state.asking[step] -= 1
            if let usage { state.usage.add(usage) }
        }
    }

    /// What a try may have cost that gave no answer, where another follows it.
    func lost(_ usage: Usage?) { state.withLock { $0.usage.add(usage ?? Usage()) } }

    /// A whole chunk's worth of endings.
    @discardableResult
    func add(_ counts: Counts, steps: [StepCounts]) -> Counts {
        state.withLock { state in
            state.counts.add(counts)
            for (index, step) in steps.enumerated() { state.steps[index].add(step) }
            return state.counts
        }
    }

    /// One record's ending, or its being given back by a stop.
    ///
    /// - Parameter isReplayed: whether an earlier process of the run had brought it to this end.
    @discardableResult
    func end(
        _ outcome: Outcome, marks: [StepMark], items: [StepCounts] = [], flagged: Bool, isReplayed: Bool = false
    ) -> Counts {
        state.withLock { [outer] state in
            state.counts.count(outcome, flagged: flagged)
            state.steps.add(marks, items, behind: outer)
            if isReplayed {
                state.earlier.count(outcome, flagged: flagged)
                state.earlierSteps.add(marks, items, behind: outer)
            }
            return state.counts
        }
    }

    /// A record that waited goes on.
    func goesOn(_ marks: [StepMark], items: [StepCounts]) {
        state.withLock { state in
            state.counts.waiting -= 1
            for (index, mark) in marks.enumerated() { state.steps[index][mark] -= 1 }
            for (index, counts) in items.enumerated() { state.steps[outer + index].subtract(counts) }
        }
    }

    /// Records that were never taken up.
    func neverReached(_ records: Int) {
        state.withLock { state in
            state.counts.notReached += records
            state.neverAdmitted += records
            for index in 0..<outer { state.steps[index][.notReached] += records }
        }
    }
}

extension [StepCounts] {
    /// - Parameter outer: how many of the steps are the recipe's own; those behind them are of items.
    fileprivate mutating func add(_ marks: [StepMark], _ items: [StepCounts], behind outer: Int) {
        for (index, mark) in marks.enumerated() { self[index][mark] += 1 }
        for (index, counts) in items.enumerated() { self[outer + index].add(counts) }
    }
}
