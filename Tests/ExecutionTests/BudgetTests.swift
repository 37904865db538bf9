import Journaling
import Runs
import Steps
import Synchronization
import Testing
import Values

@testable import Execution
@testable import Planning

@Suite struct BudgetTests {
    @Test func `what is set aside and what is spent never pass the limit`() {
        var budget = Budget(limit: 100, spent: 10)
        var verdicts = [budget.reserve(40), budget.reserve(50), budget.reserve(1)]
        #expect(verdicts == [.granted, .granted, .wait])
        budget.settle(40, cost: 5)
        verdicts = [budget.reserve(35), budget.reserve(1)]
        #expect(verdicts == [.granted, .wait])
        budget.settle(50, cost: 50)
        budget.settle(35, cost: 35)
        verdicts = [budget.reserve(1)]
        #expect(verdicts == [.exhausted])
        #expect(budget.spent == 100 && budget.reserved == 0 && budget.open == 0)
    }

    @Test func `a call that costs more than the whole budget has no room from the start`() {
        var budget = Budget(limit: 100)
        let verdict = budget.reserve(101)
        #expect(verdict == .exhausted)
    }

    @Test func `a limit that was lowered below what is spent leaves no room`() {
        var budget = Budget(limit: 100, spent: 500)
        let verdict = budget.reserve(1)
        #expect(verdict == .exhausted)
    }

    @Test(.timeLimit(.minutes(5))) func `who finds no room waits for an open call, in order`() async {
        let keeper = BudgetKeeper(Budget(limit: 100))
        #expect(await keeper.reserve(80))
        async let first = keeper.reserve(60)
        while keeper.waiting < 1 { await Task.yield() }
        async let second = keeper.reserve(10)
        while keeper.waiting < 2 { await Task.yield() }
        keeper.settle(80, cost: 20)
        #expect(await first)
        #expect(await second)
        #expect(keeper.budget.reserved == 70)
    }

    @Test(.timeLimit(.minutes(5))) func `when nothing is open any more all who wait are sent away`() async {
        let keeper = BudgetKeeper(Budget(limit: 100))
        #expect(await keeper.reserve(80))
        async let first = keeper.reserve(60)
        while keeper.waiting < 1 { await Task.yield() }
        async let second = keeper.reserve(60)
        while keeper.waiting < 2 { await Task.yield() }
        keeper.settle(80, cost: 80)
        #expect(await [first, second] == [false, false])
        #expect(keeper.stop == .budget(limit: 100, spent: 80, next: 60))
        #expect(await keeper.reserve(1) == false)
    }

    @Test(.timeLimit(.minutes(5))) func `who is cancelled while waiting leaves, and does not hold up the next`() async {
        let keeper = BudgetKeeper(Budget(limit: 100))
        #expect(await keeper.reserve(80))
        let large = Task { await keeper.reserve(60) }
        while keeper.waiting < 1 { await Task.yield() }
        async let small = keeper.reserve(20)
        while keeper.waiting < 2 { await Task.yield() }
        large.cancel()
        #expect(await large.value == false)
        #expect(await small)
    }
}

@Suite struct BudgetJournalTests {
    private func entry(_ kind: JournalEntry.Kind, _ ordinal: Int, worst: Int64? = nil, cost: Int64? = nil)
        -> JournalEntry
    {
        JournalEntry(
            ordinal: ordinal, step: 0, kind: kind, at: Timestamp(seconds: 0),
            body: worst.map { Array("\($0)".utf8) } ?? [],
            usage: cost.map { Usage(cost: $0) })
    }

    @Test func `a start keeps what it may cost`() async throws {
        let journal = MemoryJournal()
        let step = PaidFake { _ in .stopped }
        let plan = Plan.fake(NumberSource(size: 1), steps: [.fake("ask", .answered(step))])
        var options = Executor.Options(lanes: 1, width: 1)
        options.budget = Budget(limit: 1_000)
        _ = try await Executor(
            plan: plan, journal: journal, control: RunControl(), tally: RunTally(steps: 1), options: options
        ).run(as: .null)
        let kept = try KeptRun(reading: journal.reader(), steps: 1)
        #expect(kept.inDoubt.map(\.worstCost) == [300])
        #expect(kept.usage.cost == 300)
    }
}

@Suite(.timeLimit(.minutes(5))) struct SpendingTests {
    private let keeper = BudgetKeeper(Budget(limit: 1_000))
    private let control = RunControl()

    private func spending() async -> Spending {
        _ = await keeper.reserve(300)
        return Spending(worst: 300, keeper: keeper, control: control)
    }

    /// What is spent and the usage that is told, after a question whose tries end like this.
    private func outcome(lost: Int = 0, _ reply: Reply) async -> (spent: Int64, cost: Int64?) {
        let step = PaidFake { repeats in
            for _ in 0..<lost where !(await repeats()) { return .stopped }
            return reply
        }
        let told = await spending().perform(step.anyQuestion, of: step, in: step.context)
        #expect(keeper.budget.open == 0 && keeper.budget.reserved == 0)
        switch told {
        case .answered(let answer): return (keeper.budget.spent, answer.usage.cost)
        case .failed(_, let usage): return (keeper.budget.spent, usage?.cost)
        case .outOfReach, .stopped: return (keeper.budget.spent, nil)
        }
    }

    private static func answer(_ cost: Int64) -> Reply { .answered(Answer(body: [], usage: Usage(cost: cost))) }

    @Test func `an answer costs what it says`() async {
        #expect(await outcome(Self.answer(120)) == (120, 120))
    }

    @Test func `tries that may have been paid count at their worst`() async {
        #expect(await outcome(lost: 2, Self.answer(120)) == (720, 720))
    }

    @Test func `a failure that surely cost nothing gives back what was set aside`() async {
        #expect(await outcome(.failed(Failure(.refusedRequest, "no"), nil)) == (0, nil))
    }

    @Test func `a failure that may have been paid counts at its worst`() async {
        #expect(await outcome(.failed(Failure(.timeout, "late", mayHaveActed: true), nil)) == (300, 300))
    }

    @Test func `nobody there costs nothing`() async {
        #expect(await outcome(.outOfReach(Failure(.unreachable, "gone"))) == (0, nil))
    }

    @Test func `what was given up may have been paid`() async {
        #expect(await outcome(.stopped) == (300, nil))
    }

    @Test func `where there is no room for another try the run stops, and all it may have cost is spent`() async {
        #expect(await outcome(lost: 9, Self.answer(1)) == (900, nil))
        #expect(control.reason == .budget(limit: 1_000, spent: 900, next: 300))
    }
}
