package import Calls
internal import Synchronization

/// The limits of each host whose pages are asked for: so many requests at once, and a breaker of its own, so that a host
/// that is out of reach holds up nobody but those who ask for its pages.
package final class HostLimits: Sendable {
    private static let mostOpen = 64
    private static let mostIdle = 1_024

    private let patience: Swift.Duration
    private let clock: any Clock<Swift.Duration>
    private let stopping: StopFlag
    private let tell: @Sendable (String) -> Void
    private let hosts = Mutex<[String: (limiter: ModelLimiter, users: Int)]>([:])

    /// - Parameters:
    ///   - patience: how long a host may be out of reach before its pages are given up.
    ///   - stopping, tell: see ``EndpointLimits``.
    package init(
        patience: Swift.Duration = .seconds(30), clock: any Clock<Swift.Duration> = ContinuousClock(),
        stopping: StopFlag = StopFlag(), tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.patience = patience
        self.clock = clock
        self.stopping = stopping
        self.tell = tell
    }

    /// The limits of a page's host, for the time of the use.
    package func using<Result: Sendable>(_ url: WebURL, _ use: (any CallLimiter) async -> Result) async -> Result {
        let name = url.authority
        let limiter = hosts.withLock { hosts in
            if hosts[name] == nil {
                if hosts.count >= Self.mostIdle {
                    hosts = hosts.filter { $0.value.users > 0 || $0.value.limiter.isOutOfReach }
                }
                hosts[name] = (
                    ModelLimiter(
                        .fixed(Self.mostOpen),
                        endpoint: EndpointLimits(
                            name: name, patience: patience, clock: clock, stopping: stopping, tell: tell)),
                    0
                )
            }
            hosts[name]?.users += 1
            return hosts[name]?.limiter
        }
        defer { hosts.withLock { $0[name]?.users -= 1 } }
        guard let limiter else { preconditionFailure("a host that was just added has limits") }
        return await use(limiter)
    }
}
