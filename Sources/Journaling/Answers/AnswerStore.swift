internal import Digests
internal import Foundation
internal import GRDB
internal import Runs
internal import Values

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The answers that the runs of one folder have paid for, by question.
///
/// An index over their journals and over where those lie: it is filled from them, a journal at a time, and can be deleted;
/// the next run builds it again from the journals that it finds beside it. Because a question's identity is what the
/// answerer saw and nothing else, an edited recipe finds every answer whose question is still the same.
package final class AnswerStore: Sendable {
    private static let applicationID = 0x4C63_416E
    /// 2 came with the effects; before it, nothing had any.
    private static let version = 2
    /// How many answers of a journal, or bytes of them, are held before they are written.
    private static let mostHeld = 8192
    private static let mostBytesHeld = 4 << 20

    private static let mend =
        "delete it, it is built again from the journals of the runs beside it; what runs in other folders, of --run, have "
        + "sent is then no longer known"

    private let path: String
    private let database: DatabaseQueue

    /// Opens the store, or makes an empty one.
    ///
    /// - Throws: `foreign` or `newer` for a file that is something else; it is left as it is.
    package init(path: String) throws(JournalError) {
        self.path = path
        var configuration = Configuration()
        configuration.label = "linecook.answers"
        configuration.busyMode = .timeout(30)
        let existed = access(path, F_OK) == 0
        database = try Self.attempt(path) {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { try Self.prepare($0, existed: existed, path: path) }
            return queue
        }
    }

    private static func prepare(_ database: Database, existed: Bool, path: String) throws {
        let application = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if existed, application != applicationID || !(1...Self.version).contains(version) {
            let isEmpty = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
            // A process that was killed as it made the store leaves an empty file.
            guard isEmpty, application == 0 || version == 0 else {
                throw JournalError(
                    application == applicationID ? .newer : .foreign,
                    "\(path) is not a store of answers that this version of Linecook knows; \(mend)")
            }
        }
        try database.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        // A store that may not be written, or has no room, ends the transaction in an error and not half way.
        try database.inTransaction(.immediate) {
            try database.execute(
                sql: """
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = \(Self.version);
                    CREATE TABLE IF NOT EXISTS journal(
                        id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, run TEXT NOT NULL, taken INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE IF NOT EXISTS answer(
                        question BLOB NOT NULL, journal INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL,
                        PRIMARY KEY(question, journal)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE IF NOT EXISTS effect(
                        key BLOB NOT NULL, journal INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL,
                        PRIMARY KEY(key, journal)
                    ) STRICT, WITHOUT ROWID;
                    """)
            return .commit
        }
    }

    // MARK: Filling

    /// Writes down where a run lies that is about to ask and act, so that later runs look into its journal whatever becomes
    /// of it. On the disk when it returns.
    ///
    /// - Parameter path: By which the run's journal is known, as for ``take(_:at:)``.
    package func enlist(_ run: RunStart, at path: String) throws(JournalError) {
        try Self.attempt(self.path) {
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try Self.makeRoom(for: Self.name(of: run), at: path, in: database)
                try database.execute(
                    sql: "INSERT INTO journal(path, run, taken) VALUES(?1, ?2, 0) ON CONFLICT(path) DO NOTHING",
                    arguments: [path, Self.name(of: run)])
                try database.execute(sql: "PRAGMA synchronous = NORMAL")
            }
        }
    }

    /// What an earlier run in the same place was told stays, and is not this run's own: it gets a path that no folder has.
    private static func makeRoom(for run: String, at path: String, in database: Database) throws {
        try database.execute(
            sql: "UPDATE journal SET path = path || '/ ' || id WHERE path = ?1 AND run <> ?2", arguments: [path, run])
    }

    /// Its id alone is that of every run that ever lay in a folder of `--run`.
    private static func name(of run: RunStart) -> String { "\(run.id) \(run.at.seconds).\(run.at.nanoseconds)" }

    /// Takes in the answers that a journal has got since the last time.
    ///
    /// - Parameter path: The journal's file, by which it is known again.
    package func take(_ journal: any JournalReading, at path: String) throws {
        let run = Self.name(of: try journal.history().starts[0])
        let row = try attempt { database in
            try Row.fetchOne(database, sql: "SELECT id, run, taken FROM journal WHERE path = ?", arguments: [path])
        }
        // Another run in the place of an earlier one: what that one was told is still true.
        let known = row.flatMap { $0["run"] as String == run ? $0["taken"] as Int64 : nil } ?? 0
        var answers: [(question: SHA256Digest, at: Int64, body: [UInt8])] = []
        var effects: [(key: SHA256Digest, at: Int64, body: [UInt8])] = []
        var last = known
        var bytes = 0
        func put() throws {
            // By question, so that pages are written once and not once an answer.
            answers.sort { $0.question.bytes.lexicographicallyPrecedes($1.question.bytes) }
            let (batch, done, taken) = (answers, effects, last)
            (answers, effects, bytes) = ([], [], 0)
            try Self.attempt(self.path) {
                try database.write { database in
                    try Self.makeRoom(for: run, at: path, in: database)
                    try database.execute(
                        sql: """
                            INSERT INTO journal(path, run, taken) VALUES(?1, ?2, ?3)
                            ON CONFLICT(path) DO UPDATE SET taken = ?3
                            """, arguments: [path, run, taken])
                    let id = try Int64.fetchOne(
                        database, sql: "SELECT id FROM journal WHERE path = ?", arguments: [path])
                    let insertion = try database.makeStatement(
                        sql: "INSERT OR REPLACE INTO answer(question, journal, at, body) VALUES(?, ?, ?, ?)")
                    for answer in batch {
                        try insertion.execute(
                            arguments: [Data(answer.question.bytes), id, answer.at, Data(answer.body)])
                    }
                    for effect in done {
                        try database.execute(
                            sql: "INSERT OR REPLACE INTO effect(key, journal, at, body) VALUES(?, ?, ?, ?)",
                            arguments: [Data(effect.key.bytes), id, effect.at, Data(effect.body)])
                    }
                }
            }
        }
        try journal.forEachEvent(after: known) { event in
            last = event.number
            guard let key = event.entry.key else { return }
            switch event.entry.kind {
            case .answer: answers.append((key, event.entry.at.seconds, event.entry.body))
            case .effect: effects.append((key, event.entry.at.seconds, event.entry.body))
            default: return
            }
            bytes += event.entry.body.count
            if answers.count + effects.count >= Self.mostHeld || bytes >= Self.mostBytesHeld { try put() }
        }
        if last > known { try put() }
    }

    // MARK: Looking up

    /// The store as one run sees it.
    ///
    /// - Parameter journalPath: of the run's own answers; nil where it has none.
    package func shelf(of journalPath: String?, sharing: Bool) throws(JournalError) -> any AnswerShelf {
        let (own, isAny) = try Self.attempt(path) {
            try database.read { database in
                (
                    try Int64.fetchOne(
                        database, sql: "SELECT id FROM journal WHERE path = ?", arguments: [journalPath]),
                    try Bool.fetchOne(database, sql: "SELECT EXISTS(SELECT 1 FROM answer)") ?? false
                )
            }
        }
        return RunShelf(store: self, own: own ?? -1, sharing: sharing, isEmpty: !isAny)
    }

    fileprivate func answer(to question: SHA256Digest, from journal: Int64?) throws(JournalError) -> [UInt8]? {
        try newest("SELECT body FROM answer WHERE question = ?1", question, from: journal)
    }

    fileprivate func effect(_ key: SHA256Digest, from journal: Int64?) throws(JournalError) -> [UInt8]? {
        try newest("SELECT body FROM effect WHERE key = ?1", key, from: journal)
    }

    private func newest(
        _ selection: String, _ key: SHA256Digest, from journal: Int64?
    ) throws(JournalError) -> [UInt8]? {
        try Self.attempt(path) {
            try database.read { database in
                let statement = try database.cachedStatement(
                    sql: "\(selection) AND (?2 IS NULL OR journal = ?2) ORDER BY at DESC LIMIT 1")
                return try Data.fetchOne(statement, arguments: [Data(key.bytes), journal]).map { [UInt8]($0) }
            }
        }
    }

    // MARK: Size

    /// What the store holds.
    package struct Size: Hashable, Sendable {
        package var answers: Int
        package var journals: Int
        /// Of the file.
        package var bytes: Int64
        /// When the oldest and the newest answer were given, in seconds since 1970; nil where there is none.
        package var oldest: Int64?
        package var newest: Int64?
    }

    package func size() throws(JournalError) -> Size {
        try Self.attempt(path) {
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                let size = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
                let row = try Row.fetchOne(database, sql: "SELECT count(*), min(at), max(at) FROM answer")
                return Size(
                    answers: row?[0] ?? 0,
                    journals: try Int.fetchOne(database, sql: "SELECT count(*) FROM journal") ?? 0, bytes: pages * size,
                    oldest: row?[1], newest: row?[2])
            }
        }
    }

    /// The paths by which the journals are known whose runs were enlisted, or whose answers were taken in.
    package func journals() throws(JournalError) -> [String] {
        try attempt { database in
            try String.fetchAll(database, sql: "SELECT path FROM journal ORDER BY path")
        }
    }

    /// Forgets the answers given before a time, in seconds since 1970.
    ///
    /// They stay forgotten: a journal is taken in from where it was left.
    ///
    /// - Parameter keeping: the journals whose answers stay, as ``journals()`` names them.
    /// - Returns: How many.
    @discardableResult
    package func prune(before time: Int64, keeping: [String] = []) throws(JournalError) -> Int {
        try prune("at < ?", time, keeping)
    }

    /// Forgets the oldest answers until the file has at most so many bytes, as far as that can be.
    @discardableResult
    package func prune(toBytes most: Int64, keeping: [String] = []) throws(JournalError) -> Int {
        var size = try size()
        var forgotten = 0
        while size.bytes > most, size.answers > 0 {
            let share = 1 - Double(max(0, most)) / Double(size.bytes)
            let count = max(1, Int((Double(size.answers) * share).rounded(.up)))
            let kept = Self.condition(keeping)
            let limit = try attempt { database in
                try Int64.fetchOne(
                    database, sql: "SELECT at FROM answer WHERE \(kept) ORDER BY at LIMIT 1 OFFSET ?",
                    arguments: StatementArguments(keeping) + [count - 1])
                    ?? Int64.fetchOne(
                        database, sql: "SELECT max(at) FROM answer WHERE \(kept)",
                        arguments: StatementArguments(keeping))
            }
            guard let limit else { break }
            let gone = try prune("at <= ?", limit, keeping)
            guard gone > 0 else { break }
            forgotten += gone
            size = try self.size()
        }
        return forgotten
    }

    private static func condition(_ keeping: [String]) -> String {
        let places = keeping.map { _ in "?" }.joined(separator: ", ")
        return "journal NOT IN (SELECT id FROM journal WHERE path IN (\(places)))"
    }

    private func prune(_ condition: String, _ time: Int64, _ keeping: [String]) throws(JournalError) -> Int {
        try Self.attempt(path) {
            try database.writeWithoutTransaction { database in
                try database.execute(
                    sql: "DELETE FROM answer WHERE \(Self.condition(keeping)) AND \(condition)",
                    arguments: StatementArguments(keeping) + [time])
                let count = database.changesCount
                if count > 0 { try database.execute(sql: "VACUUM") }
                return count
            }
        }
    }

    package func close() throws(JournalError) {
        try Self.attempt(path) { try database.close() }
    }

    // MARK: Errors

    private func attempt<Answer>(_ body: (Database) throws -> Answer) throws(JournalError) -> Answer {
        try Self.attempt(path) { try database.read(body) }
    }

    private static func attempt<Answer>(_ path: String, _ body: () throws -> Answer) throws(JournalError) -> Answer {
        do {
            return try body()
        } catch let error as JournalError {
            throw error
        } catch let error as DatabaseError {
            // An error of the statement itself is one of tables that are not there, or not ours.
            if [.SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR].contains(error.resultCode) {
                throw JournalError(
                    .damaged,
                    "the store of answers \(path) is damaged; \(mend)")
            }
            throw JournalError(SQLiteProblem(error), path: path)
        } catch {
            throw JournalError(.io, "\(path): \(error)")
        }
    }
}

/// What one run finds in the store.
private struct RunShelf: AnswerShelf {
    let store: AnswerStore
    let own: Int64
    let sharing: Bool
    let isEmpty: Bool

    func answer(to question: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? {
        guard !isEmpty else { return nil }
        return try store.answer(to: question, from: shared && sharing ? nil : own)
    }

    func effect(_ key: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? {
        try store.effect(key, from: shared ? nil : own)
    }
}
