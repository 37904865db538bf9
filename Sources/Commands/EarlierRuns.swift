internal import Execution
internal import Journaling
internal import Planning
internal import Recipes

extension EarlierRecords {
    /// What the runs of a recipe say of its records.
    ///
    /// - Parameters:
    ///   - own: the run that asks; runs that started before it count alone. Nil for one that is yet to start.
    ///   - tell: takes in what could not be read.
    /// - Returns: nil where the plan takes every record.
    static func of(_ plan: Plan, before own: RunFolder?, tell: (String) -> Void) -> EarlierRecords? {
        guard plan.takesOnlyChanged else { return nil }
        var earlier = EarlierRecords(identity: plan.resultIdentity)
        var runs = RunDirectory.runs(of: plan.recipe)[...]
        if let own = own.map(AnswerKeeper.name), let place = runs.firstIndex(where: { AnswerKeeper.name($0) == own }) {
            runs = runs[(place + 1)...]
        }
        for run in runs {
            do {
                let journal = try SQLiteJournalReader(path: run.journal)
                guard try journal.history().isRun(of: plan.recipe.file) else { continue }
                if try earlier.add(journal) { break }
            } catch {
                // What older runs say may not be true any more.
                tell("warning: what changed before \(run.path) is not known, and is taken again: \(error)")
                break
            }
        }
        return earlier
    }
}
