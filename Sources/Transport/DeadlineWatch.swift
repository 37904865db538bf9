internal import NIOCore
internal import Synchronization

/// Ends what takes too long: one timer for all requests, set to the next that could be late.
///
/// A timer for each request would have to be set and cleared on the event loop's thread, which costs two visits there a
/// request; nearly all of them end in time.
final class DeadlineWatch: Sendable {
    private struct Entry {
        let deadline: NIODeadline
        let end: @Sendable () -> Void
    }

    private struct State {
        var open: [Int: Entry] = [:]
        var nextNumber = 0
        /// When the timer goes off; nil when none is set.
        var timer: NIODeadline?
    }

    private let loop: any EventLoop
    private let state = Mutex(State())

    init(loop: any EventLoop) { self.loop = loop }

    /// Watches until ``forget(_:)``; `end` is called at the deadline, from the event loop.
    func watch(until deadline: NIODeadline, end: @escaping @Sendable () -> Void) -> Int {
        let (number, needsTimer) = state.withLock { state in
            state.nextNumber += 1
            state.open[state.nextNumber] = Entry(deadline: deadline, end: end)
            let needsTimer = state.timer.map { deadline < $0 } ?? true
            if needsTimer { state.timer = deadline }
            return (state.nextNumber, needsTimer)
        }
        if needsTimer { setTimer(deadline) }
        return number
    }

    func forget(_ number: Int) {
        state.withLock { _ = $0.open.removeValue(forKey: number) }
    }

    private func setTimer(_ deadline: NIODeadline) {
        // Held weakly: a timer of minutes must not keep what is long closed.
        _ = loop.scheduleTask(deadline: deadline) { [weak self] in self?.look() }
    }

    private func look() {
        let now = NIODeadline.now()
        let (late, next) = state.withLock { state in
            // An earlier timer than the one that counts, or one that came in its place.
            if let timer = state.timer, timer > now { return ([Entry](), NIODeadline?.none) }
            let late = state.open.filter { $0.value.deadline <= now }
            for number in late.keys { state.open[number] = nil }
            state.timer = state.open.values.map(\.deadline).min()
            return (Array(late.values), state.timer)
        }
        for entry in late { entry.end() }
        if let next { setTimer(next) }
    }
}
