internal import GRDB
internal import GRDBSQLite

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The SQLite file of a journal: how it is made, opened and recognised.
///
/// Nothing else in the process may open this file, not even to look at its first bytes: closing a file gives up all
/// locks that the process has on it, SQLite's too.
struct JournalFile {
    var path: String
    var schema = JournalSchema.current

    var exists: Bool {
        var info = stat()
        return stat(path, &info) == 0
    }

    /// Makes a journal without content. It appears under its name whole, or not at all.
    func create() throws(JournalError) {
        guard !exists else {
            throw JournalError(
                .exists,
                "there is a journal at \(path) already, and a folder holds one run; go on with it, or name another "
                    + "folder with --run")
        }
        let draft = path + ".new"
        try remove([draft, draft + "-wal", draft + "-shm"])
        let queue = try open(draft, readOnly: false)
        try run(on: queue) { connection throws(SQLiteProblem) in
            try connection.execute("PRAGMA application_id = \(JournalSchema.applicationID)")
            try connection.expect("wal", of: "PRAGMA journal_mode = WAL")
            try connection.execute("PRAGMA synchronous = FULL")
            try migrate(connection, from: 0)
            // All of it into the file itself, or an error: closing does the same, and tells of none.
            guard try connection.number("PRAGMA wal_checkpoint(TRUNCATE)") == 0 else {
                throw SQLiteProblem(code: SQLITE_BUSY, message: "somebody reads a journal that is being made")
            }
        }
        try close(queue)
        try remove([draft + "-wal", draft + "-shm"])
        guard rename(draft, path) == 0 else { throw JournalError(path: path, doing: "create", errno: errno) }
        try syncFolder()
    }

    /// Opens a journal to write, one of an earlier version too.
    func openForWriting() throws(JournalError) -> DatabaseQueue {
        try checkPresence()
        // Before SQLite opens it: closing what turned out damaged would write to it.
        if let damage = try WriteAheadLog(of: path).damage() { throw .damaged(path, damage) }
        let queue = try open(path, readOnly: false)
        // Before anything is changed: the file may be somebody else's.
        let version = try version(of: queue)
        try run(on: queue) { connection throws(SQLiteProblem) in
            try connection.expect("wal", of: "PRAGMA journal_mode = WAL")
            // GRDB knows of WAL and sets NORMAL where it sets WAL up itself, so this comes last.
            try connection.execute("PRAGMA synchronous = FULL")
            try connection.execute("PRAGMA wal_autocheckpoint = 0")
            if version < schema.version { try migrate(connection, from: version) }
        }
        return queue
    }

    /// Opens a journal to read, wherever it lies; it may be written meanwhile.
    func openForReading() throws(JournalError) -> DatabaseQueue {
        try checkPresence()
        // Before SQLite opens it: a reader, too, builds the index of the log anew, and nobody could tell any more.
        if let damage = try WriteAheadLog(of: path).cut() { throw .damaged(path, damage) }
        var queue = try open(path, readOnly: true)
        do throws(JournalError) {
            try run(on: queue) { connection throws(SQLiteProblem) in
                try connection.execute("SELECT count(*) FROM sqlite_schema")
            }
        } catch {
            // SQLite makes a small file beside the journal, which a read-only folder forbids. A journal without a
            // write-ahead log is complete in itself, and nobody can be writing to it there.
            var log = stat()
            guard access(folder, W_OK) != 0 || error.reason == .readOnly || error.reason == .io,
                stat(path + "-wal", &log) != 0
            else { throw error }
            queue = try open("file:\(path.escapedForURI)?immutable=1", readOnly: true)
        }
        let version = try version(of: queue)
        guard version >= schema.readableFrom else {
            throw JournalError(
                .newer, "\(path) was written by an earlier version of Linecook; go on with its run once to renew it")
        }
        return queue
    }

    // MARK: Steps

    private func remove(_ files: [String]) throws(JournalError) {
        for file in files where unlink(file) != 0 && errno != ENOENT {
            throw JournalError(path: file, doing: "replace", errno: errno)
        }
    }

    private var folder: String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func checkPresence() throws(JournalError) {
        var info = stat()
        guard stat(path, &info) == 0 else { throw JournalError(path: path, doing: "read", errno: errno) }
        guard info.st_mode & S_IFMT == S_IFREG else { throw .foreign(path) }
        guard info.st_size > 0 else { throw .damaged(path, "it is empty") }
    }

    private func open(_ path: String, readOnly: Bool) throws(JournalError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "linecook.journal.sqlite"
        configuration.readonly = readOnly
        configuration.busyMode = .callback(Self.waitsAgain)
        configuration.foreignKeysEnabled = false
        // A reader stays in one transaction, so that everything it reads is of one moment.
        configuration.allowsUnsafeTransactions = true
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try run(on: queue) { connection throws(SQLiteProblem) in
                try connection.execute("PRAGMA cell_size_check = ON")
                try connection.execute("PRAGMA trusted_schema = OFF")
            }
            return queue
        } catch let error as JournalError {
            throw error
        } catch let error as DatabaseError {
            throw JournalError(SQLiteProblem(error), path: self.path)
        } catch {
            throw JournalError(.io, "cannot open \(self.path): \(error)")
        }
    }

    /// How another process is waited for, half a minute in all. It holds the file for a millisecond or two at a time and then
    /// leaves it alone for two, which SQLite's own waits miss: they grow to a tenth of a second.
    ///
    /// SQLite asks this from within the statement that waits, and nothing tells when a lock of another process is let go: a
    /// sleep is all that its busy handler can do. It runs on the journal's own queue, which may block.
    private static func waitsAgain(_ times: Int) -> Bool {
        let (short, long): (useconds_t, useconds_t) = (500, 5_000)
        usleep(times < 200 ? short : long)
        return times < 6_000
    }

    /// The version of a file that is known to be ours.
    private func version(of queue: DatabaseQueue) throws(JournalError) -> Int64 {
        let (application, version) = try run(on: queue) { connection throws(SQLiteProblem) in
            (try connection.number("PRAGMA application_id"), try connection.number("PRAGMA user_version"))
        }
        guard application == JournalSchema.applicationID else { throw .foreign(path) }
        guard version <= schema.version else {
            throw JournalError(
                .newer,
                "\(path) was written by a later version of Linecook (its form is \(version), this one knows "
                    + "\(schema.version)); update Linecook")
        }
        guard version > 0 else { throw .damaged(path, "it has no version") }
        return version
    }

    private func migrate(_ connection: SQLiteConnection, from version: Int64) throws(SQLiteProblem) {
        for (index, step) in schema.steps.enumerated().dropFirst(Int(version)) {
            try connection.execute("BEGIN IMMEDIATE")
            do throws(SQLiteProblem) {
                try connection.execute(step)
                try connection.execute("PRAGMA user_version = \(index + 1)")
                try connection.execute("COMMIT")
            } catch {
                sqlite3_exec(connection, "ROLLBACK", nil, nil, nil)
                throw error
            }
        }
    }

    private func run<Answer>(
        on queue: DatabaseQueue, _ body: (SQLiteConnection) throws(SQLiteProblem) -> Answer
    ) throws(JournalError) -> Answer {
        try queue.journal(path, body)
    }

    private func close(_ queue: DatabaseQueue) throws(JournalError) {
        do { try queue.close() } catch { throw JournalError(.io, "cannot close \(path): \(error)") }
    }

    /// After this the name of a new file is as safe as its content.
    private func syncFolder() throws(JournalError) {
        let descriptor = Self.openFolder(folder)
        guard descriptor >= 0 else { throw JournalError(path: folder, doing: "open", errno: errno) }
        defer { closeDescriptor(descriptor) }
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw JournalError(path: folder, doing: "sync", errno: errno)
        }
    }

    private static func openFolder(_ path: String) -> CInt {
        #if canImport(Glibc)
            Glibc.open(path, O_RDONLY | O_CLOEXEC)
        #elseif canImport(Musl)
            Musl.open(path, O_RDONLY | O_CLOEXEC)
        #else
            Darwin.open(path, O_RDONLY | O_CLOEXEC)
        #endif
    }
}

private func closeDescriptor(_ descriptor: CInt) { close(descriptor) }

extension String {
    /// With the characters that have a meaning in a URI escaped.
    fileprivate var escapedForURI: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "%": escaped += "%25"
            case "?": escaped += "%3F"
            case "#": escaped += "%23"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
