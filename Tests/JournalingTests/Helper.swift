import Foundation
import Testing

/// Another program, started by a test: its lines are read as it says them.
///
/// Foundation's `Process` waits for the children of its child too, so this starts and awaits its own.
final class Helper {
    let process: pid_t
    private let output: FileHandle
    private var pending: [UInt8] = []
    private var ended: CInt?

    convenience init(_ name: String, _ arguments: [String]) throws {
        try self.init(path: Self.path(of: name), arguments)
    }

    init(path: String, _ arguments: [String]) throws {
        let pipe = Pipe()
        output = pipe.fileHandleForReading
        let writing = pipe.fileHandleForWriting
        for end in [output, writing] { _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC) }
        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, writing.fileDescriptor, 1)
        #if os(Linux)
            // What other tests have open just now is none of its files: they would wait for the end of a pipe that it has.
            for number in Int32(3)..<1_024 { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child: pid_t = 0
        let problem = posix_spawn(&child, path, &actions, nil, &words, environ)
        try writing.close()
        try #require(problem == 0, "cannot start \(path): \(String(cString: strerror(problem)))")
        process = child
    }

    /// A program that outlived its test would hold the test run's own output open.
    deinit {
        if ended == nil { kill() }
    }

    /// Waits for so many lines; fewer when the program ends before.
    func lines(_ count: Int) throws -> [String] {
        var lines: [String] = []
        while lines.count < count {
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")), lines.count < count {
                lines.append(String(decoding: pending[..<end], as: UTF8.self))
                pending.removeSubrange(...end)
            }
            guard lines.count < count else { break }
            let part = output.availableData
            if part.isEmpty { break }
            pending += part
        }
        return lines
    }

    /// `kill -9`; returns when the process is gone.
    func kill() {
        Foundation.kill(process, SIGKILL)
        _ = status()
    }

    /// The whole lines it has said and nobody has read, once it has ended.
    func rest() -> [String] {
        pending += output.readDataToEndOfFile()
        let lines = pending.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return lines.dropLast().map { String(decoding: $0, as: UTF8.self) }
    }

    /// What it ended with, once it has: as `waitpid` says it, 0 for a good end.
    func status() -> CInt {
        if let ended { return ended }
        var status: CInt = 0
        while waitpid(process, &status, 0) == -1 && errno == EINTR {}
        ended = status
        return status
    }

    /// A program that was built beside the tests.
    static func path(of name: String) -> String {
        #if os(Linux)
            let tests = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        #else
            let tests = Bundle(for: Helper.self).bundleURL
        #endif
        return tests.deletingLastPathComponent().appendingPathComponent(name).path
    }

    static let canTrace: Bool = {
        do {
            let helper = try Helper(path: "/usr/bin/env", ["strace", "-o", "/dev/null", "true"])
            return helper.status() == 0
        } catch { return false }
    }()
}
