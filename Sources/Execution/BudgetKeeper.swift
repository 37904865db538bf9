internal import Locks

/// A run's budget, asked by many tasks. Who finds no room waits, in order, for open calls to settle.
///
/// Nobody waits who has something reserved, so that waiting always ends.
final class BudgetKeeper: Sendable {
    fileprivate struct Waiter {
        let number: Int
        let worst: Int64
        let continuation: CheckedContinuation<Bool, Never>
    }

    fileprivate struct State {
        var budget: Budget
        var waiters: [Waiter] = []
        var nextNumber = 0
        var cancelled: Set<Int> = []
        /// What was wanted when there was no room for it, and nothing open.
        var refused: Int64?
    }

    private let state: Guarded<State>

    init(_ budget: Budget) { state = Guarded(State(budget: budget)) }

    /// The budget as it stands.
    var budget: Budget { state.withLock { $0.budget } }
    /// How many wait for room.
    var waiting: Int { state.withLock { $0.waiters.count } }

    /// Whether a call that may cost so much would be let go at once, as it looks just now.
    func hasRoom(for worst: Int64) -> Bool {
        state.withLock { state in
            var budget = state.budget
            return state.waiters.isEmpty && budget.reserve(worst) == .granted
        }
    }

    /// Sets aside what a call may cost; false where there is no room for it in what is left, or the task is cancelled.
    func reserve(_ worst: Int64) async -> Bool {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Bool? in
                    if state.cancelled.remove(number) != nil { return false }
                    if state.refused != nil { return false }
                    // Those who wait came first.
                    if state.waiters.isEmpty {
                        switch state.budget.reserve(worst) {
                        case .granted: return true
                        case .exhausted:
                            state.refused = worst
                            return false
                        case .wait: break
                        }
                    }
                    state.waiters.append(Waiter(number: number, worst: worst, continuation: continuation))
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let (waiter, answered) = state.withLock { state -> (Waiter?, [(Waiter, Bool)]) in
                guard let place = state.waiters.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return (nil, [])
                }
                let waiter = state.waiters.remove(at: place)
                return (waiter, state.answerWaiters())
            }
            waiter?.continuation.resume(returning: false)
            for (waiter, isGranted) in answered { waiter.continuation.resume(returning: isGranted) }
        }
    }

    func settle(_ worst: Int64, cost: Int64) {
        let answered = state.withLock { state in
            state.budget.settle(worst, cost: cost)
            return state.answerWaiters()
        }
        for (waiter, isGranted) in answered { waiter.continuation.resume(returning: isGranted) }
    }

    /// Why the next call may not start, once one was refused for good.
    var stop: StopReason? {
        state.withLock { state in
            state.refused.map { .budget(limit: state.budget.limit, spent: state.budget.spent, next: $0) }
        }
    }
}

extension BudgetKeeper.State {
    /// Lets those who wait go as far as there is room, or sends all away where there will be none.
    fileprivate mutating func answerWaiters() -> [(BudgetKeeper.Waiter, Bool)] {
        var answered: [(BudgetKeeper.Waiter, Bool)] = []
        while let first = waiters.first {
            switch budget.reserve(first.worst) {
            case .granted: answered.append((waiters.removeFirst(), true))
            case .wait: return answered
            case .exhausted:
                refused = first.worst
                answered += waiters.map { ($0, false) }
                waiters = []
            }
        }
        return answered
    }
}
