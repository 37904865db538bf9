package import Calls
package import Transport

/// What all steps share that ask the web: connections, and the limits of each host.
package struct WebAccess: Sendable {
    let client: WebClient
    /// Of pages: a host that is out of reach holds up those records alone that want its pages.
    let hosts: HostLimits
    /// Of what is sent.
    let targets: HostLimits
    let transport: any HTTPTransport
    let policy: RetryPolicy
    let clock: any Clock<Swift.Duration>
    /// Raised when the run stops.
    let stopping: StopFlag

    /// - Parameters:
    ///   - overrides: where requests for pages of some hosts go instead.
    ///   - transport: for what is sent.
    ///   - patience: how long a host may be out of reach before the records that want its pages fail.
    ///   - stopping: see ``EndpointLimits``.
    ///   - tell: is told what makes a run wait: where something is sent that nobody takes.
    package init(
        overrides: [HostOverride] = [], transport: any HTTPTransport = NetworkTransport(),
        policy: RetryPolicy = RetryPolicy(),
        clock: any Clock<Swift.Duration> = ContinuousClock(), patience: Swift.Duration = .seconds(30),
        stopping: StopFlag = StopFlag(), tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        client = WebClient(overrides: overrides)
        hosts = HostLimits(patience: patience, clock: clock, stopping: stopping)
        targets = HostLimits(patience: patience, clock: clock, stopping: stopping, tell: tell)
        self.stopping = stopping
        self.transport = transport
        self.policy = policy
        self.clock = clock
    }

    package func close() async {
        await client.close()
        await transport.close()
    }
}
