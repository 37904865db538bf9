import Synchronization

/// Counts who is in, and the most there were at once.
final class Gauge: Sendable {
    private let counts = Mutex((now: 0, peak: 0, total: 0))

    var peak: Int { counts.withLock { $0.peak } }
    var total: Int { counts.withLock { $0.total } }

    func enter() {
        counts.withLock { counts in
            counts.now += 1
            counts.total += 1
            counts.peak = max(counts.peak, counts.now)
        }
    }

    func leave() { counts.withLock { $0.now -= 1 } }
}
