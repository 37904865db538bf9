internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How many files and connections this process may have open.
///
/// The soft limit is often 1,024 or, on macOS, 256: too few for a thousand requests at once. It is raised to the hard one at
/// the start; children get the old one back, because programs that use `select` break above it.
package struct OpenFileLimit: Hashable, Sendable {
    /// What this process may open now.
    package var current: Int
    /// What it was started with.
    package var original: Int

    private static let started = Mutex<Int?>(nil)

    /// Raises the soft limit to the hard one. Does nothing the second time.
    package static func raise() -> OpenFileLimit {
        var limits = rlimit()
        guard getrlimit(openFiles, &limits) == 0 else { return OpenFileLimit(current: 256, original: 256) }
        let original = started.withLock { started in
            let original = started ?? Int(clamping: limits.rlim_cur)
            started = original
            return original
        }
        // macOS calls the hard limit unlimited and then takes no more than OPEN_MAX.
        let most = rlim_t(1 << 20)
        for wanted in [min(limits.rlim_max, most), 10_240] where wanted > limits.rlim_cur && wanted <= limits.rlim_max {
            var raised = limits
            raised.rlim_cur = wanted
            if setrlimit(openFiles, &raised) == 0 {
                limits = raised
                break
            }
        }
        return OpenFileLimit(current: Int(clamping: limits.rlim_cur), original: original)
    }

    /// What children are to get, if it is not what they would inherit.
    static var forChildren: Int? {
        guard let original = started.withLock({ $0 }) else { return nil }
        var limits = rlimit()
        guard getrlimit(openFiles, &limits) == 0, Int(clamping: limits.rlim_cur) != original else { return nil }
        return original
    }

    /// How many connections there is room for beside files of our own, at least one.
    package var connections: Int { max(1, current - Self.ownFiles) }

    /// Why fewer requests than asked for can be open at once, and what helps; nil when they can.
    package func shortage(for connections: Int) -> String? {
        guard connections > self.connections else { return nil }
        return """
            only \(current) files may be open at once, so at most \(self.connections) requests instead of \(connections); \
            raise it with `ulimit -n \(connections + Self.ownFiles)` before the run
            """
    }

    /// Inputs, outputs, the journal, the reports, children's pipes.
    private static let ownFiles = 64

    #if canImport(Glibc)
        private static var openFiles: __rlimit_resource_t { .init(RLIMIT_NOFILE.rawValue) }
    #else
        private static var openFiles: CInt { RLIMIT_NOFILE }
    #endif
}
