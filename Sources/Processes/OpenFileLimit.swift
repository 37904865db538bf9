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

    /// How many files this process has open just now, those included that its parent left it. Looks at the first 4,096
    /// places only: under a limit above that nobody runs short.
    package var taken: Int {
        (0..<Int32(min(current, 4_096))).count { fcntl($0, F_GETFD) >= 0 }
    }

    /// How many requests can be open beside so many other files; none where nothing can run.
    ///
    /// A quarter of the room is left free: a connection that has just answered is often not yet there for the next
    /// request, which then opens another.
    package func connections(beside files: Int) -> Int {
        let room = current - files
        return room < 1 ? 0 : max(1, room - room / 4)
    }

    /// Why nothing can run at all, and what helps; nil when something can.
    package func lack(beside files: Int) -> String? {
        guard connections(beside: files) < 1 else { return nil }
        return """
            only \(current) files may be open at once, and this run needs \(files + 1) at least; raise it with \
            `ulimit -n 4096` before the run
            """
    }

    /// Why fewer requests than asked for can be open at once, and what helps; nil when they can.
    package func shortage(for connections: Int, beside files: Int) -> String? {
        let most = self.connections(beside: files)
        guard connections > most else { return nil }
        return """
            only \(current) files may be open at once, so at most \(most) request\(most == 1 ? "" : "s") instead of \
            \(connections); raise it with `ulimit -n \(max(4_096, connections + files))` before the run
            """
    }

    #if canImport(Glibc)
        private static var openFiles: __rlimit_resource_t { .init(RLIMIT_NOFILE.rawValue) }
    #else
        private static var openFiles: CInt { RLIMIT_NOFILE }
    #endif
}
