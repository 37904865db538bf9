#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Programs that the package builds for its tests.
public enum TestProgram {
    /// The path of a built program, which lies beside the tests.
    ///
    /// - Precondition: the test's target names the program in `testUses`.
    public static func path(_ name: String) -> String {
        // The tests are the program on Linux, and an argument of it on macOS.
        for argument in CommandLine.arguments where argument.contains("/") {
            var parts = argument.split(separator: "/", omittingEmptySubsequences: false)
            while parts.count > 1 {
                parts.removeLast()
                let candidate = parts.joined(separator: "/") + "/" + name
                if access(candidate, X_OK) == 0 { return candidate }
            }
        }
        preconditionFailure("'\(name)' is not built: does the test target name it in testUses?")
    }

    /// What a shell's command writes; nil where it cannot be run.
    public static func output(of command: String) -> [UInt8]? {
        guard let stream = popen(command, "r") else { return nil }
        defer { pclose(stream) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&part, 1, part.count, stream), count > 0 { bytes += part.prefix(count) }
        return bytes
    }
}
