internal import Dispatch
internal import Execution
internal import Synchronization

/// Stops a run when its time is over, and gives up what is in flight after a grace period. Counts on the monotonic clock.
final class StopTimer: Sendable {
    /// How long what is in flight may take to finish.
    static let grace = Swift.Duration.seconds(30)

    private let control: RunControl
    private let queue = DispatchQueue(label: "linecook.stop-timer")
    private let isCancelled = Mutex(false)

    init(_ control: RunControl) { self.control = control }

    /// From then on nothing is admitted, and a grace period later what is in flight is given up.
    func stop(after time: Swift.Duration) {
        at(time) { [weak self] in
            self?.control.stop(.time(time))
            self?.giveUp(after: Self.grace)
        }
    }

    /// Gives up what is in flight by then, for the reason that the run stops for.
    func giveUp(after time: Swift.Duration) {
        at(time) { [weak self] in
            guard let self, let reason = control.reason else { return }
            control.stopNow(reason)
        }
    }

    /// The run is over; nothing more is stopped.
    func cancel() { isCancelled.withLock { $0 = true } }

    private func at(_ time: Swift.Duration, _ act: @escaping @Sendable () -> Void) {
        let (seconds, attoseconds) = time.components
        // A hundred years fit with ease, and are as good as for ever.
        let wait = DispatchTimeInterval.seconds(Int(min(seconds, 3_155_760_000)))
        let rest = DispatchTimeInterval.nanoseconds(Int(attoseconds / 1_000_000_000))
        queue.asyncAfter(deadline: .now() + wait + rest) { @Sendable [weak self] in
            guard let self, !isCancelled.withLock({ $0 }) else { return }
            act()
        }
    }
}
