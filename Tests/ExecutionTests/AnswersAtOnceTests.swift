import Digests
import Journaling
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// A step whose answers lie on this machine; the first look at some records takes too long.
private struct AtOnceFake: AnsweredStep {
    private let plain = AnsweredFake { _, _ in .stopped }
    private let slow: Set<Int>
    private let looks = Shared<Set<Int>>([])
    private let answer: @Sendable (_ number: Int) -> String

    init(slow: Set<Int> = [], answer: @escaping @Sendable (_ number: Int) -> String) {
        self.slow = slow
        self.answer = answer
    }

    var answersAtOnce: Bool { true }

    func answerAtOnce(_ question: Question) -> Answer? {
        guard let (number, _) = question.content as? (Int, Int) else { return nil }
        let isKnown = looks.value.contains(number)
        looks.change { $0.insert(number) }
        return !isKnown && slow.contains(number) ? nil : Answer(body: Array(answer(number).utf8), usage: Usage())
    }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        try plain.question(for: row, about: record, attempt: attempt)
    }
    func perform(_ question: Question, in context: StepContext) async -> Reply { .stopped }
    func read(_ answer: Answer, to question: Question) -> Reading { plain.read(answer, to: question) }
    func words(of answer: Answer) -> String { plain.words(of: answer) }
}

@Suite(.timeLimit(.minutes(5))) struct AnswersAtOnceTests {
    private let sink = MemorySink { "\($0.slots[SlotLayout.firstStep].string ?? "")" }

    private func executor(
        _ step: AtOnceFake, _ journal: MemoryJournal, _ control: RunControl = RunControl()
    ) -> Executor {
        var options = Executor.Options(lanes: 2, width: 4)
        options.chunkRecords = 10
        let plan = Plan.fake(
            NumberSource(size: 60), steps: [PlannedStep.fake("lookup", .answered(step))], outputs: [sink])
        return Executor(plan: plan, journal: journal, control: control, tally: RunTally(plan), options: options)
    }

    @Test func `records that left and were answered at once then have their rows after a resume`() async throws {
        let (control, journal) = (RunControl(), MemoryJournal())
        let slow = Set((0..<60).filter { $0 % 3 == 0 })
        let said = Shared<Set<Int>>([])
        let first = AtOnceFake(slow: slow) { number in
            said.change { $0.insert(number) }
            if slow.contains(number), number >= 30 { control.stop(.signal(2)) }
            return "answer \(number)"
        }
        let stopped = try await executor(first, journal, control).run(as: .null)
        #expect(stopped.stop != nil && stopped.imbalance == nil && stopped.counts.notReached > 0)

        let kept = try KeptRun(reading: journal.reader(), steps: 1)
        let last = executor(AtOnceFake { "other \($0)" }, journal)
        #expect(try await last.obstacle(to: kept) == nil)
        let summary = try await last.run(as: .null, goingOn: kept)
        #expect(summary.counts.done == 60 && summary.imbalance == nil)
        #expect(sink.lines.count == 60)
        // What was answered before the stop stands.
        #expect(sink.lines.prefix(30) == (0..<30).map { "answer \($0)" }[...])
    }

    @Test func `a retry takes up a record that left its chunk and failed at once`() async throws {
        let journal = MemoryJournal()
        let first = AtOnceFake(slow: [7]) { $0 == 7 ? "" : "answer \($0)" }
        let run = try await executor(first, journal).run(as: .null)
        #expect(run.counts.failed == 1 && run.imbalance == nil)
        let failed = try #require(try journal.endings().first { $0.outcome == .failed })
        let retrial = Retrial(ordinal: failed.ordinal, record: failed.id, step: 0, lastDraw: 1)
        try await journal.append([.retried(retrial, at: Timestamp(seconds: 2))])

        let kept = try KeptRun(reading: journal.reader(), steps: 1)
        let last = executor(AtOnceFake { "other \($0)" }, journal)
        #expect(try await last.obstacle(to: kept) == nil)
        let summary = try await last.run(as: .null, goingOn: kept)
        #expect(summary.counts.done == 60 && summary.imbalance == nil)
        #expect(sink.lines[7] == "other 7")
    }
}
