internal import Subprocess

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What is really started: the program, by way of a shell where it must first get its old open-file limit back, a limit on
/// its memory, or leave to begin.
///
/// There is no hook between fork and exec, and our own limits cannot be lowered for a moment while other threads work.
struct Launch {
    var path: String
    var arguments: [String]

    /// - Parameters:
    ///   - memory: bytes of address space; not held to where the system cannot (macOS).
    ///   - waits: whether it begins only behind a first line of its standard input, which it does not see. If the input
    ///     ends before, it never begins.
    init(
        path: String, arguments: [String], openFiles: Int? = OpenFileLimit.forChildren, memory: Int? = nil,
        waits: Bool = false
    ) {
        // A child that closed its end of a pipe is told by an error, not by a signal that would end us. Children start
        // with every signal at its default.
        _ = Self.ignoresBrokenPipes
        let first =
            (waits ? ["read -r _ || exit 125"] : [])
            + (openFiles.map { ["ulimit -Sn \($0)"] } ?? [])
            + (memory.map { ["ulimit -v \($0 >> 10) 2>/dev/null"] } ?? [])
        if !first.isEmpty {
            self.path = "/bin/sh"
            self.arguments = ["-c", "\(first.joined(separator: "; ")); exec \"$0\" \"$@\"", path] + arguments
        } else {
            self.path = path
            self.arguments = arguments
        }
    }

    private static let ignoresBrokenPipes: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return true
    }()
}

extension SubprocessOutputSequence.Buffer {
    var array: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}
