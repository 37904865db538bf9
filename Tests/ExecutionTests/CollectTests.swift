import Diagnostics
import Digests
import Expressions
import Journaling
import Locks
import Recipes
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// Where the rows of ``CollectTests`` have their values.
private enum Place {
    static let value = SlotLayout.firstStep
    static let group = SlotLayout.firstStep + 1
    static let key = SlotLayout.firstStep + 2
    static let answer = SlotLayout.firstStep + 3
}

/// Asks with the numbers of the group's records; the answer is how many there are.
private struct CountFake: AnsweredStep {
    var promptBytes = 1000
    /// Prompts that are longer are refused.
    var context = 10_000
    let asked = Shared<[String]>([])
    var ask: @Sendable (_ shown: String, _ count: Int) async -> Reply = { _, count in .says("\(count)") }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let members = row[Place.group].list ?? []
        let names = members.map { JSON.text(of: $0["value"] ?? .null) }.joined(separator: ",")
        return made("\(JSON.text(of: row[Place.key])): \(names)", members.count, attempt)
    }

    func question(
        joining answers: [Value], for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        let counts = answers.compactMap { $0.string.flatMap { Int($0) } }
        return made("join \(counts.map(String.init).joined(separator: "+"))", counts.reduce(0, +), attempt)
    }

    private func made(_ shown: String, _ count: Int, _ attempt: Attempt) -> Question {
        Question(key: SHA256Digest(of: "\(shown) \(attempt.number)"), shown: shown, content: count)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        asked.change { $0.append(question.shown) }
        guard question.shown.utf8.count <= self.context else {
            return .failed(Failure(.promptTooLong, "the prompt is too long"), nil)
        }
        return await ask(question.shown, question.content as? Int ?? 0)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        let text = String(decoding: answer.body, as: UTF8.self)
        return text == "bad" ? .unusable(Failure(.schema, "it is bad")) : .value(.string(text))
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}

@Suite struct CollectTests {
    private let sink = MemorySink { _ in "" }
    private let digest = MemorySink { "\(JSON.text(of: $0.slots[Place.key])) \(JSON.text(of: $0.slots[Place.answer]))" }

    private static let place = SourceSpan(
        file: "recipe.yaml", start: .init(line: 1, column: 1), end: .init(line: 1, column: 2))

    /// One step answers each record's number, and `digest` asks about the numbers by what is left of them.
    private func plan(
        _ records: Int, _ fake: CountFake, by divisor: Int = 3, asking: AnsweredFake? = nil, attempts: Int = 1,
        otherwise: Otherwise = .fail
    ) throws -> Plan {
        var scope = Scope()
        scope.declare("value", .any, slot: Place.value)
        var problems = Problems()
        let group = try #require(
            Expression.compile(
                LocatedText("int(value) % \(divisor)", span: Self.place), in: scope, problems: &problems))
        let value = PlannedStep.fake(
            "value", asking.map { .answered($0) } ?? .pure(PureFake { .answered($0[0]["number"] ?? .null) }))
        var plan = Plan.fake(NumberSource(size: records), steps: [value], outputs: [sink])
        var step = PlannedStep.fake("digest", .answered(fake), attempts: attempts, otherwise: otherwise)
        (step.slot, step.place) = (Place.answer, 1)
        plan.layout.count += 3
        var collect = PlannedCollect(
            step: step, groupBy: group, groupSlot: Place.group, keySlot: Place.key,
            fields: [(name: "value", slot: Place.value)])
        collect.outputs = [digest]
        plan.collect = [collect]
        return plan
    }

    private func run(
        _ plan: Plan, _ journal: MemoryJournal = MemoryJournal(), goingOn: Bool = false,
        control: RunControl = RunControl()
    ) async throws -> RunSummary {
        if !goingOn {
            try await journal.begin(
                RunStart(
                    id: "run", at: Timestamp(seconds: 0), recipeText: [], outline: plan.outline,
                    plan: SHA256Digest(of: ""), options: nil))
        }
        let kept = goingOn ? try KeptRun(reading: journal.reader(), steps: plan.allSteps.count) : nil
        let executor = Executor(
            plan: plan, journal: journal, control: control, tally: RunTally(plan),
            clock: WallClock { Timestamp(seconds: 1) }, options: Executor.Options(lanes: 2, width: 8))
        if let kept { #expect(try await executor.obstacle(to: kept) == nil) }
        let summary = try await executor.run(as: .null, goingOn: kept)
        #expect(summary.imbalance == nil)
        return summary
    }

    private func groups(_ journal: MemoryJournal) throws -> [EndedRecord] {
        var groups: [EndedRecord] = []
        try journal.reader().forEachGroupEnding { groups.append($0) }
        return groups
    }

    @Test func `each group is asked about once, with its done records in order`() async throws {
        let fake = CountFake()
        let journal = MemoryJournal()
        let summary = try await run(plan(10, fake), journal)
        #expect(Set(fake.asked.value) == ["0: 0,3,6,9", "1: 1,4,7", "2: 2,5,8"])
        #expect(digest.lines == [#"0 "4""#, #"1 "3""#, #"2 "3""#])
        #expect(summary.collect?.map(\.done) == [3] && summary.counts.done == 10 && summary.outcome == .done)
        #expect(try groups(journal).map(\.id) == ["0", "1", "2"])
        #expect(try journal.endings().isEmpty)
    }

    @Test func `records are made ready once more before they are put aside`() async throws {
        let fake = CountFake()
        var plan = try plan(10, fake)
        // Whether it is ready is looked at where it is decoded.
        plan.source = WorkedSource(base: NumberSource(size: 10))
        _ = try await run(plan)
        #expect(Set(fake.asked.value) == ["0: 0,3,6,9", "1: 1,4,7", "2: 2,5,8"])
    }

    @Test func `a record that was done and cannot be had again is told, and nobody is asked without it`() async throws {
        let fake = CountFake()
        let (journal, times) = (MemoryJournal(), Counter())
        var plan = try plan(4, fake)
        let value = PureFake { row in
            let number = row[0]["number"] ?? .null
            return number == .int(2) && times.add(1) > 1 ? .fault(Failure(.expression, "not today")) : .answered(number)
        }
        plan.steps[0].action = .pure(value)
        let summary = try await run(plan, journal)
        #expect(summary.counts.done == 4 && summary.collect?.map(\.failed) == [1] && fake.asked.value == [])
        #expect(try groups(journal).first?.failure?.failure.message.contains("'2' is in no group") ?? false)
    }

    @Test func `records that were answered are collected by their answers, and those that failed are not`() async throws
    {
        let fake = CountFake()
        let asking = AnsweredFake { number, _ in
            number == 4 ? .failed(Failure(.refusedRequest, "no"), nil) : .says("\(number * 10)")
        }
        _ = try await run(plan(6, fake, by: 20, asking: asking))
        #expect(Set(fake.asked.value) == [#"0: "0","20""#, #"10: "10","30","50""#])
    }

    @Test func `a group that is too large is asked about in parts, and their answers are joined`() async throws {
        var fake = CountFake()
        fake.promptBytes = 40
        let journal = MemoryJournal()
        let summary = try await run(plan(200, fake, by: 1), journal)
        #expect(digest.lines == [#"0 "200""#])
        #expect(fake.asked.value.allSatisfy { $0.utf8.count <= 40 })
        #expect(fake.asked.value.contains { $0.hasPrefix("join") })
        #expect(summary.collect?.map(\.done) == [1])
        let again = fake.asked.value.count
        _ = try await run(plan(200, fake, by: 1), journal, goingOn: true)
        #expect(fake.asked.value.count == again && digest.lines == [#"0 "200""#])
    }

    @Test func `a prompt that the model finds too long is halved until it fits`() async throws {
        var fake = CountFake()
        fake.context = 60
        let journal = MemoryJournal()
        let summary = try await run(plan(100, fake, by: 1), journal)
        #expect(digest.lines == [#"0 "100""#] && summary.collect?.map(\.failed) == [0])
        let refused = fake.asked.value.count { $0.utf8.count > 60 }
        #expect(refused > 0 && refused < 6)
        fake.asked.change { $0 = [] }
        _ = try await run(plan(100, fake, by: 1), journal, goingOn: true)
        #expect(fake.asked.value == [])
    }

    @Test func `a group that fails is told, and the others and the records stand`() async throws {
        var fake = CountFake()
        fake.ask = { shown, count in shown.hasPrefix("1:") ? .says("bad") : .says("\(count)") }
        let journal = MemoryJournal()
        let summary = try await run(plan(9, fake, attempts: 2), journal)
        #expect(summary.counts.done == 9 && summary.outcome == .failures)
        #expect(summary.collect?.map(\.failed) == [1] && summary.failedGroups == 1)
        #expect(digest.lines == [#"0 "3""#, #"2 "3""#] && sink.state.withLock { $0.finished } == true)
        let failed = try #require(try groups(journal).first { $0.outcome == .failed })
        #expect(failed.id == "1" && failed.failure?.attempt == 2 && failed.failure?.failure.cause == .schema)
        let flagged = try await run(plan(9, fake, otherwise: .flag))
        #expect(flagged.collect?.map(\.flagged) == [1] && flagged.outcome == .done)
        #expect(digest.lines == [#"0 "3""#, "1 null", #"2 "3""#])
    }

    @Test func `a record whose group cannot be told fails the step, and nobody is asked`() async throws {
        let fake = CountFake()
        let journal = MemoryJournal()
        let summary = try await run(plan(4, fake, by: 0), journal)
        #expect(summary.collect?.map(\.failed) == [1] && fake.asked.value == [])
        #expect(try groups(journal).first?.failure?.failure.message.contains("'0' is in no group") ?? false)
    }

    @Test func `a run that is stopped meanwhile goes on with the groups that have no answer`() async throws {
        var fake = CountFake()
        let control = RunControl()
        fake.ask = { _, count in
            control.stop(.signal(2))
            return .says("\(count)")
        }
        let journal = MemoryJournal()
        let stopped = try await run(plan(300, fake, by: 100), journal, control: control)
        #expect(stopped.collect == nil && stopped.outcome == .stopped)
        let first = Set(fake.asked.value)
        #expect(!first.isEmpty && first.count < 100)
        fake.ask = { _, count in .says("\(count)") }
        let ended = try await run(plan(300, fake, by: 100), journal, goingOn: true)
        #expect(ended.collect?.map(\.done) == [100])
        #expect(fake.asked.value.count == 100 && Set(fake.asked.value).count == 100)
        #expect(digest.lines.count == 100)
    }

    @Test func `nothing is collected while a record is not through`() async throws {
        let fake = CountFake()
        let asking = AnsweredFake { number, _ in number == 2 ? .stopped : .says("\(number)") }
        let summary = try await run(plan(4, fake, asking: asking))
        #expect(summary.collect == nil && summary.counts.notReached > 0 && fake.asked.value == [])
    }
}
