import Foundation
import Synchronization
import TestSupport

/// How a `linecook` ended, and what it wrote.
struct Finished: Sendable {
    /// The exit code, or 128 and the signal that ended it, as a shell says it.
    var code: Int32
    var out: String
    var err: String
    /// Whether the test had to end it because it never came to its own end.
    var hung = false

    /// What it said to people, in lines.
    var lines: [Substring] { err.split(separator: "\n", omittingEmptySubsequences: false) }
}

/// A `linecook` that runs beside a test, on pipes or on a terminal of its own.
///
/// A thread takes in all it writes while it runs, so that a full pipe never holds it up.
final class CommandProcess: Sendable {
    struct NotStarted: Error {
        var program: String
        var errno: Int32
    }

    private struct State {
        var out: [UInt8] = []
        var err: [UInt8] = []
        var finished: Finished?
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        /// Whether what was written so far is what it waits for; it waits for the end if nil.
        var isMet: (@Sendable (String) -> Bool)?
        var continuation: CheckedContinuation<Bool, Never>
    }

    let id: pid_t
    /// The near end of its terminal; -1 for one on pipes.
    private let terminal: Int32
    private let state = Mutex(State())

    /// - Parameters:
    ///   - words: the program and its arguments.
    ///   - size: columns and rows of the terminal to run on; on pipes if nil.
    init(
        _ words: [String], in folder: String, environment: [String: String], size: (Int, Int)? = nil,
        limit: TimeInterval = 240
    ) throws {
        let ends: Ends
        if let size { ends = try Ends(terminal: size) } else { ends = try Ends() }
        terminal = ends.isTerminal ? ends.readers[0] : -1
        id = try ends.spawn(words, in: folder, environment: environment)
        let (id, readers) = (id, ends.readers)
        Thread.detachNewThread { [self] in
            let finished = drain(readers, of: id, until: Date(timeIntervalSinceNow: limit))
            let waiters = state.withLock { state in
                state.finished = finished
                defer { state.waiters = [] }
                return state.waiters
            }
            for reader in readers { close(reader) }
            for waiter in waiters {
                let has = waiter.isMet?(finished.out + finished.err) ?? true
                waiter.continuation.resume(returning: has)
            }
        }
    }

    // MARK: What a test does with it

    /// Waits until it has written a text; false if it ends without.
    func says(_ text: String) async -> Bool { await wait { $0.contains(text) } }

    /// Waits until it has written that any record is done; false if it ends without.
    func saysSomeAreDone() async -> Bool { await wait { $0.contains(/[1-9][0-9]* done/) } }

    /// Waits for its end.
    func end() async -> Finished {
        _ = await wait(until: nil)
        return state.withLock { $0.finished } ?? Finished(code: -1, out: "", err: "", hung: true)
    }

    /// What it has written to its standard output, or its terminal, so far.
    var output: String { state.withLock { String(decoding: $0.out, as: UTF8.self) } }

    /// What it has written to its standard error so far; nothing where it runs on a terminal.
    var errors: String { state.withLock { String(decoding: $0.err, as: UTF8.self) } }

    var hasEnded: Bool { state.withLock { $0.finished != nil } }

    /// To a process that has ended nothing is sent: its number may be another's.
    func send(_ signal: Int32) { whileItLives { kill(id, signal) } }

    /// Gives its terminal another size.
    func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        whileItLives { ioctl(terminal, UInt(TIOCSWINSZ), &size) }
    }

    /// Types Ctrl-C on its terminal.
    func typeControlC() {
        type("\u{3}")
    }

    /// Types on its terminal.
    func type(_ text: String) {
        let keys = Array(text.utf8)
        whileItLives { write(terminal, keys, keys.count) }
    }

    // MARK: How

    private func whileItLives(_ act: () -> some Any) {
        state.withLock { state in if state.finished == nil { _ = act() } }
    }

    private func wait(until isMet: (@Sendable (String) -> Bool)?) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if let isMet, isMet(Self.written(state)) { return true }
                if state.finished != nil { return isMet == nil }
                state.waiters.append(Waiter(isMet: isMet, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private static func written(_ state: State) -> String {
        String(decoding: state.out, as: UTF8.self) + String(decoding: state.err, as: UTF8.self)
    }

    private func take(_ bytes: ArraySlice<UInt8>, error: Bool) {
        let woken = state.withLock { state in
            if error { state.err += bytes } else { state.out += bytes }
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let written = Self.written(state)
            let met = state.waiters.map { $0.isMet?(written) ?? false }
            defer { state.waiters = zip(state.waiters, met).filter { !$0.1 }.map(\.0) }
            return zip(state.waiters, met).filter(\.1).map(\.0)
        }
        for waiter in woken { waiter.continuation.resume(returning: true) }
    }

    /// Reads both ends until the process is over. A grandchild may hold them open for longer; nobody waits for that.
    private func drain(_ readers: [Int32], of id: pid_t, until deadline: Date) -> Finished {
        var open = readers
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var status: Int32 = 0
        var over = false
        var hung = false
        while !open.isEmpty {
            var polls = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let ready = poll(&polls, nfds_t(polls.count), over ? 0 : 100)
            if ready <= 0, over { break }
            for polled in polls where polled.revents != 0 {
                // A terminal whose last user has gone says so with an error.
                let count = read(polled.fd, &buffer, buffer.count)
                if count > 0 { take(buffer[..<count], error: polled.fd != readers[0]) }
                if count <= 0 { open.removeAll { $0 == polled.fd } }
            }
            if !over, ready <= 0 { over = waitpid(id, &status, WNOHANG) == id }
            if !over, !hung, Date() > deadline {
                hung = true
                kill(id, SIGKILL)
            }
        }
        if !over { waitpid(id, &status, 0) }
        let signal = status & 0x7F
        return state.withLock { state in
            Finished(
                code: signal == 0 ? (status >> 8) & 0xFF : 128 + signal,
                out: String(decoding: state.out, as: UTF8.self), err: String(decoding: state.err, as: UTF8.self),
                hung: hung)
        }
    }
}

/// The ends of pipes, or of a terminal, that connect a process with its test.
private struct Ends {
    /// Where the test reads.
    var readers: [Int32]
    /// What the process has as its standard output and error.
    private var writers: [Int32]
    private var terminalPath: String?

    var isTerminal: Bool { terminalPath != nil }

    init() throws {
        var out: [Int32] = [-1, -1]
        var err: [Int32] = [-1, -1]
        guard pipe(&out) == 0, pipe(&err) == 0 else {
            throw CommandProcess.NotStarted(program: "pipe", errno: errno)
        }
        readers = [out[0], err[0]]
        writers = [out[1], err[1]]
        for end in readers + writers { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    init(terminal size: (columns: Int, rows: Int)) throws {
        var (near, far): (Int32, Int32) = (-1, -1)
        var size = winsize(
            ws_row: UInt16(size.rows), ws_col: UInt16(size.columns), ws_xpixel: 0, ws_ypixel: 0)
        // `ttyname` has one buffer for all threads.
        var path = [CChar](repeating: 0, count: 256)
        guard openpty(&near, &far, nil, nil, &size) == 0, ttyname_r(far, &path, path.count) == 0 else {
            throw CommandProcess.NotStarted(program: "a terminal", errno: errno)
        }
        for end in [near, far] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        terminalPath = String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        readers = [near]
        writers = [far]
    }

    /// `POSIX_SPAWN_SETSID`, which Glibc's headers keep to themselves.
    private static var newSession: Int16 {
        #if canImport(Glibc)
            0x80
        #else
            Int16(POSIX_SPAWN_SETSID)
        #endif
    }

    /// The near ends are the test's to close; the others are closed here.
    func spawn(_ words: [String], in folder: String, environment: [String: String]) throws -> pid_t {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var flags = Int16(POSIX_SPAWN_SETSIGDEF)
        if let terminalPath {
            // The leader of a new session gets the first terminal that it opens for its own, and so its Ctrl-C.
            flags |= Self.newSession
            posix_spawn_file_actions_addopen(&actions, 0, terminalPath, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, writers[0], 1)
            posix_spawn_file_actions_adddup2(&actions, writers[1], 2)
        }
        #if canImport(Glibc)
            // What other tests have open just now is none of its files. Closing what is not open is no error here.
            for number in Int32(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&defaults, signal) }
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, flags)

        // No way to say so to `posix_spawn` is there on every system.
        let words = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder] + words
        var arguments = words.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in arguments + variables { free(word) } }
        var id: pid_t = 0
        let failure = posix_spawn(&id, words[0], &actions, &attributes, &arguments, &variables)
        for writer in writers { close(writer) }
        guard failure == 0 else {
            for reader in readers { close(reader) }
            throw CommandProcess.NotStarted(program: words[0], errno: failure)
        }
        return id
    }
}
