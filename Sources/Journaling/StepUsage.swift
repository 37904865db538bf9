package import Runs

/// What one step took, over all records.
package struct StepUsage: Hashable, Sendable {
    package var step: Int
    /// Requests that left, or were about to.
    package var starts: Int
    package var answers: Int
    package var failures: Int
    /// Of answers, failed attempts, and what was settled.
    package var usage: Usage

    package init(step: Int, starts: Int, answers: Int, failures: Int, usage: Usage) {
        self.step = step
        self.starts = starts
        self.answers = answers
        self.failures = failures
        self.usage = usage
    }
}

extension JournalReading {
    /// What each step took, by step; steps that nobody was asked at are left out.
    package func usage() throws -> [StepUsage] {
        // Few steps and many events: adding up here is faster than grouping in SQL, and every row's seal is checked.
        var steps = UsageTable()
        try forEachEvent { steps.add($0.entry) }
        return steps.rows
    }
}

/// Adds up what each step took, entry by entry.
private struct UsageTable {
    private var steps: [Int: StepUsage] = [:]

    /// By step.
    var rows: [StepUsage] {
        steps.values.filter { $0.starts + $0.answers + $0.failures > 0 || $0.usage != Usage() }
            .sorted { $0.step < $1.step }
    }

    mutating func add(_ entry: JournalEntry) {
        let step = entry.step
        guard step >= 0 else { return }
        let empty = StepUsage(step: step, starts: 0, answers: 0, failures: 0, usage: Usage())
        switch entry.kind {
        case .start: steps[step, default: empty].starts += 1
        case .answer:
            steps[step, default: empty].answers += 1
            // One that was given at once: it has no key, and had no start.
            if entry.key == nil { steps[step, default: empty].starts += 1 }
        case .failed: steps[step, default: empty].failures += 1
        case .decision, .effect, .settled, .ended, .retried, .waiting, .withdrawn, .collecting: break
        }
        if let usage = entry.usage { steps[step, default: empty].usage.add(usage) }
    }
}
