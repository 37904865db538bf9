import Digests
import Dispatch
import Journaling
import Locks
import Recipes
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

private func number(_ slots: borrowing Slots) -> Int { Int(slots[SlotLayout.input]["number"]?.int ?? -1) }

/// Runs a plan over a journal in memory.
private func execute(
    _ plan: Plan, journal: any Journal = MemoryJournal(), control: RunControl = RunControl(), width: Int = 64,
    lanes: Int = 2, chunk: Int = 1024, _ change: (inout Executor.Options) -> Void = { _ in }
) async throws -> RunSummary {
    var options = Executor.Options(lanes: lanes, width: width)
    options.chunkRecords = chunk
    change(&options)
    let executor = Executor(
        plan: plan, journal: journal, control: control, tally: RunTally(steps: plan.steps.count),
        clock: WallClock { Timestamp(seconds: 1_780_000_000) }, options: options)
    return try await executor.run(as: .null)
}

/// Opens once; whoever waits goes on then.
private final class Gate: Sendable {
    private let state = Guarded<(open: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            state.open = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let open = state.withLock { state in
                if !state.open { state.waiting.append(continuation) }
                return state.open
            }
            if open { continuation.resume() }
        }
    }

    var waiting: Int { state.withLock { $0.waiting.count } }
}

@Suite struct ExecutorTests {
    @Test func `an error of one record ends the run before the rest is read`() async throws {
        let source = WorkedSource(base: NumberSource(size: 100_000))
        let step = PlannedStep.fake("ask", .answered(AnsweredFake { number, _ in .says("\(number)") }))
        let sink = MemorySink { "\($0.record.id)" }.failing(after: 100)
        await #expect(throws: SinkError.self) {
            _ = try await execute(.fake(source, steps: [step], outputs: [sink]), width: 8, chunk: 20)
        }
        #expect(source.read.value < 50_000)
    }

    @Test(.timeLimit(.minutes(5)))
    func `chunks that nobody left do not wait for records to gather`() async throws {
        let step = PlannedStep.fake("double", .pure(PureFake { .answered(.int(Int64(number($0) * 2))) }))
        let sink = MemorySink { "\($0.record.id)" }
        let plan = Plan.fake(NumberSource(size: 3_000), steps: [step], outputs: [sink])
        _ = try await execute(plan, chunk: 100) { options in
            options.markBytes = 1
            options.gatherInterval = .seconds(3_600)
        }
        #expect(sink.lines.count == 3_000)
    }

    @Test func `pure records come out in the input's order and are all accounted for`() async throws {
        let sink = MemorySink { "\($0.record.id)" }
        let step = PlannedStep.fake("double", .pure(PureFake { .answered(.int(Int64(number($0) * 2))) }))
        let summary = try await execute(.fake(NumberSource(size: 10_000), steps: [step], outputs: [sink]), chunk: 300)
        #expect(sink.lines == (0..<10_000).map(String.init))
        #expect(summary.counts.read == 10_000 && summary.counts.done == 10_000)
        #expect(summary.steps[0][.done] == 10_000)
        #expect(summary.imbalance == nil && summary.outcome == .done)
    }

    @Test func `a record that cannot be read fails by itself`() async throws {
        let sink = MemorySink { "\($0.record.id)" }
        let journal = MemoryJournal()
        let step = PlannedStep.fake("any", .pure(PureFake { _ in .answered(.null) }))
        let source = NumberSource(size: 5, unreadable: [1, 3])
        let summary = try await execute(.fake(source, steps: [step], outputs: [sink]), journal: journal)
        #expect(sink.lines == ["0", "2", "4"])
        #expect(summary.counts.failed == 2 && summary.imbalance == nil && summary.outcome == .failures)
        var failed: [String] = []
        try journal.reader().forEachEnding {
            failed.append("\($0.record.id): \($0.record.failure?.failure.message ?? "")")
        }
        #expect(failed == ["1: no text", "3: no text"])
    }

    @Test func `a record's steps run one after another in the recipe's order`() async throws {
        let order = Shared<[Int: [String]]>([:])
        func step(_ name: String) -> PlannedStep {
            .fake(
                name,
                .answered(
                    AnsweredFake { record, _ in
                        order.change { $0[record, default: []].append("\(name) asked") }
                        await Task.yield()
                        order.change { $0[record, default: []].append("\(name) answered") }
                        return .says(name)
                    }))
        }
        let summary = try await execute(.fake(NumberSource(size: 200), steps: [step("a"), step("b"), step("c")]))
        #expect(summary.counts.done == 200)
        let expected = ["a asked", "a answered", "b asked", "b answered", "c asked", "c answered"]
        #expect(order.value.values.allSatisfy { $0 == expected })
    }

    @Test func `memory and order do not depend on how late the first record is`() async throws {
        let last = Gate()
        let answered = Counter()
        let step = PlannedStep.fake(
            "ask",
            .answered(
                AnsweredFake { record, _ in
                    if record == 0 { await last.pass() }
                    if answered.add(1) == 99_999 { last.open() }
                    return .says("\(record)")
                }))
        let sink = MemorySink { "\($0.record.id)" }
        let plan = Plan.fake(NumberSource(size: 100_000), steps: [step], outputs: [sink])
        let summary = try await execute(plan, journal: ForgetfulJournal(), width: 32)
        #expect(summary.counts.done == 100_000 && summary.imbalance == nil)
        #expect(sink.lines == (0..<100_000).map(String.init))
    }

    @Test func `thousands of records wait at once without a thread each`() async throws {
        let gate = Gate()
        let most = Counter()
        let arrived = Counter()
        let step = PlannedStep.fake(
            "ask",
            .answered(
                AnsweredFake { _, _ in
                    if arrived.add(1) == 3_000 {
                        most.raise(to: threadCount())
                        gate.open()
                    }
                    await gate.pass()
                    return .says("yes")
                }))
        let summary = try await execute(
            .fake(NumberSource(size: 3_000), steps: [step]), journal: ForgetfulJournal(), width: 3_000)
        #expect(summary.counts.done == 3_000)
        // The other tests of this process have threads of their own.
        #expect(most.value < 1_000)
    }

    @Test func `a broken answer is asked for again and the next attempt is told why`() async throws {
        let journal = MemoryJournal()
        let step = PlannedStep.fake(
            "ask", .answered(AnsweredFake { _, attempt in .says(attempt < 3 ? "" : "at last") }), attempts: 3)
        let sink = MemorySink { "\($0.slots[SlotLayout.firstStep].string ?? "")" }
        let summary = try await execute(
            .fake(NumberSource(size: 1), steps: [step], outputs: [sink]), journal: journal)
        #expect(summary.counts.done == 1)
        #expect(sink.lines == ["at last"])
        let events = try journal.reader().events(of: 0).map(\.entry)
        #expect(
            events.map(\.kind) == [.start, .answer, .failed, .start, .answer, .failed, .start, .answer, .ended])
        let second = try FailedAttempt(events[5])
        #expect(second.prompt == "what is 0? (the answer is empty)")
        #expect(second.failure.cause == .empty)
    }

    @Test func `a start is on disk before its request leaves, and an answer before what depends on it`() async throws {
        let journal = OrderedJournal()
        let step = PlannedStep.fake(
            "ask",
            .answered(
                AnsweredFake { record, _ in
                    #expect(journal.kinds(of: record).last == .start)
                    return .says("yes")
                }))
        let sink = MemorySink { "\($0.record.id)" }
        let second = PlannedStep.fake(
            "again",
            .answered(
                AnsweredFake { record, _ in
                    #expect(journal.kinds(of: record) == [.start, .answer, .start])
                    return .says("yes")
                }))
        let summary = try await execute(
            .fake(NumberSource(size: 50), steps: [step, second], outputs: [sink]), journal: journal)
        #expect(summary.counts.done == 50)
        // One commit for the first start, one for the answer and the next start, one for the last answer and the end.
        #expect(journal.commits(of: 7) == 3)
    }

    @Test func `records that leave their chunk are written where they belong`() async throws {
        let step = PlannedStep.fake("even", .pure(PureFake { .answered(.bool(number($0) % 2 == 0)) }))
        var asking = PlannedStep.fake("ask", .answered(AnsweredFake { record, _ in .says("\(record)") }))
        asking.otherwise = .flag
        let sink = MemorySink { "\($0.record.id)" }
        let summary = try await execute(
            .fake(NumberSource(size: 2_000), steps: [step, asking], outputs: [sink]), chunk: 77)
        #expect(summary.counts.done == 2_000)
        #expect(sink.lines == (0..<2_000).map(String.init))
    }

    @Test func `a stopped run finishes what is in flight and counts the rest`() async throws {
        let control = RunControl()
        let asked = Counter()
        let step = PlannedStep.fake(
            "ask",
            .answered(
                AnsweredFake { _, _ in
                    if asked.add(1) == 100 { control.stop(.signal(2)) }
                    return .says("yes")
                }))
        let sink = MemorySink { "\($0.record.id)" }
        let summary = try await execute(
            .fake(NumberSource(size: 5_000), steps: [step], outputs: [sink]), control: control, width: 8, chunk: 500)
        #expect(summary.stop == .signal(2) && summary.outcome == .stopped)
        #expect(summary.counts.done >= 100 && summary.counts.done <= 108)
        #expect(summary.counts.read == 5_000 && summary.imbalance == nil)
        #expect(sink.state.withLock { $0.finished } == false)
    }

    @Test func `stopping now gives back what is in flight`() async throws {
        let control = RunControl()
        let gate = Gate()
        let step = PlannedStep.fake(
            "ask",
            .answered(
                AnsweredFake { record, _ in
                    if record == 7 { control.stopNow(.signal(15)) }
                    return await withTaskCancellationHandler {
                        await gate.pass()
                        return Task.isCancelled ? .stopped : .says("yes")
                    } onCancel: {
                        gate.open()
                    }
                }))
        let summary = try await execute(.fake(NumberSource(size: 100), steps: [step]), control: control, width: 8)
        #expect(summary.counts.notReached == 100 && summary.counts.done == 0)
        #expect(summary.imbalance == nil)
    }

    @Test func `a run whose records keep failing stops early`() async throws {
        let step = PlannedStep.fake(
            "ask", .answered(AnsweredFake { _, _ in .failed(Failure(.refusedRequest, "no such model"), nil) }))
        let limits = PlannedLimits(inFlight: nil, failures: .share(0.3))
        let summary = try await execute(
            .fake(NumberSource(size: 10_000), steps: [step], limits: limits), width: 4, chunk: 100)
        #expect(summary.stop == .failures)
        #expect(summary.counts.failed >= 20 && summary.counts.failed <= 30)
        #expect(summary.counts.read == 10_000 && summary.imbalance == nil)
    }

    @Test(arguments: [StopReason.signal(2), .signal(15), .time(.seconds(1))])
    func `a stop that comes when nothing is left to do cuts nothing short`(reason: StopReason) async throws {
        let control = RunControl()
        let step = PlannedStep.fake(
            "ask",
            .answered(
                AnsweredFake { record, _ in
                    guard record == 1 else { return .says("yes") }
                    // The last record: the one before it is on its way or done.
                    control.stop(reason)
                    return .failed(Failure(.refusedRequest, "no"), nil)
                }))
        let sink = MemorySink { "\($0.record.id)" }
        let summary = try await execute(
            .fake(NumberSource(size: 2), steps: [step], outputs: [sink]), control: control, width: 8)
        #expect(control.reason == reason)
        #expect(summary.stop == nil && summary.outcome == .failures)
        #expect(summary.counts.done == 1 && summary.counts.notReached == 0)
        #expect(sink.state.withLock { $0.finished } == true)
    }

    @Test func `a run whose last record was one failure too many has ended`() async throws {
        let step = PlannedStep.fake(
            "ask", .answered(AnsweredFake { _, _ in .failed(Failure(.refusedRequest, "no such model"), nil) }))
        let limits = PlannedLimits(inFlight: nil, failures: .count(2))
        let sink = MemorySink { "\($0.record.id)" }
        let summary = try await execute(
            .fake(NumberSource(size: 20), steps: [step], outputs: [sink], limits: limits), width: 4)
        #expect(summary.stop == nil && summary.outcome == .failures)
        #expect(summary.counts.failed == 20)
        #expect(sink.state.withLock { $0.finished } == true)
    }

    @Test func `a stopped run whose input cannot be counted is cut short, though no record is known to be left`()
        async throws
    {
        let control = RunControl()
        control.stop(.signal(2))
        let step = PlannedStep.fake("ask", .answered(AnsweredFake { _, _ in .says("yes") }))
        let sink = MemorySink { "\($0.record.id)" }
        let summary = try await execute(
            .fake(NumberSource(size: 20, breaksAt: 0), steps: [step], outputs: [sink]), control: control)
        #expect(summary.stop == .signal(2) && summary.outcome == .stopped)
        #expect(sink.state.withLock { $0.finished } == false)
    }

    @Test func `an answerer that cannot be made ready stops the run before its first record`() async throws {
        var fake = AnsweredFake { _, _ in .says("yes") }
        fake.readiness = Failure(.unreachable, "the model file is not there")
        let summary = try await execute(
            .fake(NumberSource(size: 10), steps: [.fake("ask", .answered(fake))]))
        #expect(summary.stop == .unreachable("the model file is not there"))
        #expect(summary.counts.notReached == 10 && summary.imbalance == nil)
    }

    @Test func `a full disk ends the run with its message`() async throws {
        let sink = MemorySink { "\($0.record.id)" }.failing(after: 50)
        let step = PlannedStep.fake("ask", .answered(AnsweredFake { _, _ in .says("yes") }))
        await #expect(throws: SinkError.self) {
            try await execute(.fake(NumberSource(size: 5_000), steps: [step], outputs: [sink]), width: 16, chunk: 100)
        }
    }

    @Test func `a journal that cannot be written ends the run with its message`() async throws {
        let step = PlannedStep.fake("ask", .answered(AnsweredFake { _, _ in .says("yes") }))
        await #expect(throws: JournalError.self) {
            try await execute(
                .fake(NumberSource(size: 5_000), steps: [step]), journal: OrderedJournal(failingAfter: 40), width: 16,
                chunk: 100)
        }
    }
}

@Suite struct ImbalanceTests {
    private func summary(_ change: (inout RunSummary) -> Void) -> RunSummary {
        var counts = Counts()
        counts.read = 3
        counts.done = 3
        var step = StepCounts()
        step[.done] = 3
        var summary = RunSummary(
            counts: counts, steps: [step], usage: Usage(), neverAdmitted: 0, outputs: [], rowsWritten: 3, stop: nil)
        change(&summary)
        return summary
    }

    @Test func `counts that add up are no imbalance`() {
        #expect(summary { _ in }.imbalance == nil)
        #expect(summary { $0.outputs = [output(records: 3), output(records: 5, listed: 2)] }.imbalance == nil)
    }

    private func output(records: Int, listed: Int = 0) -> WrittenOutput {
        var output = WrittenOutput(path: "out", records: records, bytes: 0, sha256: SHA256Digest(of: "out"))
        output.listed = listed
        return output
    }

    @Test func `a lost record is an imbalance wherever it was lost`() {
        #expect(summary { $0.counts.done = 2 }.imbalance != nil)
        #expect(summary { $0.rowsWritten = 2 }.imbalance != nil)
        #expect(summary { $0.steps[0][.done] = 2 }.imbalance != nil)
        #expect(summary { $0.counts.read = 4 }.imbalance != nil)
        #expect(summary { $0.outputs = [output(records: 2)] }.imbalance != nil)
        #expect(summary { $0.outputs = [output(records: 4, listed: 2)] }.imbalance != nil)
    }
}
