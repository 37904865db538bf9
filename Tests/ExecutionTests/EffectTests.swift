import Journaling
import Locks
import Runs
import Steps
import Synchronization
import Testing
import Values

@testable import Execution
@testable import Planning

/// What happened is known, or in doubt; what is in doubt is never done again by itself.
@Suite(.timeLimit(.minutes(5))) struct EffectTests {
    private let broken = Reply.failed(Failure(.timeout, "no answer within 5 s", mayHaveActed: true), nil)
    private let refused = Reply.failed(Failure(.unreachable, "connection refused"), nil)
    private let sink = MemorySink { "\($0.record.id): \($0.slots[SlotLayout.firstStep].string ?? "-")" }

    private func plan(_ step: ActingFake, records: Int, attempts: Int = 1) -> Plan {
        .fake(
            NumberSource(size: records), steps: [.fake("post", .answered(step), attempts: attempts)], outputs: [sink])
    }

    /// One process of a run.
    ///
    /// - Parameters:
    ///   - goesOn: whether with what earlier processes left in the journal.
    ///   - anew: whether every record is taken up again, as under an edited recipe.
    ///   - other: the journal as the run sees it, where that is another than what it is taken up from.
    @discardableResult
    private func process(
        _ plan: Plan, _ journal: MemoryJournal, goesOn: Bool = true, anew: Bool = false, others: [MemoryJournal] = [],
        doubts: OpenEffects = OpenEffects(), width: Int = 8, control: RunControl = RunControl(),
        through other: (any Journal)? = nil
    ) async throws -> RunSummary {
        let executor = Executor(
            plan: plan, journal: other ?? journal, shelf: EffectShelf(own: journal, others: others), doubts: doubts,
            control: control,
            tally: RunTally(steps: 1), clock: WallClock { Timestamp(seconds: 1_780_000_000) },
            options: Executor.Options(lanes: 2, width: width))
        var kept = goesOn ? try KeptRun(reading: journal.reader(), steps: 1) : nil
        if anew { kept = kept?.anew }
        if let kept { #expect(try await executor.obstacle(to: kept) == nil) }
        let summary = try await executor.run(as: .null, goingOn: kept)
        #expect(summary.imbalance == nil)
        return summary
    }

    /// A journal of a process that was killed when all ten records had left and seven had their answers.
    private func killed(_ step: ActingFake, _ journal: MemoryJournal) async throws -> MemoryJournal {
        await #expect(throws: JournalError.self) {
            try await process(plan(step, records: 10), journal, goesOn: false, width: 1)
        }
        return try await journal.reopened()
    }

    /// Killed while the eighth of ten records, one at a time, waits for its answer.
    private func killing(_ journal: MemoryJournal, _ effect: StepEffect) -> ActingFake {
        ActingFake(effect) { record, time in
            if record == 7, time == 1 { journal.kill() }
            return .says("sent")
        }
    }

    // MARK: Killed

    @Test func `what was in flight when the process died is not done again: its record waits`() async throws {
        let first = MemoryJournal()
        let step = killing(first, .sends)
        let journal = try await killed(step, first)
        for _ in 1...2 {
            let summary = try await process(plan(step, records: 10), journal)
            #expect(summary.counts.done == 9 && summary.counts.waiting == 1)
            #expect(summary.steps[0][.waiting] == 1 && summary.outcome == .waiting)
            #expect(sink.lines.count == 9 && sink.state.withLock { $0.finished } == true)
        }
        #expect((0..<10).allSatisfy { step.times($0) == 1 })
        let waiting = try #require(try journal.endings().first { $0.outcome == .waiting })
        #expect(waiting.id == "7" && waiting.failure?.failure.cause == .inDoubt && waiting.input != nil)
        #expect(waiting.failure?.failure.message.contains("the run ended before an answer came") == true)
    }

    @Test(arguments: [
        (Decision.Word.happened, Outcome.done, 1, "7: -"), (.again, .done, 2, "7: sent"), (.reject, .rejected, 1, ""),
    ])
    func `a person's word is taken up when the run is gone on with`(
        word: Decision.Word, outcome: Outcome, times: Int, row: String
    ) async throws {
        let first = MemoryJournal()
        let step = killing(first, .acts(isRepeatable: false))
        let journal = try await killed(step, first)
        try await process(plan(step, records: 10), journal)
        try await journal.decide(word)
        // Once more changes nothing; nor does it when every record is taken up again.
        for anew in [false, false, true] {
            let summary = try await process(plan(step, records: 10), journal, anew: anew)
            #expect(summary.counts.waiting == 0)
            #expect(summary.counts.done == (outcome == .done ? 10 : 9))
            #expect(summary.counts.rejected == (outcome == .done ? 0 : 1))
            #expect(sink.lines.first { $0.hasPrefix("7:") } ?? "" == row)
            #expect(step.times(7) == times)
        }
        #expect((0..<10).allSatisfy { $0 == 7 || step.times($0) == 1 })
        let ending = try #require(try journal.endings().last { $0.ordinal == 7 })
        #expect(ending.outcome == outcome)
        if outcome == .rejected {
            #expect(ending.failure?.failure == Failure(.rejected, "Ada said no: I asked"))
            #expect(ending.marks == [.rejected])
        }
    }

    @Test func `a record rejected in doubt and taken up again waits again`() async throws {
        let first = MemoryJournal()
        let step = killing(first, .sends)
        let journal = try await killed(step, first)
        try await journal.decide(.reject)
        #expect(try await process(plan(step, records: 10), journal).counts.rejected == 1)
        try await journal.append([
            .retried(Retrial(ordinal: 7, record: "7", step: 0, lastDraw: 1), at: Timestamp(seconds: 1_780_000_000))
        ])
        #expect(try await process(plan(step, records: 10), journal).counts.waiting == 1)
        #expect(step.times(7) == 1)
    }

    @Test func `what is sent is in doubt under an edited recipe, too`() async throws {
        let first = MemoryJournal()
        let step = killing(first, .sends)
        let journal = try await killed(step, first)
        var edited = step
        edited.text = "good day"
        #expect(try await process(plan(edited, records: 10), journal, anew: true).counts.waiting == 1)
        // What was sent is not sent again in other words.
        #expect((0..<10).allSatisfy { step.times($0) == 1 })
    }

    @Test func `what records wait for is read in one go where all are taken up anew`() async throws {
        let broken = broken
        let step = ActingFake(.sends) { _, _ in broken }
        let journal = MemoryJournal()
        #expect(try await process(plan(step, records: 50), journal, goesOn: false).counts.waiting == 50)
        let numbers = try waits(journal).map(\.key)
        let counting = CountingJournal(journal)
        let summary = try await process(plan(step, records: 50), journal, anew: true, through: counting)
        #expect(summary.counts.waiting == 50 && (0..<50).allSatisfy { step.times($0) == 1 })
        #expect(try waits(journal).map(\.key) == numbers)
        #expect(counting.readers.value == 1)
    }

    private func waits(_ journal: MemoryJournal) throws -> [OpenWait] {
        try journal.reader().waits().sorted { $0.ordinal < $1.ordinal }
    }

    @Test(arguments: [false, true])
    func `a record whose wait is not in the journal is damage, and is not asked about again`(anew: Bool) async throws {
        let broken = broken
        let step = ActingFake(.sends) { _, _ in broken }
        let journal = MemoryJournal()
        try await process(plan(step, records: 1), journal, goesOn: false)
        // All but what the records wait for.
        let damaged = MemoryJournal()
        var chunks: [ChunkEntry] = []
        try journal.reader().forEachChunk { chunks.append($0) }
        try await damaged.append(chunks, with: [])
        for kind in [JournalEntry.Kind.start, .failed, .ended] { try await damaged.append(journal.entries(kind)) }
        let error = await #expect(throws: JournalError.self) {
            try await process(plan(step, records: 1), journal, anew: anew, through: damaged)
        }
        #expect(error?.reason == .damaged && error?.message.contains("what record '") == true)
        #expect(try damaged.entries(.waiting).isEmpty)
        #expect(step.times(0) == 1)
    }

    @Test func `what may be repeated is`() async throws {
        let first = MemoryJournal()
        let step = killing(first, .acts(isRepeatable: true))
        let journal = try await killed(step, first)
        #expect(try await process(plan(step, records: 10), journal).counts.done == 10)
        #expect(step.times(7) == 2 && step.times(6) == 1)
    }

    // MARK: Answers that do not come

    @Test func `a connection that broke after the first byte is in doubt, and the others go on`() async throws {
        let broken = broken
        let step = ActingFake(.sends) { record, time in record % 4 == 1 && time == 1 ? broken : .says("sent") }
        let journal = MemoryJournal()
        let summary = try await process(plan(step, records: 100, attempts: 3), journal, goesOn: false)
        #expect(summary.counts.done == 75 && summary.counts.waiting == 25 && summary.outcome == .waiting)
        #expect((0..<100).allSatisfy { step.times($0) == 1 })
        #expect(
            try journal.endings().first { $0.outcome == .waiting }?.failure?.failure.message
                == "'post' may have happened (no answer within 5 s); it is not done again before a person has said that "
                + "it happened, that it is to be done again, or no")
        try await journal.decide(.again)
        #expect(try await process(plan(step, records: 100), journal).counts.done == 100)
        #expect((0..<100).allSatisfy { step.times($0) == ($0 % 4 == 1 ? 2 : 1) })
    }

    @Test func `a second time that is in doubt waits for a second word`() async throws {
        let broken = broken
        let step = ActingFake(.sends) { _, time in time < 3 ? broken : .says("sent") }
        let journal = MemoryJournal()
        #expect(try await process(plan(step, records: 1), journal, goesOn: false).counts.waiting == 1)
        for times in 2...3 {
            try await journal.decide(.again)
            #expect(try await process(plan(step, records: 1), journal).counts.waiting == (times == 2 ? 1 : 0))
            #expect(try await process(plan(step, records: 1), journal).counts.waiting == (times == 2 ? 1 : 0))
            #expect(step.times(0) == times)
        }
    }

    @Test func `a refused connection is known, and uses up attempts`() async throws {
        let refused = refused
        let step = ActingFake(.sends) { record, time in time <= record ? refused : .says("sent") }
        let journal = MemoryJournal()
        let summary = try await process(plan(step, records: 5, attempts: 3), journal, goesOn: false)
        #expect(summary.counts.done == 3 && summary.counts.failed == 2 && summary.counts.waiting == 0)
        #expect((0..<5).map(step.times) == [1, 2, 3, 3, 3])
        // Going on changes nothing, and a failed record is not tried again by itself.
        #expect(try await process(plan(step, records: 5, attempts: 3), journal).counts.failed == 2)
        #expect((0..<5).map(step.times) == [1, 2, 3, 3, 3])
    }

    @Test func `a target out of reach stops the run and leaves nothing in doubt`() async throws {
        let step = ActingFake(.sends) { record, time in
            record == 3 && time == 1 ? .outOfReach(Failure(.unreachable, "nobody is there")) : .says("sent")
        }
        let journal = MemoryJournal()
        let stopped = try await process(plan(step, records: 6), journal, goesOn: false, width: 1)
        #expect(stopped.stop == .unreachable("nobody is there") && stopped.counts.waiting == 0)
        #expect(try await process(plan(step, records: 6), journal).counts.done == 6)
        #expect((0..<6).map(step.times) == [1, 1, 1, 2, 1, 1])
    }

    @Test func `what a stop cuts off in flight is in doubt, too`() async throws {
        let control = RunControl()
        let step = ActingFake(.sends) { record, _ in
            guard record == 3 else { return .says("sent") }
            control.stopNow(.signal(15))
            return .stopped
        }
        let journal = MemoryJournal()
        let plan = plan(step, records: 6)
        let stopped = try await process(plan, journal, goesOn: false, width: 1, control: control)
        #expect(stopped.counts.done == 3 && stopped.counts.notReached == 3)
        let summary = try await process(plan, journal)
        #expect(summary.counts.done == 5 && summary.counts.waiting == 1)
        #expect((0..<6).allSatisfy { step.times($0) == 1 })
    }

    // MARK: Other runs

    @Test func `what was sent is not sent again by a later run, and what only ran here is run`() async throws {
        for (effect, times) in [(StepEffect.sends, 1), (.acts(isRepeatable: false), 2)] {
            let step = ActingFake(effect) { _, _ in .says("sent") }
            let (first, second) = (MemoryJournal(), MemoryJournal())
            try await process(plan(step, records: 5), first, goesOn: false)
            let lines = sink.lines
            let later = try await process(plan(step, records: 5), second, goesOn: false, others: [first])
            #expect(later.counts.done == 5 && sink.lines == lines)
            #expect((0..<5).allSatisfy { step.times($0) == times })
            // The second journal knows it by itself now.
            #expect(try second.entries(.effect).count == 5)
        }
    }

    @Test func `what another run may have sent is not sent: its record waits here, for a word that is said here`()
        async throws
    {
        let (first, second) = (MemoryJournal(), MemoryJournal())
        let step = killing(first, .sends)
        let left = try await killed(step, first)
        var doubts = OpenEffects()
        try left.reader().forEachEvent { try doubts.add($0.entry) }
        #expect(doubts.all.count == 1)

        let plan = plan(step, records: 10)
        let summary = try await process(plan, second, goesOn: false, others: [left], doubts: doubts)
        #expect(summary.counts.done == 9 && summary.counts.waiting == 1)
        #expect(step.times(7) == 1)
        let waiting = try #require(try second.endings().first { $0.outcome == .waiting })
        #expect(waiting.failure?.failure.message.contains("an earlier run began it") == true)

        // Going on does not send it either; a word does.
        let again = try await process(plan, second, others: [left], doubts: doubts)
        #expect(again.counts.waiting == 1 && step.times(7) == 1)
        try await second.decide(.again)
        let decided = try await process(plan, second, others: [left], doubts: doubts)
        #expect(decided.counts.done == 10 && step.times(7) == 2)
    }

    @Test func `each record has an idempotency key of its own, the same in every run`() async throws {
        let step = ActingFake(.acts(isRepeatable: true)) { _, _ in .says("sent") }
        try await process(plan(step, records: 20), MemoryJournal(), goesOn: false)
        try await process(plan(step, records: 20), MemoryJournal(), goesOn: false)
        let keys = Dictionary(grouping: step.done.value, by: \.record).mapValues { Set($0.map(\.key)) }
        #expect(keys.values.allSatisfy { $0.count == 1 })
        #expect(Set(keys.values.flatMap(\.self)).count == 20)
    }
}
