internal import Locks

/// Told from any thread that something is not wanted any more: an answer, or to wait for who is out of reach.
package final class StopFlag: Sendable {
    private let isRaised = Guarded(false)

    package init() {}

    package func raise() { isRaised.withLock { $0 = true } }
    package var raised: Bool { isRaised.withLock { $0 } }
}
