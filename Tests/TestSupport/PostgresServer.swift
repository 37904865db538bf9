#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A PostgreSQL server of a test's own: on a port and in a folder that nobody else has, without a network, run by a user
/// without rights, and stopped and removed at the end.
///
/// The programs are those of Debian's package `postgresql`, which keeps them off the PATH, or those on the PATH.
public final class PostgresServer: Sendable {
    private let folder: TemporaryFolder
    private let programs: String
    private let user: User?
    public let port: Int

    public struct NotStarted: Error {
        public var message: String
    }

    /// Whether a server can be started here; a test that needs one is skipped where not.
    public static var isInstalled: Bool { programsFolder != nil }
    public static let whyNot = "PostgreSQL's server is not installed here; `make test` installs it"

    public init() throws {
        guard let programs = Self.programsFolder else { throw NotStarted(message: Self.whyNot) }
        self.programs = programs
        folder = try TemporaryFolder()
        user = try User.find()
        port = Int.random(in: 20_000..<60_000)
        if let user, chown(folder.path, user.id, user.group) != 0 {
            throw NotStarted(message: "cannot give \(folder.path) to the server's user")
        }
        try run("\(programs)/initdb -D '\(data)' -A trust -U linecook --no-sync -E UTF8 --locale=C")
        try start()
    }

    deinit {
        // One that does not stop in time is ended with its folder gone; nothing here may throw.
        do { try stop() } catch {}
    }

    private var data: String { "\(folder.path)/data" }

    /// How it is reached: through a socket in its folder.
    public var address: String { address(password: nil) }

    public func address(password: String?) -> String {
        "host=\(folder.path) port=\(port) dbname=postgres user=linecook" + (password.map { " password=\($0)" } ?? "")
    }

    public func start() throws {
        let options = "-c listen_addresses= -c unix_socket_directories=\(folder.path) -c port=\(port) -c fsync=off"
        try run("\(programs)/pg_ctl -D '\(data)' -w -t 300 -l '\(folder.path)/log' -o '\(options)' start")
    }

    /// Ends it at once, as a crash would.
    public func stop() throws {
        try run("\(programs)/pg_ctl -D '\(data)' -w -t 300 -m immediate stop")
    }

    /// Runs statements, as whoever owns the database would.
    public func sql(_ statements: String) throws {
        let file = try folder.write("statements.sql", statements)
        try run("\(programs)/psql -q -v ON_ERROR_STOP=1 -d '\(address)' -f '\(file)'")
    }

    /// What a query gives: a line for each row, `|` between its columns.
    public func value(of query: String) throws -> String {
        let file = try folder.write("query.sql", query)
        let command = "'\(programs)/psql' -X -A -t -v ON_ERROR_STOP=1 -d '\(address)' -f '\(file)'"
        var text = String(decoding: TestProgram.output(of: command) ?? [], as: UTF8.self)
        while text.last == "\n" { text.removeLast() }
        return text
    }

    /// Keeps everybody from writing to a table until ``letGo()``; it can be read.
    public func lock(_ table: String) throws {
        let file = try folder.write("lock.sql", "BEGIN; LOCK TABLE \(table) IN SHARE MODE; SELECT pg_sleep(600);")
        let command = "PGAPPNAME=locker '\(programs)/psql' -q -d '\(address)' -f '\(file)' >/dev/null 2>&1 &"
        guard Self.shell(command) == 0 else { throw NotStarted(message: "no session that locks \(table)") }
        let isHeld = """
            SELECT count(*) FROM pg_locks WHERE granted AND mode = 'ShareLock' AND relation = '\(table)'::regclass
            """
        for _ in 0..<10_000 {
            if try value(of: isHeld) == "1" { return }
            usleep(10_000)
        }
        throw NotStarted(message: "nobody locked \(table)")
    }

    public func letGo() throws {
        try sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'")
    }

    /// How many sessions of Linecook wait for a lock, or sleep.
    public func waiting() throws -> Int {
        let query =
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'linecook' AND wait_event_type IN ('Lock', 'Timeout')"
        return Int(try value(of: query)) ?? 0
    }

    private func run(_ command: String) throws {
        let log = folder.path + "/commands"
        let status = Self.shell("cd '\(folder.path)' && \(user?.prefix ?? "")\(command) >>'\(log)' 2>&1")
        guard status == 0 else {
            throw NotStarted(message: "\(command): \(readWhole(log).map { String(decoding: $0, as: UTF8.self) } ?? "")")
        }
    }

    /// Runs a line of a shell, with nothing open that other tests have: the server would keep it open.
    private static func shell(_ line: String) -> Int32 {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        #if canImport(Glibc)
            for number in Int32(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
        let texts: [String] = ["/bin/sh", "-c", line]
        var words = texts.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var id: pid_t = 0
        guard posix_spawn(&id, "/bin/sh", &actions, nil, &words, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// A user who may do nothing: the server refuses to run as root.
    private struct User {
        var id: uid_t
        var group: gid_t

        var prefix: String { "setpriv --reuid=\(id) --regid=\(group) --clear-groups " }

        static func find() throws -> User? {
            guard geteuid() == 0 else { return nil }
            // `getpwnam` has one entry for all threads.
            var entry = passwd()
            var buffer = [CChar](repeating: 0, count: 16 << 10)
            for name in ["postgres", "nobody"] {
                var found: UnsafeMutablePointer<passwd>?
                if getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil {
                    return User(id: entry.pw_uid, group: entry.pw_gid)
                }
            }
            throw NotStarted(message: "there is neither a user 'postgres' nor 'nobody' to run the server as")
        }
    }

    private static let programsFolder: String? = {
        var folders = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").map(String.init)
        // The newest version first.
        folders += (9...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        return folders.first { folder in
            ["initdb", "pg_ctl", "postgres", "psql"].allSatisfy { access("\(folder)/\($0)", X_OK) == 0 }
        }
    }()
}
