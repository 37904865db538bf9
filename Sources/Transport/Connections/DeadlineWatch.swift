internal import Calls
internal import NIOCore
internal import Synchronization

/// Ends calls that take too long: one timer for all of them, set to the next that could be late.
///
/// A timer for each call would have to be set and cleared on the event loop's thread, which costs two visits there a
/// request; nearly all of them end in time.
final class DeadlineWatch: Sendable {
    private struct Entry {
        let deadline: NIODeadline
        let call: HTTPCall
    }

    private struct State {
        var open: [Int: Entry] = [:]
        var nextNumber = 0
        /// When the timer goes off; nil when none is set.
        var timer: NIODeadline?
        var isClosed = false
    }

    private let loop: any EventLoop
    private let state = Mutex(State())

    init(loop: any EventLoop) { self.loop = loop }

    /// Watches a call until ``forget(_:)``.
    func watch(_ call: HTTPCall, until deadline: NIODeadline) -> Int {
        let (number, needsTimer, isClosed) = state.withLock { state in
            state.nextNumber += 1
            guard !state.isClosed else { return (state.nextNumber, false, true) }
            state.open[state.nextNumber] = Entry(deadline: deadline, call: call)
            let needsTimer = state.timer.map { deadline < $0 } ?? true
            if needsTimer { state.timer = deadline }
            return (state.nextNumber, needsTimer, false)
        }
        if needsTimer { setTimer(deadline) }
        if isClosed { call.fail(.cancelled) }
        return number
    }

    func forget(_ number: Int) {
        state.withLock { _ = $0.open.removeValue(forKey: number) }
    }

    /// Ends every call that is open, and those that come later.
    func close() {
        let open = state.withLock { state in
            state.isClosed = true
            defer { state.open = [:] }
            return state.open.values.map(\.call)
        }
        for call in open { call.fail(.cancelled) }
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
        for entry in late { entry.call.timeIsOver() }
        if let next { setTimer(next) }
    }
}
