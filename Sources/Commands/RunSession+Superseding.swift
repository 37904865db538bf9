internal import Journaling
internal import Pages
internal import Planning
internal import Reporting

// Beginning anew beside a run that is not over.

extension RunSession {
    /// Refuses a new run that would throw away what people have answered in the one before it.
    func refuseToLoseAnswers(_ plan: Plan) throws(JournalError) {
        let older: RunFolder
        let answers: UnusedAnswers
        do {
            guard let newest = try RunDirectory.newest(of: plan.recipe), !newest.history.isOver else { return }
            older = newest.folder
            answers = try UnusedAnswers(in: SQLiteJournalReader(path: older.journal))
        } catch {
            // No process could use them either.
            return
        }
        guard answers.count > 0 else { return }
        throw JournalError(
            .exists,
            "\(Figures.count(answers.count, "answer")) in \(older.path), by \(answers.names), "
                + "\(answers.count == 1 ? "is" : "are") not used yet and would be lost; go on with that run with "
                + "`\(ShellWord.line(["linecook", "resume", older.path]))`, or begin anew all the same with --fresh --yes"
        )
    }

    /// What waits for a person in the run that a fresh one leaves behind is rejected.
    func supersede(_ plan: Plan, by store: RunStore, _ printer: ProgressPrinter) async throws {
        guard case .fresh = intent else { return }
        let older: RunFolder
        do throws(JournalError) {
            guard let newest = try RunDirectory.newest(of: plan.recipe, but: store.folder) else { return }
            older = newest.folder
        } catch {
            // It cannot be gone on with either, and so nobody can say yes to anything in it.
            return
        }
        let rejected = try await SupersededRun.rejectWaiting(in: older, successor: store.id, clock: store.clock)
        let (count, answers) = (rejected.count, rejected.answers)
        guard count > 0 else { return }
        let lost =
            answers.count == 0
            ? "" : ", \(Figures.count(answers.count)) of them with an answer that was not used yet, by \(answers.names)"
        printer.say(
            "\(Figures.count(count, "record")) that waited for a person in \(older.path) "
                + "\(count == 1 ? "is" : "are") rejected\(lost), because this run begins anew")
    }
}
