internal import Dispatch
internal import GRDB
internal import GRDBSQLite
package import Values

/// The journal as a SQLite file: the truth of a run, complete in itself.
///
/// Every commit is synced before anybody hears of it. A killed process, or a machine that loses power, costs what was
/// not yet acknowledged and nothing else.
package final class SQLiteJournal: Journal {
    package let path: String
    private let file: JournalFile
    let database: DatabaseQueue
    private let commits: CommitQueue
    private let writer: JournalWriter
    /// Decisions are written on a queue of their own, because they block.
    private let decisions = DispatchQueue(label: "linecook.decisions")

    /// Makes a new journal. Nothing may stand at the path but a journal in which no run has begun yet, such as a process
    /// leaves that is killed just then: that one is used.
    package static func create(at path: String) throws(JournalError) -> SQLiteJournal {
        let file = JournalFile(path: path)
        if file.exists {
            let journal = try SQLiteJournal(file)
            guard try journal.hasBegun() else { return journal }
        }
        try file.create()
        return try SQLiteJournal(file)
    }

    private func hasBegun() throws(JournalError) -> Bool {
        do throws(JournalError) {
            return try !reader().history().starts.isEmpty
        } catch let error where error.reason == .missing {
            return false
        }
    }

    /// Opens a journal to go on with it, or to write a decision into it while another process goes on with it.
    package convenience init(path: String) throws(JournalError) {
        try self.init(JournalFile(path: path))
    }

    init(_ file: JournalFile) throws(JournalError) {
        let database = try file.openForWriting()
        let writer = try database.journal(file.path) { connection throws(SQLiteProblem) in
            try JournalWriter(on: connection)
        }
        self.file = file
        self.writer = writer
        path = file.path
        self.database = database
        commits = CommitQueue(
            commit: { work in
                Self.problem { () throws(JournalError) in
                    try database.journal(file.path) { _ throws(SQLiteProblem) in try writer.commit(work) }
                }
            },
            afterCommit: {
                Self.problem { () throws(JournalError) in
                    try database.journal(file.path) { _ throws(SQLiteProblem) in try writer.checkpointIfDue() }
                }
            },
            end: {
                Self.problem { () throws(JournalError) in
                    database.unsafeReentrantWrite { _ in writer.letGo() }
                    do { try database.close() } catch { throw JournalError(.io, "cannot close \(file.path): \(error)") }
                }
            })
    }

    package func begin(_ start: RunStart) async throws(JournalError) {
        try await commits.wait(for: .start(start))
    }

    package func append(_ entries: [JournalEntry]) async throws(JournalError) {
        try await commits.wait(for: .entries(entries))
    }

    package func append(_ chunks: [ChunkEntry], with entries: [JournalEntry]) async throws(JournalError) {
        try await commits.wait(for: .chunks(chunks, entries))
    }

    @discardableResult
    package func note(_ entries: [JournalEntry]) -> Bool {
        commits.note(.entries(entries))
    }

    package func finish(_ end: RunEnd) async throws(JournalError) {
        try await commits.wait(for: .end(end))
    }

    package func close() async throws(JournalError) {
        try await commits.close()
    }

    package func decide(
        _ decision: Decision, about number: Int64, at time: Timestamp
    ) async throws(JournalError) -> DecisionReceipt {
        try await onDecisions { [self] () throws(JournalError) in
            try beside { writer throws(SQLiteProblem) in
                try writer.decide(decision, about: number, at: time)
            }.get()
        }
    }

    package func withdraw(decisionAbout number: Int64, at time: Timestamp) async throws(JournalError) -> Bool {
        try await onDecisions { [self] () throws(JournalError) in
            try beside { writer throws(SQLiteProblem) in try writer.withdraw(decisionAbout: number, at: time) }
        }
    }

    package func takeDecisions() throws(JournalError) -> [OpenWait] {
        try beside { writer throws(SQLiteProblem) in try writer.takeDecisions() }.get()
    }

    /// Writes beside the commits of the queue, unless nothing is to be written any more.
    private func beside<Answer>(
        _ body: (JournalWriter) throws(SQLiteProblem) -> Answer
    ) throws(JournalError) -> Answer {
        if let refusal = commits.refusal { throw refusal }
        return try database.journal(path) { _ throws(SQLiteProblem) in try body(writer) }
    }

    private func onDecisions<Answer: Sendable>(
        _ work: @escaping @Sendable () throws(JournalError) -> Answer
    ) async throws(JournalError) -> Answer {
        let result: Result<Answer, JournalError> = await withCheckedContinuation { continuation in
            decisions.async { @Sendable in
                continuation.resume(returning: Result { () throws(JournalError) in try work() })
            }
        }
        return try result.get()
    }

    package func reader() throws(JournalError) -> any JournalReading {
        try SQLiteJournalReader(file)
    }

    private static func problem(_ body: () throws(JournalError) -> Void) -> JournalError? {
        do throws(JournalError) { try body() } catch { return error }
        return nil
    }
}
