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
    /// Started with the first child.
    static let shared = Task { await start() }

    /// Our end of the pipe, open for as long as we live; -1 where there is none.
    private let leash: CInt

    private init(leash: CInt) { self.leash = leash }

    /// Returns once the shell is there, so that no child is begun before.
    private static func start() async -> ChildKeeper {
        var ends: [CInt] = [-1, -1]
        guard GuardedServer.makePipe(&ends) == 0 else { return ChildKeeper(leash: -1) }
        let reading = FileDescriptor(rawValue: ends[0])
        let launch = Launch(path: "/bin/sh", arguments: ["-c", script], openFiles: nil)
        var options = PlatformOptions()
        options.createSession = true
        await withCheckedContinuation { continuation in
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
                    // Without it children work as well; they only live on where we are killed.
                }
                if !isThere { continuation.resume() }
            }
        }
        return ChildKeeper(leash: ends[1])
    }

    func began(_ group: pid_t) { tell("+", group) }
    func ended(_ group: pid_t) { tell("-", group) }

    private func tell(_ sign: String, _ group: pid_t) {
        guard leash >= 0 else { return }
        let line = Array("\(sign) \(group)\n".utf8)
        _ = write(leash, line, line.count)
    }

    private static let script = """
        groups=' '
        while read -r sign group; do
            case $sign in
            +) groups="$groups$group " ;;
            -) groups="${groups%% $group *} ${groups#* $group }" ;;
            esac
        done
        for group in $groups; do kill -s KILL -- "-$group"; done
        """
}
