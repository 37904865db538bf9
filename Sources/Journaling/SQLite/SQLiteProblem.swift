internal import GRDB
internal import GRDBSQLite

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// What SQLite said, before it is known which file and which words a person needs.
struct SQLiteProblem: Error {
    /// SQLite's extended result code.
    var code: CInt
    var message: String
    /// The system's own error beneath it; 0 where there is none.
    var system: CInt

    init(code: CInt, message: String) {
        self.code = code
        self.message = message
        system = 0
    }

    /// The last error of a connection.
    init(code: CInt, on connection: OpaquePointer) {
        self.code = sqlite3_extended_errcode(connection) == SQLITE_OK ? code : sqlite3_extended_errcode(connection)
        message = String(cString: sqlite3_errmsg(connection))
        system = sqlite3_system_errno(connection)
    }

    init(_ error: DatabaseError) {
        code = error.extendedResultCode.rawValue
        message = error.message ?? "SQLite error \(code)"
        system = 0
    }

    /// Whoever has the connection has closed it.
    static let closed = SQLiteProblem(code: SQLITE_MISUSE, message: "it is closed")

    /// The file is not under its name any more.
    static let moved: CInt = 1032

    /// Content that no journal of ours has.
    init(damaged message: String) {
        code = SQLITE_CORRUPT
        self.message = message
        system = 0
    }
}

extension JournalError {
    init(_ problem: SQLiteProblem, path: String) {
        switch (problem.code & 0xFF, problem.system) {
        case (SQLITE_FULL, _), (_, ENOSPC), (_, EDQUOT):
            self.init(.full, "cannot write \(path): the disk is full; make room, then run again to go on")
        case (SQLITE_READONLY, _) where problem.code == SQLiteProblem.moved:
            self.init(.lost, "\(path) is gone: it was removed, or moved away, while the run went on")
        case (SQLITE_READONLY, _), (SQLITE_PERM, _), (_, EROFS), (_, EACCES):
            // Files beside it have the rights that it had when they were made.
            let files = [path, "\(path)-wal", "\(path)-shm"]
            let file = files.first { (file: String) in access(file, W_OK) != 0 && errno != ENOENT } ?? path
            self.init(
                .readOnly, "cannot write \(file): it is read-only; make the file and its folder writable, then go on")
        case (SQLITE_CORRUPT, _), (SQLITE_FORMAT, _), (SQLITE_ERROR, _), (SQLITE_SCHEMA, _), (SQLITE_TOOBIG, _),
            (SQLITE_CONSTRAINT, _), (SQLITE_MISMATCH, _):
            self = .damaged(path, problem.message)
        case (SQLITE_NOTADB, _):
            self = .foreign(path)
        case (SQLITE_BUSY, _), (SQLITE_LOCKED, _):
            self.init(
                .busy, "another process keeps \(path) locked; end it or wait for it, then go on with the run")
        case (SQLITE_MISUSE, _):
            self.init(.closed, "\(path) is closed")
        // SQLite does not tell that there was no room for the files that it makes beside its own.
        case (SQLITE_IOERR, _) where Self.isFull(beside: path), (SQLITE_CANTOPEN, _) where Self.isFull(beside: path):
            self.init(SQLiteProblem(code: SQLITE_FULL, message: problem.message), path: path)
        // Nor why a write failed; a disk that the system has made read-only after an error says so itself.
        case (SQLITE_IOERR, 0) where access(path, W_OK) != 0 && (errno == EROFS || errno == EACCES):
            self.init(SQLiteProblem(code: SQLITE_READONLY, message: problem.message), path: path)
        // Nor why a file could not be opened.
        case (SQLITE_CANTOPEN, 0) where access(path, R_OK) != 0 && errno == EACCES:
            self.init(path: path, doing: "open", errno: EACCES)
        default:
            let system = problem.system == 0 ? "" : " (\(String(cString: strerror(problem.system))))"
            self.init(.io, "cannot read or write \(path): \(problem.message)\(system)")
        }
    }

    /// Whether the disk under a file has no room. Tried, because what a disk says is free may be kept back, or above a quota.
    private static func isFull(beside path: String) -> Bool {
        let trial = "\(path).room"
        let file = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { return errno == ENOSPC || errno == EDQUOT }
        defer {
            close(file)
            unlink(trial)
        }
        // More than the files that SQLite begins with.
        let bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = write(file, bytes, bytes.count)
        return count < 0 ? errno == ENOSPC || errno == EDQUOT : count < bytes.count
    }

    static func damaged(_ path: String, _ what: String) -> JournalError {
        JournalError(
            .damaged,
            "\(path) is damaged (\(what)); put back a copy of it, or start a new run with --fresh, and in another folder "
                + "where --run names this one")
    }

    static func damaged(_ path: String, _ damage: WriteAheadLog.Damage) -> JournalError {
        guard damage.isToldByIndex else { return damaged(path, damage.words) }
        // An index that stays behind would tell of the log that was there before.
        return JournalError(
            .damaged,
            "\(path) is damaged (\(damage.words)); put back a copy of it, with or without its -wal, and take away its "
                + "-shm, or start a new run with --fresh")
    }

    static func foreign(_ path: String) -> JournalError {
        JournalError(
            .foreign,
            "\(path) is no journal of Linecook, or its beginning is damaged; put back a copy of it, or start a "
                + "new run with --fresh")
    }
}
