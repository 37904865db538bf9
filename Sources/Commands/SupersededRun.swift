internal import Diagnostics
internal import Execution
internal import Journaling
internal import Planning
internal import Reporting
internal import Runs

/// The run of a recipe that `--fresh` leaves behind: what waits in it for a person is rejected, because whoever said yes
/// to it would not know that another run has asked the same again.
enum SupersededRun {
    /// Rejects what waits in the newest run of the recipe, and writes its reports again.
    ///
    /// - Parameter successor: the name of the run that takes its place.
    /// - Returns: How many records that were.
    /// - Throws: ``JournalError``, `busy` among them while another process executes the run; `ReportError`.
    static func rejectWaiting(in folder: RunFolder, successor: String, clock: WallClock) async throws -> Int {
        let reader = try SQLiteJournalReader(path: folder.journal)
        let before = try reader.history()
        guard !before.isOver else { return 0 }
        var waiting: [EndedRecord] = []
        try reader.forEachEnding { ending in
            if ending.record.outcome == .waiting { waiting.append(ending.record) }
        }
        guard !waiting.isEmpty else { return 0 }

        let store = try RunStore(reopening: folder, clock: clock)
        let now = clock.now()
        try await store.journal.append(waiting.map { .ended($0.superseded(by: successor), at: now) })
        if before.isClosed, var end = before.ends.last {
            end.at = now
            end.counts.rejected += waiting.count
            end.counts.waiting -= waiting.count
            if end.outcome == .waiting { end.outcome = end.counts.failed > 0 ? .failures : .done }
            try await store.journal.finish(end)
        }
        try await store.journal.close()
        _ = try store.writeReports()
        return waiting.count
    }
}

extension EndedRecord {
    fileprivate func superseded(by run: String) -> EndedRecord {
        var record = self
        record.outcome = .rejected
        record.pure = false
        record.marks = marks.map { $0 == .waiting ? .rejected : $0 }
        let step = marks.firstIndex(of: .waiting)
        record.failure = Ending(
            step: failure?.step ?? step, attempt: failure?.attempt ?? 1,
            failure: Failure(.superseded, "nobody had decided when the run \(run) began, which asks the same anew"))
        return record
    }
}
