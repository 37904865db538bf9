internal import Diagnostics
internal import Journaling
internal import Runs

/// Which failed and rejected records a retry takes up.
struct RetryChoice {
    /// By id; all if empty.
    var records: [String] = []
    var step: String?
    var cause: String?

    /// - Throws: ``RetryProblem`` when nothing is chosen.
    func retrials(in journal: any JournalReading) throws -> [Retrial] {
        guard let outline = try journal.history().starts.last?.outline else { return [] }
        let all = outline.steps + outline.collect
        if let step, !all.contains(where: { $0.name == step || $0.inside == step }) {
            let names = all.map(\.name).joined(separator: ", ")
            throw RetryProblem("the run has no step '\(step)'; its steps are \(names)")
        }
        var chosen: [Retrial] = []
        var failed: [String] = []
        var known: Set<String> = []
        var causes: Set<String> = []
        try journal.forEachEnding { ending in
            let record = ending.record
            known.insert(record.id)
            guard record.outcome == .failed || record.outcome == .rejected else { return }
            if failed.count < 5 { failed.append(record.id) }
            if let code = record.failure?.failure.cause.code { causes.insert(code) }
            let at = record.failure?.step
            guard records.isEmpty || records.contains(record.id),
                step == nil
                    || at.map({ outline.steps.indices.contains($0) && outline.steps[$0].isCalled(step) }) ?? false,
                cause == nil || record.failure?.failure.cause.code == cause
            else { return }
            for failure in [record.failure] + record.others {
                chosen.append(
                    Retrial(
                        ordinal: record.ordinal, record: record.id, step: failure?.step, item: failure?.item,
                        lastDraw: 0))
            }
        }
        try journal.forEachGroupEnding { group in
            guard group.outcome == .failed, let failure = group.failure else { return }
            causes.insert(failure.failure.cause.code)
            guard let at = failure.step, records.isEmpty,
                step == nil || all.indices.contains(at) && all[at].isCalled(step),
                cause == nil || failure.failure.cause.code == cause
            else { return }
            chosen.append(
                Retrial(ordinal: group.ordinal, record: group.id, step: at, item: failure.item, lastDraw: 0))
        }
        if let cause, !causes.isEmpty, !causes.contains(cause) {
            let near = nearestName(to: cause, among: causes.sorted()).map { " (did you mean '\($0)'?)" } ?? ""
            let names = causes.sorted().joined(separator: ", ")
            throw RetryProblem("nothing in the run failed for the cause '\(cause)'\(near); its causes are \(names)")
        }
        for id in records where !chosen.contains(where: { $0.record == id }) {
            throw RetryProblem(
                known.contains(id)
                    ? "the record '\(id)' has not failed in this way"
                    : "no record '\(id)' failed in this run"
                        + (failed.isEmpty ? "; none did" : "; such as did are \(failed.joined(separator: ", "))"))
        }
        guard !chosen.isEmpty else { throw RetryProblem("no record of the run failed in this way") }
        for index in chosen.indices {
            guard let step = chosen[index].step else { continue }
            chosen[index].lastDraw =
                try journal.events(of: chosen[index].ordinal)
                .filter { $0.entry.step == step && $0.entry.item == chosen[index].item }.map(\.entry.draw).max() ?? 0
        }
        return chosen
    }
}

extension RunOutline.Step {
    /// By its own name, or by that of the `each` that it is in.
    fileprivate func isCalled(_ step: String?) -> Bool { name == step || inside == step }
}

/// Nothing to retry, and why.
struct RetryProblem: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
