internal import Subprocess
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
#if canImport(System)
    internal import System
#else
    internal import SystemPackage
#endif

/// A server that runs as our child for as long as we live, and no longer.
///
/// A child survives its parent, also when that is killed, so a small shell stands between: it starts the server, holds
/// the reading end of a pipe of ours, and ends the server when that pipe closes, which the kernel does for us however we
/// end. Shell and server have a session of their own, so that Ctrl-C in our terminal leaves them to finish what is in
/// flight.
package final class GuardedServer: Sendable {
    private struct State {
        var tail: [String] = []
        /// Our end of the pipe; -1 once closed.
        var leash: CInt
        var ending: ChildEnding?
        var waiting: [CheckedContinuation<ChildEnding, Never>] = []
    }

    /// How many of its last lines are kept for messages.
    private static let tailLength = 20
    private static let longestLine = 2_000

    private let state: Mutex<State>

    private init(leash: CInt) {
        state = Mutex(State(leash: leash))
    }

    deinit { closeLeash() }

    /// Starts a server. That it runs says nothing yet of whether it is ready, and a program that cannot be run shows as
    /// an ``exit()``.
    ///
    /// - Parameters:
    ///   - program: a path.
    ///   - grace: between asking it to end and killing it.
    ///   - onLine: gets each line of its standard output and error.
    package static func start(
        program: String, arguments: [String], environment: ChildEnvironment = ChildEnvironment(), grace: Int = 3,
        onLine: @escaping @Sendable (String) -> Void = { _ in }
    ) -> GuardedServer {
        var ends: [CInt] = [-1, -1]
        guard makePipe(&ends) == 0 else {
            let server = GuardedServer(leash: -1)
            server.ended(.notStarted("no pipe for it: \(String(cString: strerror(errno)))"))
            return server
        }
        let server = GuardedServer(leash: ends[1])
        let launch = Launch(path: "/bin/sh", arguments: ["-c", watchdog, String(grace), program] + arguments)
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        let reading = FileDescriptor(rawValue: ends[0])
        // Its own task: it lives as long as the process, whoever asked for it. It holds no reference to the server, whose
        // end closes the leash.
        Task { [weak server, options] in
            let ending: ChildEnding
            do {
                let result = try await Subprocess.run(
                    .path(FilePath(launch.path)), arguments: Arguments(launch.arguments),
                    environment: environment.environment, platformOptions: options,
                    input: .fileDescriptor(reading, closeAfterSpawningProcess: true), output: .sequence,
                    error: .combinedWithOutput
                ) { [weak server] child in
                    var lines = LineSplitter(limit: longestLine)
                    for try await part in child.standardOutput {
                        for line in lines.add(part.array) {
                            server?.heard(line)
                            onLine(line)
                        }
                    }
                    for line in lines.finish() {
                        server?.heard(line)
                        onLine(line)
                    }
                }
                switch result.terminationStatus {
                case .exited(let code): ending = .exited(Int(code))
                case .signaled(let signal): ending = .signalled(Int(signal))
                }
            } catch {
                ending = .notStarted("\(error)")
            }
            server?.ended(ending)
        }
        return server
    }

    /// The last lines it wrote, oldest first.
    package var lastLines: [String] { state.withLock { $0.tail } }

    /// Waits for its end.
    package func exit() async -> ChildEnding {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiting.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    /// Ends it: first with SIGTERM, after the grace with SIGKILL. Returns when it is gone.
    @discardableResult
    package func stop() async -> ChildEnding {
        closeLeash()
        return await exit()
    }

    private func closeLeash() {
        let leash = state.withLock { state in
            let leash = state.leash
            state.leash = -1
            return leash
        }
        if leash >= 0 { close(leash) }
    }

    private func heard(_ line: String) {
        state.withLock { state in
            if state.tail.count == Self.tailLength { state.tail.removeFirst() }
            state.tail.append(line)
        }
    }

    private func ended(_ ending: ChildEnding) {
        let waiting = state.withLock { state in
            let waiting = state.waiting
            state.ending = ending
            state.waiting = []
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: ending) }
        closeLeash()
    }

    /// Nobody else's child gets either end: swift-subprocess passes on nothing but the three standard files.
    static func makePipe(_ ends: inout [CInt]) -> CInt {
        guard pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return 0
    }

    /// `$0` is the grace in seconds, the rest the server and its arguments; standard input is the leash.
    ///
    /// The server never holds the leash, and the shells hold none of its output and say nothing in its name. A
    /// shell's background job has no interrupt to lose: it is in a session of its own.
    private static let watchdog = """
        exec 3<&0 </dev/null
        "$@" 3<&- &
        server=$!
        exec >/dev/null 2>&1
        {
            while read -r _ <&3; do :; done
            kill -TERM "$server"
            left=$(($0 * 10))
            while [ "$left" -gt 0 ] && kill -0 "$server"; do
                sleep 0.1
                left=$((left - 1))
            done
            kill -KILL 0
        } &
        watcher=$!
        exec 3<&-
        wait "$server"
        code=$?
        kill "$watcher"
        wait "$watcher"
        exit "$code"
        """
}

/// Cuts bytes that come in pieces into lines; a line without end is cut at a limit.
struct LineSplitter {
    let limit: Int
    private var rest: [UInt8] = []

    init(limit: Int) { self.limit = limit }

    mutating func add(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            rest += part.prefix(limit - rest.count)
            lines += finish()
        }
        let last = bytes.suffix(from: (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1)
        rest += last.prefix(limit - rest.count)
        return lines
    }

    /// What stands there without its end.
    mutating func finish() -> [String] {
        defer { rest = [] }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        return rest.isEmpty ? [] : [String(decoding: rest, as: UTF8.self)]
    }
}
