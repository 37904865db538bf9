import Digests
import Expressions
import Journaling
import Recipes
import Runs
import Steps
import Synchronization
import Testing
import Values

@testable import Execution
@testable import Planning

/// Asks with a text made of the record and of what stands in the slots it reads; the answer is the question's first word.
private struct Echo: AnsweredStep {
    var prompt: String
    var reads: [Int] = []
    let asked: Counter

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        var texts = [prompt, record.id]
        for slot in reads { texts.append(row[slot].string ?? "null") }
        texts.append(attempt.previous?.complaint ?? "")
        let shown = texts.joined(separator: " ")
        return Question(key: SHA256Digest(of: "\(shown) \(attempt.number)"), shown: shown, content: shown)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        asked.add(1)
        return .says(String(question.shown.split(separator: " ")[0]))
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        .value(.string(String(decoding: answer.body, as: UTF8.self)))
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
    var parts: [QuestionPart] { [QuestionPart("prompt", prompt)] }
}

/// The answers of a journal, as a store would have them.
private struct JournalShelf: AnswerShelf {
    var answers: [SHA256Digest: [UInt8]] = [:]

    init(_ journal: any JournalReading) throws {
        try journal.forEachEvent { event in
            if event.entry.kind == .answer, let key = event.entry.key { answers[key] = event.entry.body }
        }
    }

    func answer(to question: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? { answers[question] }
    func effect(_ key: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? { nil }
}

@Suite struct RehearsalTests {
    private let asked = Counter()

    private static func slot(_ step: Int) -> Int { SlotLayout.firstStep + step }

    /// `second` reads `first`; `third` reads neither.
    private func plan(
        _ first: String = "one", _ second: String = "two", _ third: String = "three", records: Int = 5,
        attempts: Int = 1, good: String? = nil
    ) -> Plan {
        func step(_ name: String, _ prompt: String, reads: [Int] = []) -> PlannedStep {
            var step = PlannedStep.fake(
                name, .answered(Echo(prompt: prompt, reads: reads, asked: asked)), attempts: attempts)
            step.reads = reads.map { ReadPath(slot: $0, names: []) }
            return step
        }
        return .fake(
            NumberSource(size: records),
            steps: [
                step("first", first), step("second", second, reads: [Self.slot(0)]), step("third", third),
            ])
    }

    private func run(_ plan: Plan, _ journal: MemoryJournal, kept: KeptRun? = nil) async throws -> RunSummary {
        try await journal.begin(
            RunStart(
                id: "run", at: Timestamp(seconds: 0), recipeText: [], outline: plan.outline,
                plan: SHA256Digest(of: ""), options: nil))
        let executor = Executor(
            plan: plan, journal: journal, shelf: try JournalShelf(journal.reader()), control: RunControl(),
            tally: RunTally(steps: plan.steps.count), clock: WallClock { Timestamp(seconds: 1) },
            options: Executor.Options(lanes: 2, width: 8))
        let summary = try await executor.run(as: .null, goingOn: kept)
        try await journal.finish(
            RunEnd(at: Timestamp(seconds: 2), outcome: .done, counts: summary.counts, neverAdmitted: 0, outputs: []))
        return summary
    }

    private func rehearse(_ plan: Plan, from before: Plan, _ journal: MemoryJournal) async throws -> Rehearsal {
        let reader = try journal.reader()
        return try await Rehearsal(
            of: plan, as: .null,
            with: .init(
                journal: reader, run: KeptRun(reading: reader, steps: plan.steps.count).anew,
                shelf: JournalShelf(reader), input: InputChanges(from: reader, to: plan.source),
                changes: PlanChanges(from: before, to: plan)))
    }

    @Test func `what it counts is what going on asks`() async throws {
        let before = plan()
        let changes: [(Plan, asks: [Int], may: [Int], reasons: [RehearsedReason?])] = [
            (plan(), [0, 0, 0], [0, 0, 0], [nil, nil, nil]),
            (plan("uno"), [5, 0, 0], [0, 5, 0], [.changed(["prompt"]), .earlierAnswer, nil]),
            (plan("one", "due"), [0, 5, 0], [0, 0, 0], [nil, .changed(["prompt"]), nil]),
            (plan("one", "two", "tre"), [0, 0, 5], [0, 0, 0], [nil, nil, .changed(["prompt"])]),
            (plan(records: 8), [3, 0, 3], [0, 3, 0], [.newRecord, .newRecord, .newRecord]),
            (plan(records: 2), [0, 0, 0], [0, 0, 0], [nil, nil, nil]),
        ]
        for (plan, asks, may, reasons) in changes {
            let journal = MemoryJournal()
            _ = try await run(before, journal)
            let rehearsal = try await rehearse(plan, from: before, journal)
            #expect(rehearsal.steps.map(\.asks) == asks)
            #expect(rehearsal.steps.map(\.mayAsk) == may)
            #expect(rehearsal.steps.map { $0.ranking.first?.reason } == reasons)
            let askedBefore = asked.value
            _ = try await run(
                plan, journal, kept: KeptRun(reading: journal.reader(), steps: plan.steps.count).anew)
            #expect(asked.value - askedBefore == asks.reduce(0, +) + may.reduce(0, +))
        }
    }

    @Test func `it asks nobody, and writes nothing`() async throws {
        let journal = MemoryJournal()
        _ = try await run(plan(), journal)
        let before = asked.value
        let events = try journal.reader().events(of: 0)
        _ = try await rehearse(plan("uno", "due", "tre"), from: plan(), journal)
        #expect(asked.value == before)
        #expect(try journal.reader().events(of: 0) == events)
    }

    @Test func `a step that was put in, and an event's step, are known by name`() async throws {
        let journal = MemoryJournal()
        let before = plan()
        _ = try await run(before, journal)
        var after = plan()
        var new = after.steps[2]
        new.name = "new"
        new.action = .answered(Echo(prompt: "new", asked: asked))
        new.slot = after.layout.count
        after.layout.count += 1
        after.steps.insert(new, at: 0)
        after.steps.number()
        let rehearsal = try await rehearse(after, from: before, journal)
        #expect(rehearsal.steps.map(\.name) == ["new", "first", "second", "third"])
        #expect(rehearsal.steps.map(\.asks) == [5, 0, 0, 0])
        #expect(rehearsal.steps[0].ranking.map(\.reason) == [.newStep])
        #expect(rehearsal.steps.map(\.kept) == [0, 5, 5, 5])
        // Goes on under it: the calls of both processes belong to their steps.
        _ = try await run(after, journal, kept: KeptRun(reading: journal.reader(), steps: 4).anew)
        let past = try PastCalls(reading: journal.reader())
        #expect(past.steps["new"]?.calls == 5)
        #expect(past.steps["third"]?.calls == 5)
        #expect(past.steps["third"]?.usage.tokensIn == 15)
    }

    // MARK: What calls took

    @Test func `a forecast is the mean of the records that were asked, times those that will be`() async throws {
        let journal = MemoryJournal()
        let outline = plan().outline
        try await journal.begin(
            RunStart(
                id: "run", at: Timestamp(seconds: 0), recipeText: [], outline: outline, plan: SHA256Digest(of: ""),
                options: nil))
        func entry(_ ordinal: Int, _ draw: Int, _ kind: JournalEntry.Kind, at: Int64, _ usage: Usage? = nil)
            -> JournalEntry
        {
            JournalEntry(
                ordinal: ordinal, step: 0, draw: draw, kind: kind, at: Timestamp(seconds: at),
                key: SHA256Digest(of: "\(ordinal) \(draw)"), usage: usage)
        }
        let usage = Usage(tokensIn: 100, tokensOut: 10, cost: 5, microseconds: 4_000_000)
        try await journal.append([
            // Two at once for four seconds; one needs a second attempt, alone.
            entry(0, 1, .start, at: 10), entry(1, 1, .start, at: 10),
            entry(0, 1, .answer, at: 14, usage), entry(1, 1, .answer, at: 14, usage),
            entry(1, 2, .start, at: 14), entry(1, 2, .answer, at: 18, usage),
            // In doubt: it was open while nobody was there.
            entry(2, 1, .start, at: 18), entry(3, 1, .start, at: 5_000), entry(3, 1, .answer, at: 5_004, usage),
            // From another run's answers: no call of this one.
            entry(4, 1, .answer, at: 5_005),
        ])
        let past = try PastCalls(reading: journal.reader())
        #expect(
            past.steps["first"]
                == .init(
                    calls: 5, records: 4, usage: Usage(tokensIn: 400, tokensOut: 40, cost: 20, microseconds: 16_000_000)
                ))
        let forecast = try #require(past.forecast("first", records: 8))
        #expect(forecast == .init(calls: 10, tokensIn: 800, tokensOut: 80, seconds: 32))
        #expect(abs(past.width - 16.0 / 12) < 1e-9)
        #expect(past.forecast("second", records: 8) == nil)
    }
}
