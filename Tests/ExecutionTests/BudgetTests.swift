import Digests
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

    /// Asks one question whose tries may cost 300 each.
    private func ask(
        _ journal: MemoryJournal, limit: Int64? = 10_000,
        _ ask: @escaping @Sendable (_ repeats: @Sendable () async -> Bool) async throws -> Reply
    ) async throws -> RunTally {
        let step = PaidFake { repeats in
            do {
                return try await ask(repeats)
            } catch {
                Issue.record(error)
                return .failed(Failure(.notJSON, "\(error)"), nil)
            }
        }
        let plan = Plan.fake(NumberSource(size: 1), steps: [.fake("ask", .answered(step))])
        var options = Executor.Options(lanes: 1, width: 1)
        options.budget = limit.map { Budget(limit: $0) }
        let tally = RunTally(steps: 1)
        _ = try await Executor(
            plan: plan, journal: journal, control: RunControl(), tally: tally, options: options
        ).run(as: .null)
        return tally
    }

    private func kept(_ journal: MemoryJournal) throws -> KeptRun { try KeptRun(reading: journal.reader(), steps: 1) }

    @Test(arguments: [10_000, 1_000, nil] as [Int64?])
    func `tries that may have been paid stay counted where a stop ends the question`(limit: Int64?) async throws {
        let journal = MemoryJournal()
        let tally = try await ask(journal, limit: limit) { repeats in
            // With 1,000 there is no room for a fourth.
            for _ in 0..<(limit == 1_000 ? 3 : 2) where !(await repeats()) { return .stopped }
            return .stopped
        }
        #expect(try kept(journal).usage.cost == 900)
        #expect(try kept(journal).inDoubt == [])
        #expect(try journal.reader().usage().first?.usage.cost == 900)
        #expect(tally.snapshot.usage.cost == 900)
    }

    @Test func `tries that may have been paid stay counted where nobody can be reached any more`() async throws {
        let journal = MemoryJournal()
        let tally = try await ask(journal) { repeats in
            for _ in 0..<2 where !(await repeats()) { return .stopped }
            return .outOfReach(Failure(.unreachable, "gone"))
        }
        #expect(try kept(journal).usage.cost == 600)
        #expect(try kept(journal).inDoubt == [])
        #expect(tally.snapshot.usage.cost == 600)
    }

    @Test func `an answer after lost tries costs them and itself`() async throws {
        let journal = MemoryJournal()
        let tally = try await ask(journal) { repeats in
            for _ in 0..<2 where !(await repeats()) { return .stopped }
            return .answered(Answer(body: Array("yes".utf8), usage: Usage(tokensIn: 5, cost: 120)))
        }
        #expect(try kept(journal).usage == Usage(tokensIn: 5, cost: 720))
        #expect(tally.snapshot.usage == Usage(tokensIn: 5, cost: 720))
    }

    @Test func `a process that dies between two tries leaves the lost ones counted, and the open one in doubt`()
        async throws
    {
        let journal = MemoryJournal()
        _ = try await ask(journal) { repeats in
            for lost in 0...2 {
                let kept = try kept(journal)
                guard kept.inDoubt.map(\.worstCost) == [300], kept.usage.cost == Int64(lost + 1) * 300 else { break }
                guard lost < 2, await repeats() else { return .says("yes") }
            }
            return .failed(Failure(.schema, "the journal lacks a try"), nil)
        }
        #expect(try journal.entries(.answer).count == 1)
    }

    @Test func `a try that goes out again is no further call of a forecast`() async throws {
        let journal = MemoryJournal()
        let plan = Plan.fake(NumberSource(size: 1), steps: [.fake("ask", .answered(PaidFake { _ in .stopped }))])
        try await journal.begin(
            RunStart(
                id: "run", at: Timestamp(seconds: 0), recipeText: [], outline: plan.outline,
                plan: SHA256Digest(of: ""), options: nil))
        _ = try await ask(journal) { repeats in await repeats() ? .says("yes") : .stopped }
        let past = try PastCalls(reading: journal.reader())
        #expect(past.steps["ask"]?.calls == 1 && past.steps["ask"]?.records == 1)
        #expect(past.steps["ask"]?.usage.tokensIn == 3)
    }
}

@Suite(.timeLimit(.minutes(5))) struct SpendingTests {
    private let keeper = BudgetKeeper(Budget(limit: 1_000))
    private let control = RunControl()

    private func spending() async -> Spending {
        _ = await keeper.reserve(300)
        return Spending(worst: 300, keeper: keeper, control: control)
    }

    /// What is spent and the usage that is told of the last try, after a question whose tries end like this.
    private func outcome(lost: Int = 0, _ reply: Reply) async -> (spent: Int64, cost: Int64?) {
        let step = PaidFake { repeats in
            for _ in 0..<lost where !(await repeats()) { return .stopped }
            return reply
        }
        let repeated = Counter()
        let told = await spending().perform(step.anyQuestion, of: step, in: step.context) {
            repeated.add(1)
            return true
        }
        #expect(keeper.budget.open == 0 && keeper.budget.reserved == 0)
        #expect(Int64(repeated.value) * 300 + told.cost == keeper.budget.spent)
        switch told.reply {
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
        #expect(await outcome(lost: 2, Self.answer(120)) == (720, 120))
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
