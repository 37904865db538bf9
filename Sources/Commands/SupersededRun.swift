internal import Diagnostics
internal import Execution
internal import Journaling
internal import Planning
internal import Reporting
internal import Runs
internal import Values

/// The run of a recipe that `--fresh` leaves behind: what waits in it for a person is rejected, because whoever said yes
/// to it would not know that another run has asked the same again.
enum SupersededRun {
    /// The records that are rejected.
    struct Rejected {
        var count = 0
        /// Of these, those that people had answered.
        var answers = UnusedAnswers()
    }

    /// Rejects what waits in the newest run of the recipe, and writes its reports again.
    ///
    /// - Parameter successor: the name of the run that takes its place.
    /// - Throws: ``JournalError``, `busy` among them while another process executes the run; `ReportError`.
    static func rejectWaiting(in folder: RunFolder, successor: String, clock: WallClock) async throws -> Rejected {
        let reader = try SQLiteJournalReader(path: folder.journal)
        let before = try reader.history()
        guard !before.isOver else { return Rejected() }
        var waiting: [EndedRecord] = []
        try reader.forEachEnding { ending in
            if ending.record.outcome == .waiting { waiting.append(ending.record) }
        }
        guard !waiting.isEmpty else { return Rejected() }

        let store = try RunStore(reopening: folder, clock: clock)
        let now = clock.now()
        // Whoever answers from here on is told that the record does not wait any more.
        let answers = try UnusedAnswers(in: store.journal.reader())
        try await store.journal.append(
            waiting.map { .ended($0.superseded(by: successor, answeredBy: answers.people[ByteText($0.id)]), at: now) })
        if before.isClosed, var end = before.ends.last {
            end.at = now
            end.counts.rejected += waiting.count
            end.counts.waiting -= waiting.count
            if end.outcome == .waiting { end.outcome = end.counts.failed > 0 ? .failures : .done }
            try await store.journal.finish(end)
        }
        try await store.journal.close()
        _ = try store.writeReports()
        return Rejected(count: waiting.count, answers: answers)
    }
}

/// What people have answered in a run that no process has used yet.
struct UnusedAnswers {
    /// Who answered, by the ids of the records.
    private(set) var people: [ByteText: String] = [:]

    init() {}

    init(in reader: any JournalReading) throws {
        try reader.forEachWait { open in people[ByteText(open.wait.record)] = open.decided?.decision.by }
    }

    var count: Int { people.count }

    /// `Ada, Bob`
    var names: String { Set(people.values).sorted().joined(separator: ", ") }
}

extension EndedRecord {
    fileprivate func superseded(by run: String, answeredBy person: String?) -> EndedRecord {
        var record = self
        record.outcome = .rejected
        record.pure = false
        record.marks = marks.map { $0 == .waiting ? .rejected : $0 }
        let step = marks.firstIndex(of: .waiting)
        record.failure = Ending(
            step: failure?.step ?? step, attempt: failure?.attempt ?? 1,
            failure: Failure(
                .superseded,
                "\(person.map { "what \($0) said was not used yet" } ?? "nobody had decided") when the run \(run) began, "
                    + "which asks the same anew"))
        return record
    }
}
