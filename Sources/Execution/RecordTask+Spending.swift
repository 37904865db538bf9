internal import Locks
internal import Runs
internal import Steps
internal import Values

extension RecordTask {
    /// Sets aside what a question may cost; nil where the budget has no room for it, and then the run is told to stop.
    func spending(_ worst: Int64) async -> Spending? {
        guard let budget else { return .free }
        // What costs nothing is never held up, also not by a limit that an edit of the recipe has lowered.
        guard worst > 0 else { return .free }
        let spending = Spending(worst: worst, keeper: budget, control: control)
        return await spending.reserve() ? spending : nil
    }
}

/// What is set aside of the budget for one question.
struct Spending: Sendable {
    let worst: Int64
    /// Nil where nothing is to be kept.
    let keeper: BudgetKeeper?
    let control: RunControl

    static var free: Spending { Spending(worst: 0, keeper: nil, control: RunControl()) }

    fileprivate func reserve() async -> Bool {
        guard let keeper else { return true }
        if await keeper.reserve(worst) { return true }
        if let stop = keeper.stop { control.stop(stop) }
        return false
    }

    /// Asks, and settles what was set aside by what came back.
    ///
    /// - Returns: the reply; its usage counts what tries that gave no answer may have cost.
    func perform(_ question: Question, of answered: any AnsweredStep, in context: StepContext) async -> Reply {
        guard let keeper else { return await answered.perform(question, in: context) }
        let tries = Tries()
        var context = context
        context.repeats = {
            // The try before may have been paid: it keeps what was set aside for it, and the next needs as much again.
            tries.lost(worst)
            keeper.settle(worst, cost: worst)
            guard await reserve() else { return false }
            tries.begin()
            return true
        }
        let reply = await answered.perform(question, in: context)
        let (lost, isOpen) = tries.state
        switch reply {
        case .answered(var answer):
            keeper.settle(worst, cost: answer.usage.cost)
            answer.usage.cost += lost
            return .answered(answer)
        case .failed(let failure, let usage):
            let last = usage?.cost ?? (failure.mayHaveActed ? worst : 0)
            keeper.settle(worst, cost: last)
            guard lost + last > 0 else { return reply }
            var counted = usage ?? Usage()
            counted.cost = lost + last
            return .failed(failure, counted)
        case .outOfReach: keeper.settle(worst, cost: 0)
        case .stopped:
            // It may be answered just now: as far as money goes, it was.
            if isOpen { keeper.settle(worst, cost: worst) }
        }
        return reply
    }
}

/// The tries at one question, as far as they may cost.
private final class Tries: Sendable {
    private let tries = Guarded((lost: Int64(0), isOpen: true))

    /// What tries before the present one may have cost, and whether anything is set aside for the present one.
    var state: (lost: Int64, isOpen: Bool) { tries.withLock { $0 } }

    func lost(_ cost: Int64) { tries.withLock { $0 = ($0.lost + cost, false) } }
    func begin() { tries.withLock { $0.isOpen = true } }
}
