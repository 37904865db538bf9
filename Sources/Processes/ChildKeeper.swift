internal import Subprocess

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

/// Ends children when we are gone, also when we are killed: a small shell that knows their process groups.
///
/// It reads from a pipe of ours which group was begun and which has ended. The pipe closes when we end, however that comes
/// about, and then it kills the groups that are left. One for all children; it has a session of its own, out of
/// reach of our terminal.
final class ChildKeeper: Sendable {
    /// Started with the first child. Where it cannot be, no child is begun: nobody would see to its end.
    static let shared = Task { try await start() }

    struct NotThere: Error, CustomStringConvertible {
        var reason: String
        var description: String { "the shell that ends programs when this one is gone \(reason)" }
    }

    /// Our end of the pipe, open for as long as we live.
    private let leash: CInt

    init(leash: CInt) { self.leash = leash }

    /// Returns once the shell is there, so that no child is begun before.
    private static func start() async throws -> ChildKeeper {
        var ends: [CInt] = [-1, -1]
        guard GuardedServer.makePipe(&ends) == 0 else {
            throw NotThere(reason: "has no pipe: \(String(cString: strerror(errno)))")
        }
        let reading = FileDescriptor(rawValue: ends[0])
        let launch = Launch(path: "/bin/sh", arguments: ["-c", script], openFiles: nil)
        var options = PlatformOptions()
        options.createSession = true
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Task { [options] in
                var isThere = false
                do {
                    _ = try await Subprocess.run(
                        .path(FilePath(launch.path)), arguments: Arguments(launch.arguments),
                        environment: ChildEnvironment().environment, platformOptions: options,
                        input: .fileDescriptor(reading, closeAfterSpawningProcess: true), output: .discarded,
                        error: .discarded
                    ) { _ in
                        isThere = true
                        continuation.resume()
                    }
                } catch {
                    // How it ends, once it was there, is told by the pipe.
                    if !isThere { continuation.resume(throwing: NotThere(reason: "cannot be started: \(error)")) }
                }
            }
        }
        return ChildKeeper(leash: ends[1])
    }

    /// - Throws: ``NotThere`` if nobody will end the group.
    func began(_ group: pid_t) throws(NotThere) {
        let failure = tell("+", group)
        guard failure == 0 else { throw NotThere(reason: "is gone: \(String(cString: strerror(failure)))") }
    }

    /// A shell that is gone ends nobody, and need not know.
    func ended(_ group: pid_t) { _ = tell("-", group) }

    /// - Returns: 0, or the error's number. A line so short is written whole or not at all.
    private func tell(_ sign: String, _ group: pid_t) -> CInt {
        let line = Array("\(sign) \(group)\n".utf8)
        while write(leash, line, line.count) < 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }

    private static let script = """
        groups=' '
        while read -r sign group; do
            case $sign in
            +) groups="$groups$group " ;;
            -) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
            esac
        done
        for group in $groups; do kill -s KILL -- "-$group"; done
        """
}
