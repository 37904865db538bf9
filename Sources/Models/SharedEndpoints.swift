internal import Calls
internal import Synchronization

/// The limits of every endpoint that a run's models are asked at: one for each pair of address and key, because that is
/// what providers count by.
final class SharedEndpoints: Sendable {
    private struct Name: Hashable {
        var url: String
        var key: String?
    }

    private let patience: Swift.Duration
    private let clock: any Clock<Swift.Duration>
    private let stopping: StopFlag
    private let tell: @Sendable (String) -> Void
    private let known = Mutex<[Name: EndpointLimits]>([:])

    init(
        patience: Swift.Duration, clock: any Clock<Swift.Duration>, stopping: StopFlag,
        tell: @escaping @Sendable (String) -> Void
    ) {
        self.patience = patience
        self.clock = clock
        self.stopping = stopping
        self.tell = tell
    }

    func limits(of url: String, key: Secret?) -> EndpointLimits {
        known.withLock { known in
            let name = Name(url: url, key: key?.revealed)
            if let limits = known[name] { return limits }
            let limits = EndpointLimits(
                name: url, patience: patience, clock: clock, stopping: stopping, tell: tell)
            known[name] = limits
            return limits
        }
    }
}
