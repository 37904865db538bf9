internal import Subprocess

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What is really started: the program, by way of a shell where it must first get its old open-file limit back.
///
/// There is no hook between fork and exec, and our own limit cannot be lowered for a moment while other threads work.
struct Launch {
    var path: String
    var arguments: [String]

    init(path: String, arguments: [String], openFiles: Int? = OpenFileLimit.forChildren) {
        // A child that closed its end of a pipe is told by an error, not by a signal that would end us. Children start
        // with every signal at its default.
        _ = Self.ignoresBrokenPipes
        if let openFiles {
            self.path = "/bin/sh"
            self.arguments = ["-c", "ulimit -Sn \"$0\"; exec \"$@\"", String(openFiles), path] + arguments
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
