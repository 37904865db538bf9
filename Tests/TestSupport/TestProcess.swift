#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A program that runs beside a test and ends with it.
public final class TestProcess: Sendable {
    public let id: Int32
    /// What the program reads as its standard input; closed at the end.
    private let input: Int32
    private let output: Int32

    public struct NotStarted: Error {
        public var program: String
        public var errno: Int32
    }

    /// Starts a program. Its standard error goes where its standard output goes.
    public init(_ program: String, _ arguments: [String] = []) throws {
        var toChild: [Int32] = [-1, -1]
        var fromChild: [Int32] = [-1, -1]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw NotStarted(program: program, errno: errno) }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2)
        #if canImport(Glibc)
            // What other tests have open just now is none of its files: they would wait for the end of a pipe that it has.
            for number in Int32(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var id: Int32 = 0
        let failure = posix_spawn(&id, program, &actions, nil, &words, environ)
        close(toChild[0])
        close(fromChild[1])
        self.id = id
        input = toChild[1]
        output = fromChild[0]
        if failure != 0 { throw NotStarted(program: program, errno: failure) }
    }

    deinit {
        guard id > 0 else { return }
        close(input)
        close(output)
        kill(id, SIGKILL)
        var status: Int32 = 0
        waitpid(id, &status, 0)
    }

    public func send(_ signal: Int32) { kill(id, signal) }

    /// Kills it as `kill -9` would.
    public func kill9() { send(SIGKILL) }

    /// The next line of its output; nil at the end. Blocks.
    public func readLine() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(output, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { break }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
