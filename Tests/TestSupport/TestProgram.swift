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
}
