internal import Runs

/// Adds up what each step took, entry by entry.
struct UsageTable {
    private var steps: [Int: StepUsage] = [:]

    /// By step; without those nobody was asked at.
    var rows: [StepUsage] {
        steps.values.filter { $0.starts + $0.answers + $0.failures > 0 || $0.usage != Usage() }
            .sorted { $0.step < $1.step }
    }

    mutating func add(step: Int, kind: JournalEntry.Kind?, usage: Usage?) {
        guard step >= 0 else { return }
        let empty = StepUsage(step: step, starts: 0, answers: 0, failures: 0, usage: Usage())
        switch kind {
        case .start: steps[step, default: empty].starts += 1
        case .answer: steps[step, default: empty].answers += 1
        case .failed: steps[step, default: empty].failures += 1
        case .decision, .effect, .settled, .ended, nil: break
        }
        if let usage { steps[step, default: empty].usage.add(usage) }
    }
}
