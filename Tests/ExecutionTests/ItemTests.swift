import Diagnostics
import Digests
import Expressions
import Journaling
import Recipes
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// Where the rows of ``ItemTests`` have their values: three steps, the item, the inner ones.
private enum Place {
    static let parts = SlotLayout.firstStep
    static let notes = SlotLayout.firstStep + 1
    static let item = SlotLayout.firstStep + 3
    static let first = SlotLayout.firstStep + 4
}

/// Asks about the item, and what the inner step before said of it; answers by a closure.
private struct ItemFake: AnsweredStep {
    var prompt: String
    var reads: Int?
    let asked = Shared<[String]>([])
    var effect = StepEffect.asks
    var ask: @Sendable (_ shown: String) async -> Reply

    init(_ prompt: String, reads: Int? = nil, _ ask: @escaping @Sendable (_ shown: String) async -> Reply) {
        (self.prompt, self.reads, self.ask) = (prompt, reads, ask)
    }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let item = row[Place.item]
        let before = reads.map { " after \(row[$0].string ?? "null")" } ?? ""
        let shown = "\(prompt) \(record.id) \(item.string ?? "null")\(before)"
        return Question(key: SHA256Digest(of: "\(shown) \(attempt.number)"), shown: shown, content: shown)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        asked.change { $0.append(question.shown) }
        return await ask(question.shown)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        let text = String(decoding: answer.body, as: UTF8.self)
        return text == "bad" ? .unusable(Failure(.schema, "it is bad")) : .value(.string(text))
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
    var parts: [QuestionPart] { [QuestionPart("prompt", prompt)] }
}

@Suite struct ItemTests {
    private let sink = MemorySink { "\($0.record.id) \(JSON.text(of: $0.slots[Place.notes])) \($0.flags)" }

    /// `parts` gives a list, `notes` goes through it, and `last` asks nobody.
    private func plan(
        _ items: [Value], records: Int = 1, atOnce: Int = 4, otherwise: Otherwise = .fail, _ inner: PlannedStep...
    ) throws -> Plan {
        var scope = Scope()
        scope.declare("parts", .list(.any), slot: Place.parts)
        var problems = Problems()
        let place = SourceSpan(file: "recipe.yaml", start: .init(line: 1, column: 1), end: .init(line: 1, column: 2))
        let list = try #require(Expression.compile(LocatedText("parts", span: place), in: scope, problems: &problems))
        let wanted = PreparedItems(list: list, name: Located("part", at: list.source.span), type: .any, atOnce: atOnce)
        var notes = PlannedStep.fake("notes", .items(wanted), otherwise: otherwise)
        notes.items = PlannedItems(
            list: list, name: "part", slot: 0, atOnce: atOnce,
            steps: inner.map { step in
                var step = step
                step.name = "notes.\(step.name)"
                return step
            }, answers: inner.map(\.name))
        return .fake(
            NumberSource(size: records),
            steps: [
                .fake("parts", .pure(PureFake { _ in .answered(.list(items)) })), notes,
                .fake("last", .pure(PureFake { _ in .answered(.null) })),
            ], outputs: [sink])
    }

    private func run(
        _ plan: Plan, _ journal: MemoryJournal = MemoryJournal(), goingOn: Bool = false, width: Int = 8
    ) async throws -> RunSummary {
        if !goingOn {
            try await journal.begin(
                RunStart(
                    id: "run", at: Timestamp(seconds: 0), recipeText: [], outline: plan.outline,
                    plan: SHA256Digest(of: ""), options: nil))
        }
        let kept = goingOn ? try KeptRun(reading: journal.reader(), steps: plan.allSteps.count) : nil
        let executor = Executor(
            plan: plan, journal: journal, control: RunControl(), tally: RunTally(plan),
            clock: WallClock { Timestamp(seconds: 1) }, options: Executor.Options(lanes: 2, width: width))
        if let kept { #expect(try await executor.obstacle(to: kept) == nil) }
        let summary = try await executor.run(as: .null, goingOn: kept)
        #expect(summary.imbalance == nil)
        return summary
    }

    private func texts(_ count: Int) -> [Value] { (0..<count).map { .string("i\($0)") } }

    // MARK: Order and width

    @Test func `answers stand in the list's order whatever order they come in, and only so many are asked at once`()
        async throws
    {
        let open = Counter()
        let most = Counter()
        let note = ItemFake("note") { shown in
            most.raise(to: open.add(1))
            for _ in 0..<(shown.hasSuffix("0") ? 50 : 1) { await Task.yield() }
            open.add(-1)
            return .says(String(shown.split(separator: " ")[2]))
        }
        let more = ItemFake("more", reads: Place.first) { .says("\($0.split(separator: " ")[4])!") }
        let journal = MemoryJournal()
        let summary = try await run(
            plan(texts(20), atOnce: 3, .fake("note", .answered(note)), .fake("more", .answered(more))), journal)
        let expected = (0..<20).map { #"{"note":"i\#($0)","more":"i\#($0)!"}"# }.joined(separator: ",")
        #expect(sink.lines == ["0 [\(expected)] []"])
        #expect(most.value <= 3 && most.value > 1)
        #expect(summary.counts.done == 1)
        let answers = try journal.entries(.answer)
        #expect(answers.count == 40 && Set(answers.map(\.step)) == [3, 4])
        #expect(Set(answers.compactMap(\.item)) == Set(0..<20))
        let ending = try #require(try journal.endings().first)
        #expect(ending.items.map { $0[.done] } == [20, 20] && ending.marks == [.done, .done, .done])
    }

    @Test func `a list may be empty, hold null, and have thousands of items that only compute`() async throws {
        let note = ItemFake("note") { .says($0) }
        _ = try await run(plan([], .fake("note", .answered(note))))
        #expect(sink.lines == ["0 [] []"] && note.asked.value == [])
        _ = try await run(plan([.null, "a"], .fake("note", .answered(note))))
        #expect(sink.lines == [#"0 [{"note":"note 0 null"},{"note":"note 0 a"}] []"#])
        let copy = PlannedStep.fake("copy", .pure(PureFake { .answered($0[Place.item]) }))
        let summary = try await run(plan((0..<10_000).map { .int($0) }, records: 3, copy))
        #expect(summary.counts.done == 3 && sink.lines[2].hasSuffix(#"{"copy":9999}] []"#))
    }

    @Test func `a list that is too long fails its record by name`() async throws {
        let journal = MemoryJournal()
        let copy = PlannedStep.fake("copy", .pure(PureFake { _ in .answered(.null) }))
        let summary = try await run(plan(Array(repeating: .null, count: 10_001), copy), journal)
        #expect(summary.counts.failed == 1)
        #expect(try journal.endings()[0].failure?.failure.cause == .tooManyItems)
    }

    // MARK: Items that do not come through

    @Test func `the first item that fails fails its record, however late, and none behind it is begun`() async throws {
        let gate = Counter()
        let note = ItemFake("note") { shown in
            if shown.hasSuffix("i2") {
                gate.add(1)
                return .says("bad")
            }
            // Nobody overtakes the item that falls first, the one before it neither.
            while !shown.hasSuffix("i0"), gate.value == 0 { await Task.yield() }
            return .says(shown.hasSuffix("i1") ? "bad" : "good")
        }
        let journal = MemoryJournal()
        let summary = try await run(
            plan(texts(50), atOnce: 3, .fake("note", .answered(note)), .fake("more", .answered(note))), journal)
        #expect(summary.counts.failed == 1 && summary.steps[1][.failed] == 1)
        let ending = try #require(try journal.endings().first)
        #expect(ending.failure?.step == 3 && ending.failure?.item == 1)
        #expect(ending.others.map(\.item) == [2])
        #expect(ending.items[0].sum == 50 && ending.items[1].sum == 50)
        #expect(ending.items[0][.failed] == 2 && ending.items[0][.notReached] >= 10)
        #expect(!note.asked.value.contains { $0.hasSuffix("i40") })
    }

    @Test func `a retry asks again about the items that failed, and about no other`() async throws {
        let isMended = Counter()
        let note = ItemFake("note") { shown in
            isMended.value == 0 && (shown.hasSuffix("i1") || shown.hasSuffix("i2")) ? .says("bad") : .says("good")
        }
        let journal = MemoryJournal()
        let plan = try plan(texts(3), atOnce: 3, .fake("note", .answered(note)))
        #expect(try await run(plan, journal).counts.failed == 1)
        let ending = try #require(try journal.endings().first)
        let falls = [ending.failure] + ending.others
        let now = Timestamp(seconds: 1)
        try await journal.append(
            falls.map {
                .retried(Retrial(ordinal: 0, record: "0", step: $0?.step, item: $0?.item, lastDraw: 1), at: now)
            })
        isMended.add(1)
        note.asked.change { $0 = [] }
        #expect(try await run(plan, journal, goingOn: true).counts.done == 1)
        let again = Set(falls.compactMap { $0?.item }.map { "note 0 i\($0)" })
        #expect(Set(note.asked.value).isSubset(of: ["note 0 i1", "note 0 i2"]) && again.isSubset(of: note.asked.value))
        #expect(sink.lines == [#"0 [{"note":"good"},{"note":"good"},{"note":"good"}] []"#])
    }

    @Test func `a flagged item flags its record, and the each itself can be flagged whole`() async throws {
        let note = ItemFake("note") { $0.hasSuffix("i0") ? .says("fine") : .says("bad") }
        let summary = try await run(plan(texts(3), .fake("note", .answered(note), otherwise: .flag)))
        #expect(summary.counts.done == 1 && summary.counts.flagged == 1)
        #expect(
            sink.lines == [
                #"0 [{"note":"fine"},{"note":null},{"note":null}] ["notes[1].note: it is bad", "notes[2].note: it is bad"]"#
            ])
        let flagged = try await run(plan(texts(3), otherwise: .flag, .fake("note", .answered(note))))
        #expect(flagged.counts.done == 1 && flagged.steps[1][.flagged] == 1)
        #expect(sink.lines == [#"0 null ["notes[1].note: it is bad"]"#])
    }

    @Test func `an item that is skipped skips its record`() async throws {
        let check = PureFake { row in
            row[Place.item] == "i1" ? .fault(Failure(.rule, "not this")) : .answered(.null)
        }
        let summary = try await run(plan(texts(3), .fake("check", .pure(check), otherwise: .skip)))
        #expect(summary.counts.skipped == 1 && summary.steps[2][.skipped] == 1)
    }

    // MARK: Stopped and gone on with

    @Test func `a run that is gone on with asks only about the items that have no answer`() async throws {
        let answers = Counter()
        let isBack = Counter()
        let note = ItemFake("note") { shown in
            isBack.value == 0 && answers.add(1) > 7 ? .stopped : .says("\(shown)")
        }
        let more = ItemFake("more", reads: Place.first) { _ in .says("more") }
        let journal = MemoryJournal()
        let plan = try plan(
            texts(12), records: 2, .fake("note", .answered(note)), .fake("more", .answered(more)))
        #expect(try await run(plan, journal).counts.notReached > 0)
        let answered = try journal.entries(.answer)
        isBack.add(1)
        note.asked.change { $0 = [] }
        more.asked.change { $0 = [] }
        #expect(try await run(plan, journal, goingOn: true).counts.done == 2)
        #expect(note.asked.value.count == 24 - answered.count { $0.step == 3 })
        #expect(more.asked.value.count == 24 - answered.count { $0.step == 4 })
        #expect(try journal.entries(.answer).count == 48)
    }

    @Test func `items that ask the same each have an answer of their own, also when it is gone on`() async throws {
        let number = Counter()
        let note = ItemFake("note") { _ in .says("\(number.add(1))") }
        let journal = MemoryJournal()
        let plan = try plan(["a", "a", "a"], atOnce: 1, .fake("note", .answered(note)))
        _ = try await run(plan, journal)
        let lines = sink.lines
        #expect(lines == [#"0 [{"note":"1"},{"note":"2"},{"note":"3"}] []"#])
        _ = try await run(plan, journal, goingOn: true)
        #expect(sink.lines == lines && number.value == 3)
    }

    @Test func `what is done for each item has a key of its own, and one in doubt holds its record`() async throws {
        let acts = ActingFake(.sends) { _, time in
            time == 2 ? .failed(Failure(.timeout, "no answer came", mayHaveActed: true), nil) : .says("sent")
        }
        let journal = MemoryJournal()
        let plan = try plan(texts(3), atOnce: 1, .fake("act", .answered(acts)))
        let summary = try await run(plan, journal)
        #expect(summary.counts.waiting == 1)
        #expect(acts.done.value.count == 2 && Set(acts.done.value.map(\.key)).count == 2)
        let ending = try #require(try journal.endings().first)
        #expect(ending.failure?.item == 1 && ending.failure?.failure.cause == .inDoubt)
        try await journal.decide(.happened)
        #expect(try await run(plan, journal, goingOn: true).counts.done == 1)
        #expect(acts.done.value.count == 3 && Set(acts.done.value.map(\.key)).count == 3)
    }

    // MARK: An edited recipe

    @Test func `an edited inner question is asked again about every item`() async throws {
        struct Shelf: AnswerShelf {
            var answers: Set<SHA256Digest>
            func answer(to question: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? {
                answers.contains(question) ? Array("yes".utf8) : nil
            }
            func effect(_ key: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]? { nil }
        }
        let journal = MemoryJournal()
        func made(_ prompt: String) throws -> Plan {
            var more = PlannedStep.fake(
                "more", .answered(ItemFake("more", reads: Place.first) { _ in .says("yes") }))
            more.reads = [ReadPath(slot: Place.first, names: [])]
            return try plan(
                texts(4), records: 2, .fake("note", .answered(ItemFake(prompt) { _ in .says("yes") })), more)
        }
        let before = try made("note")
        let summary = try await run(before, journal)
        try await journal.finish(
            RunEnd(at: Timestamp(seconds: 2), outcome: .done, counts: summary.counts, neverAdmitted: 0, outputs: []))
        let shelf = Shelf(answers: Set(try journal.entries(.answer).compactMap(\.key)))
        for (prompt, asks, mayAsk) in [("note", [0, 0], [0, 0]), ("remark", [8, 0], [0, 8])] {
            let after = try made(prompt)
            let reader = try journal.reader()
            let rehearsal = try await Rehearsal(
                of: after, as: .null,
                with: .init(
                    journal: reader, run: KeptRun(reading: reader, steps: after.allSteps.count).anew, shelf: shelf,
                    input: InputChanges(from: reader, to: after.source), changes: PlanChanges(from: before, to: after)))
            #expect(rehearsal.steps.map(\.name) == ["notes.note", "notes.more"])
            #expect(rehearsal.steps.map(\.asks) == asks && rehearsal.steps.map(\.mayAsk) == mayAsk)
            #expect(rehearsal.steps[0].ranking.first?.reason == (asks[0] == 0 ? nil : .changed(["prompt"])))
        }
    }
}
