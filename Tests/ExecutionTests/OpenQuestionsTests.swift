import Digests
import Journaling
import Locks
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

@Suite(.timeLimit(.minutes(5))) struct OpenQuestionsTests {
    /// Every record asks the same, of a model or of something that changes.
    private struct Same: AnsweredStep {
        var isShared = true
        let asked = Counter()
        var answer: @Sendable (_ time: Int) async -> Reply = { _ in .says("yes") }

        func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
            Question(key: SHA256Digest(of: "what? \(attempt.number)"), shown: "what?", content: 0)
        }

        func perform(_ question: Question, in context: StepContext) async -> Reply { await answer(asked.add(1)) }

        func read(_ answer: Answer, to question: Question) -> Reading {
            let text = String(decoding: answer.body, as: UTF8.self)
            return text == "no" ? .unusable(Failure(.schema, "no")) : .value(.string(text))
        }

        func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
    }

    private func run(_ step: Same, records: Int, width: Int, attempts: Int = 1) async throws -> RunSummary {
        let plan = Plan.fake(
            NumberSource(size: records), steps: [.fake("ask", .answered(step), attempts: attempts)])
        return try await Executor(
            plan: plan, journal: ForgetfulJournal(), control: RunControl(), tally: RunTally(plan),
            options: Executor.Options(lanes: 2, width: width)
        ).run(as: .null)
    }

    @Test(arguments: [1, 8])
    func `equal questions of a run are asked once, however far apart`(width: Int) async throws {
        let step = Same()
        #expect(try await run(step, records: 400, width: width).counts.done == 400)
        #expect(step.asked.value == 1)
    }

    @Test func `a second attempt at equal questions is a second question, asked once`() async throws {
        let step = Same { $0 == 1 ? .says("no") : .says("yes") }
        #expect(try await run(step, records: 100, width: 8, attempts: 2).counts.done == 100)
        #expect(step.asked.value == 2)
    }

    @Test func `what may be otherwise a moment later is asked again`() async throws {
        let step = Same(isShared: false)
        #expect(try await run(step, records: 20, width: 1).counts.done == 20)
        #expect(step.asked.value == 20)
    }

    @Test func `who waits for a question that fails asks by itself, one after another, until there is an answer`()
        async throws
    {
        let open = Counter()
        let step = Same { time in
            #expect(open.add(1) == 1)
            for _ in 0..<100 { await Task.yield() }
            open.add(-1)
            return time < 3 ? .failed(Failure(.refusedRequest, "not now"), nil) : .says("yes")
        }
        let summary = try await run(step, records: 50, width: 50)
        #expect(summary.counts.failed == 2 && summary.counts.done == 48)
        #expect(step.asked.value == 3)
    }

    @Test func `whenever the asker ends, an equal question finds its answer`() async throws {
        for round in 0..<2_000 {
            let questions = OpenQuestions()
            let asked = Counter()
            let key = SHA256Digest(of: "\(round)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        _ = try await questions.ask(key, keeps: true) {
                            asked.add(1)
                            return .says("yes")
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(asked.value == 1)
        }
    }

    @Test func `an asker that throws leaves the question to those who wait`() async throws {
        struct Broken: Error {}
        let questions = OpenQuestions()
        let key = SHA256Digest(of: "what?")
        await #expect(throws: Broken.self) { try await questions.ask(key, keeps: true) { throw Broken() } }
        let (_, isAnothers) = try await questions.ask(key, keeps: true) { .says("yes") }
        #expect(!isAnothers)
    }

    @Test func `a failure is its record's own: a run that goes on asks the equal question of another`() async throws {
        let journal = MemoryJournal()
        let step = Same { time in
            switch time {
            case 1: .failed(Failure(.refusedRequest, "not you"), nil)
            case 2: .stopped
            default: .says("yes")
            }
        }
        let plan = Plan.fake(NumberSource(size: 2), steps: [.fake("ask", .answered(step))])
        func run(_ kept: KeptRun?) async throws -> Counts {
            try await Executor(
                plan: plan, journal: journal, control: RunControl(), tally: RunTally(plan),
                options: Executor.Options(lanes: 1, width: 1)
            ).run(as: .null, goingOn: kept).counts
        }
        let first = try await run(nil)
        #expect(first.failed == 1 && first.notReached == 1)
        let second = try await run(KeptRun(reading: journal.reader(), steps: 1))
        #expect(second.failed == 1 && second.done == 1)
        // Taken up anew, where no store has the second's answer, the first is not asked again for all that.
        let third = try await run(KeptRun(reading: journal.reader(), steps: 1).anew)
        #expect(third.failed == 1 && third.done == 1)
        #expect(step.asked.value == 4)
    }

    // MARK: Room

    private func answer(_ bytes: Int) -> Answer { Answer(body: Array(repeating: 0, count: bytes), usage: Usage()) }
    private func key(_ number: Int) -> SHA256Digest { SHA256Digest(of: "\(number)") }

    @Test func `answers are kept while there is room, and what nobody wants goes first`() {
        var answers = RecentAnswers(bytes: 100_000)
        for number in 0..<1_000 {
            answers.add(answer(744), to: key(number))
            // One is wanted all the time.
            #expect(answers.answer(to: key(0)) != nil)
        }
        let kept = (0..<1_000).filter { answers.answer(to: key($0)) != nil }
        #expect(kept.contains(999) && kept.count <= 100 && kept.count >= 50)
        #expect(!kept.contains(1) && !kept.contains(500))
    }

    @Test func `an answer that would take all the room is not kept`() {
        var answers = RecentAnswers(bytes: 100_000)
        answers.add(answer(10), to: key(1))
        answers.add(answer(60_000), to: key(2))
        #expect(answers.answer(to: key(2)) == nil && answers.answer(to: key(1)) != nil)
    }
}
