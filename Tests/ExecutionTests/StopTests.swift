import Journaling
import Locks
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// Runs that stop by themselves.
@Suite(.timeLimit(.minutes(5))) struct StopTests {
    private func execute(
        _ step: any AnsweredStep, records: Int, width: Int = 8, budget: Budget? = nil, journal: MemoryJournal
    ) async throws -> RunSummary {
        let sink = MemorySink { "\($0.record.id)" }
        let plan = Plan.fake(
            NumberSource(size: records), steps: [.fake("ask", .answered(step), attempts: 3)], outputs: [sink])
        var options = Executor.Options(lanes: 2, width: width)
        options.budget = budget
        let summary = try await Executor(
            plan: plan, journal: journal, control: RunControl(), tally: RunTally(steps: 1), options: options
        ).run(as: .null)
        #expect(summary.imbalance == nil)
        return summary
    }

    /// Knows what to ask only once it was made ready, or known, as a step that asks a model does.
    private struct ModelFake: AnsweredStep {
        private let plain: AnsweredFake
        private let isKnown = Shared(false)
        var readiness: Failure?

        init(readiness: Failure? = nil, _ ask: @escaping @Sendable (_ number: Int, _ attempt: Int) async -> Reply) {
            plain = AnsweredFake(ask)
            self.readiness = readiness
        }

        func identify() async throws(Failure) { isKnown.change { $0 = true } }
        func prepare() async throws(Failure) {
            if let readiness { throw readiness }
            isKnown.change { $0 = true }
        }

        func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
            guard isKnown.value else { throw Failure(.unreachable, "the model was not made ready") }
            return try plain.question(for: row, about: record, attempt: attempt)
        }

        func perform(_ question: Question, in context: StepContext) async -> Reply {
            await plain.perform(question, in: context)
        }
        func read(_ answer: Answer, to question: Question) -> Reading { plain.read(answer, to: question) }
        func words(of answer: Answer) -> String { plain.words(of: answer) }
    }

    @Test func `a resume that is not made ready leaves what is done done, and asks nothing`() async throws {
        let (journal, asked, sink) = (MemoryJournal(), Counter(), MemorySink { "\($0.record.id)" })
        func run(
            _ steps: [ModelFake], _ control: RunControl = RunControl(), isFirst: Bool = false
        ) async throws -> RunSummary {
            let named = zip(["first", "second"], steps).map { PlannedStep.fake($0, .answered($1)) }
            let plan = Plan.fake(NumberSource(size: 60), steps: named, outputs: [sink])
            var options = Executor.Options(lanes: 2, width: 4)
            options.chunkRecords = 20
            let executor = Executor(
                plan: plan, journal: journal, control: control, tally: RunTally(plan), options: options)
            let kept = isFirst ? nil : try KeptRun(reading: journal.reader(), steps: 2)
            if let kept { #expect(try await executor.obstacle(to: kept) == nil) }
            let summary = try await executor.run(as: .null, goingOn: kept)
            #expect(summary.imbalance == nil && summary.counts.failed == 0)
            return summary
        }
        let control = RunControl()
        let ask: @Sendable (Int, Int) async -> Reply = { number, _ in
            if asked.add(1) == 70 { control.stop(.signal(2)) }
            return .says("answer to \(number)")
        }
        let half = try await run([ModelFake(ask), ModelFake(ask)], control, isFirst: true)
        #expect(half.stop != nil && half.counts.done > 0)
        let before = asked.value

        let gone = ModelFake(readiness: Failure(.unreachable, "no such host"), ask)
        let outage = try await run([gone, ModelFake(ask)])
        #expect(outage.counts.done == half.counts.done && outage.counts.notReached == 60 - half.counts.done)
        #expect(asked.value == before)

        #expect(try await run([ModelFake(ask), ModelFake(ask)]).counts.done == 60)
        #expect(sink.lines == (0..<60).map(String.init) && asked.value == 120)
    }

    @Test func `a budget is never passed, and every paid answer is kept`() async throws {
        let journal = MemoryJournal()
        let paid = Counter()
        let step = PaidFake { _ in
            paid.add(70)
            return .answered(Answer(body: Array("yes".utf8), usage: Usage(cost: 70)))
        }
        let summary = try await execute(
            step, records: 200, budget: Budget(limit: 5_000, spent: 100), journal: journal)
        #expect(paid.value <= 4_900)
        // The room that is left is less than a call's worst.
        #expect(paid.value > 4_900 - 300 - 70)
        #expect(summary.counts.done * 70 == paid.value)
        #expect(summary.usage.cost == Int64(paid.value))
        #expect(summary.counts.failed == 0 && summary.counts.notReached == 200 - summary.counts.done)
        #expect(summary.outcome == .stopped)
        guard case .budget(limit: 5_000, let spent, next: 300)? = summary.stop else {
            return #expect(Bool(false), "\(String(describing: summary.stop))")
        }
        #expect(spent == Int64(paid.value) + 100)
    }

    @Test func `steps that cost nothing go on whatever the budget`() async throws {
        let step = AnsweredFake { _, _ in .says("yes") }
        let summary = try await execute(
            step, records: 50, budget: Budget(limit: 10, spent: 10), journal: MemoryJournal())
        #expect(summary.counts.done == 50 && summary.stop == nil)
    }

    @Test func `a model out of reach stops the run, fails no record and uses no attempt`() async throws {
        let journal = MemoryJournal()
        let asked = Counter()
        let step = AnsweredFake { number, _ in
            asked.add(1)
            return number < 20 ? .says("yes") : .outOfReach(Failure(.unreachable, "there cannot be reached"))
        }
        let summary = try await execute(step, records: 500, journal: journal)
        #expect(summary.stop == .unreachable("there cannot be reached"))
        #expect(summary.counts.done == 20)
        #expect(summary.counts.failed == 0 && summary.counts.notReached == 480)
        // Those in flight, and not one after the other of all that remain.
        #expect(asked.value <= 20 + 2 * 8)
        var failures = 0
        try journal.reader().forEachEvent { if $0.entry.kind == .failed { failures += 1 } }
        #expect(failures == 0)
    }

    @Test func `a stop while answerers are made ready ends that, and takes up no record`() async throws {
        let control = RunControl()
        var first = AnsweredFake { _, _ in .says("yes") }
        first.preparing = {
            control.stop(.signal(15))
            while !Task.isCancelled { await Task.yield() }
        }
        first.readiness = Failure(.unreachable, "it was stopped")
        let prepared = Counter()
        var second = AnsweredFake { _, _ in .says("yes") }
        second.preparing = { prepared.add(1) }
        let journal = MemoryJournal()
        let plan = Plan.fake(
            NumberSource(size: 20), steps: [.fake("ask", .answered(first)), .fake("then", .answered(second))])
        let summary = try await Executor(
            plan: plan, journal: journal, control: control, tally: RunTally(steps: 2),
            options: Executor.Options(lanes: 2, width: 8)
        ).run(as: .null)
        #expect(summary.stop == .signal(15))
        #expect(summary.counts.read == 20 && summary.counts.notReached == 20)
        #expect(summary.imbalance == nil)
        #expect(prepared.value == 0)
        #expect(try journal.reader().inDoubt() == [])
    }

    @Test func `records in flight are given up also when none is left to admit`() async throws {
        let (control, tally) = (RunControl(), RunTally(steps: 1))
        let step = AnsweredFake { number, _ in
            guard number == 1 else { return .says("yes") }
            control.stop(.signal(15))
            // The other is through by then, and the last record was admitted long ago.
            while tally.snapshot.counts.done < 1 { await Task.yield() }
            for _ in 0..<1_000 { await Task.yield() }
            control.stopNow(.signal(15))
            while !Task.isCancelled { await Task.yield() }
            return .stopped
        }
        let plan = Plan.fake(NumberSource(size: 2), steps: [.fake("ask", .answered(step))])
        let summary = try await Executor(
            plan: plan, journal: MemoryJournal(), control: control, tally: tally,
            options: Executor.Options(lanes: 2, width: 8)
        ).run(as: .null)
        #expect(summary.counts.done == 1 && summary.counts.notReached == 1)
        #expect(summary.imbalance == nil)
    }

    @Test func `the window follows the width that a step finds`() async throws {
        let found = FoundWidth(1)
        let (open, most) = (Counter(), Counter())
        let step = WidthFake(found: found) {
            most.raise(to: open.add(1))
            if open.value == found.width + 16, found.width < 40 { found.widen(to: 40) }
            // Nobody leaves before the window has followed.
            while found.width < 40 || most.value <= 17 { await Task.yield() }
            for _ in 0..<20 { await Task.yield() }
            open.add(-1)
        }
        let plan = Plan.fake(NumberSource(size: 300), steps: [.fake("ask", .answered(step))])
        let summary = try await Executor(
            plan: plan, journal: MemoryJournal(), control: RunControl(), tally: RunTally(steps: 1),
            options: Executor.Options(lanes: 2, width: plan.width)
        ).run(as: .null)
        #expect(summary.counts.done == 300)
        #expect(most.value > 17 && most.value <= 56)
    }

    @Test func `a window that narrows admits nobody until enough have left`() async {
        let window = AdmissionWindow(width: 3)
        for _ in 0..<3 { #expect(await window.admit()) }
        window.resize(to: 1)
        async let next = window.admit()
        window.leave()
        window.leave()
        #expect(window.held == 1)
        window.leave()
        #expect(await next)
        #expect(window.held == 1)
        async let another = window.admit()
        window.resize(to: 2)
        #expect(await another)
    }
}

/// A step whose width changes while it is asked.
private struct WidthFake: AnsweredStep {
    let found: FoundWidth
    let ask: @Sendable () async -> Void
    private let plain = AnsweredFake { _, _ in .says("yes") }

    init(found: FoundWidth, ask: @escaping @Sendable () async -> Void) { (self.found, self.ask) = (found, ask) }

    var width: StepWidth? { .found(found.width) }
    func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) { found.listen(tell) }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        try plain.question(for: row, about: record, attempt: attempt)
    }
    func perform(_ question: Question, in context: StepContext) async -> Reply {
        await ask()
        return .says("yes")
    }
    func read(_ answer: Answer, to question: Question) -> Reading { plain.read(answer, to: question) }
    func words(of answer: Answer) -> String { plain.words(of: answer) }
}

private final class FoundWidth: Sendable {
    private let state: Guarded<(width: Int, tell: @Sendable () -> Void)>

    init(_ width: Int) { state = Guarded((width, {})) }

    var width: Int { state.withLock { $0.width } }
    func listen(_ tell: @escaping @Sendable () -> Void) { state.withLock { $0.tell = tell } }
    func widen(to width: Int) {
        let tell = state.withLock { state in
            state.width = width
            return state.tell
        }
        tell()
    }
}
