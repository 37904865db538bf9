internal import Expressions
internal import Journaling
internal import Planning
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// Takes records through a plan with kept answers, and notes the questions that have none.
struct RehearsalWalk {
    private let walk: RowWalk
    private let kept: Rehearsal.Kept
    private let facts: [StepFacts]
    private let history: RunHistory
    /// By place.
    private var steps: [Rehearsal.Step]
    private(set) var askingRecords = 0
    /// Questions of this batch whose reason is yet to be found.
    private var open: [OpenQuestion] = []

    private struct OpenQuestion {
        var place: StepPlace
        var record: String
        var standing: InputChanges.Standing
        /// False where the question itself is not known, because it depends on an answer to come.
        var isKnown: Bool
        var attempt: Int
    }

    init(plan: Plan, run: Value, kept: Rehearsal.Kept) throws {
        walk = RowWalk(plan: plan, run: run)
        self.kept = kept
        history = try kept.journal.history()
        facts = StepFacts.all(of: plan, kept.changes)
        steps = plan.askedSteps.map { Rehearsal.Step(name: $0.name) }
    }

    /// By their places, without those that only compute and those that collect.
    var answeredSteps: [Rehearsal.Step] {
        zip(walk.plan.allSteps, steps).filter { !$0.0.isPure && $0.0.items == nil }.map(\.1)
    }

    // MARK: A record's way

    /// A record on its way, and what is not known of it.
    private struct Passage {
        var record: Record
        var standing: InputChanges.Standing
        /// Slots whose value depends on an answer to come.
        var unknown: Set<Int> = []
        var asks = false
    }

    /// - Returns: where its way ended.
    mutating func take(_ record: Record) throws -> RehearsedRecord {
        var row = walk.start(record)
        var passage = Passage(record: record, standing: kept.input.standing(of: record.ordinal))
        try follow(&row, through: walk, &passage)
        if passage.asks { askingRecords += 1 }
        return RehearsedRecord(row: row, standing: passage.standing, unknown: passage.unknown)
    }

    /// Takes a row, of a record or of an item, to its end.
    private mutating func follow(_ row: inout Row, through walk: RowWalk, _ passage: inout Passage) throws {
        while case .run(let index, let attempt) = row.progress.next {
            let step = walk.steps[index]
            if attempt == 1, !facts[step.place].reads.isDisjoint(with: passage.unknown) {
                // How many items a list to come has is not known: they count as one.
                for asked in [step] + (step.items?.steps ?? []) where !asked.isPure && asked.items == nil {
                    steps[asked.place].mayAsk += 1
                    note(asked.place, row.item, passage, isKnown: false, attempt: attempt)
                }
                pass(index, &row, walk, &passage)
            } else if case .asks? = walk.step(&row) {
                if let items = walk.items(at: index) {
                    if try !take(items, at: index, &row, through: walk, &passage) {
                        pass(index, &row, walk, &passage)
                    }
                } else if try !answer(index, &row, walk) {
                    steps[step.place].asks += 1
                    passage.asks = true
                    note(step.place, row.item, passage, isKnown: true, attempt: attempt)
                    pass(index, &row, walk, &passage)
                }
            }
        }
    }

    /// - Returns: false where the answer of some item is not known.
    private mutating func take(
        _ items: ItemsStage, at index: Int, _ row: inout Row, through walk: RowWalk, _ passage: inout Passage
    ) throws -> Bool {
        guard case .success(let list) = items.items(of: row) else { return true }
        var end = ItemsEnd(count: list.count, of: items)
        let unknown = passage.unknown
        var isKnown = true
        for (number, item) in list.enumerated() where end.fallen == nil {
            var one = items.row(for: item, number: number, of: row)
            try follow(&one, through: items.walk, &passage)
            if passage.unknown != unknown { isKnown = false }
            passage.unknown = unknown
            if case .ended(let outcome) = one.progress.next { end.add(items.end(one, outcome)) }
        }
        if isKnown { walk.take(end, at: index, &row) }
        return isKnown
    }

    private func pass(_ index: Int, _ row: inout Row, _ walk: RowWalk, _ passage: inout Passage) {
        passage.unknown.insert(walk.steps[index].slot)
        if walk.steps[index].otherwise == .flag { passage.unknown.insert(SlotLayout.record) }
        walk.pass(&row)
    }

    private mutating func note(
        _ step: Int, _ item: Int?, _ passage: Passage, isKnown: Bool, attempt: Int
    ) {
        open.append(
            OpenQuestion(
                place: StepPlace(step: step, item: item), record: passage.record.id, standing: passage.standing,
                isKnown: isKnown, attempt: attempt))
    }

    /// Answers the question the row stands at with what is kept.
    ///
    /// - Returns: false if nothing is.
    private mutating func answer(_ index: Int, _ row: inout Row, _ walk: RowWalk) throws -> Bool {
        let step = walk.steps[index]
        guard case .answered(let answered) = step.action, case .run(_, let number) = row.progress.next else {
            return true
        }
        let place = StepPlace(step: step.place, item: row.item)
        let draw = number + (kept.run.drawsBefore(row.record.id)[place] ?? 0)
        let question: Question
        do throws(Failure) {
            question = try walk.question(
                at: index, for: row, Attempt(number: draw, previous: row.previous, turn: number), of: answered)
        } catch {
            // A question that cannot be made is asked of nobody.
            row.previous = nil
            walk.fail(error, again: false, &row)
            return true
        }
        if let answer = answered.answersAtOnce ? answered.answerAtOnce(question) : nil {
            // Looked up again, as the run would.
            _ = walk.read(answer, to: question, of: answered, &row)
            return true
        }
        if let body = try kept.shelf.answer(to: question.key, shared: answered.isShared) {
            steps[step.place].kept += 1
            if let review = answered as? any ReviewedStep {
                if case .unusable = walk.follow(body, to: question, of: review, &row) { return false }
                return true
            }
            _ = walk.read(Answer(body: body, usage: Usage()), to: question, of: answered, &row)
            return true
        }
        guard let failure = kept.run.failure(of: row.record.id, item: row.item, at: question.key) else { return false }
        row.previous = nil
        walk.fail(failure, again: false, &row)
        return true
    }

    // MARK: Groups

    /// What a step that collects comes to, as ``RehearsedGroups`` finds it; answers that are used again are counted here.
    func step(of collect: PlannedCollect) -> Rehearsal.Step { steps[collect.step.place] }

    // MARK: Reasons

    /// Finds the reasons of this batch's questions.
    mutating func settle() throws {
        guard !open.isEmpty else { return }
        let answered = try answeredBefore()
        for question in open {
            let reason = reason(for: question, answered)
            steps[question.place.step].note(reason, question.record)
        }
        open = []
    }

    private func reason(for question: OpenQuestion, _ answered: Set<AnsweredPlace>) -> RehearsedReason {
        let own = facts[question.place.step]
        switch question.standing {
        case .new: return .newRecord
        case .changed: return .changedRecord
        case .notReached: return .neverAnswered
        case .same(let was):
            if own.isNew { return .newStep }
            guard
                answered.contains(
                    AnsweredPlace(ordinal: was, step: own.name, item: question.place.item))
            else { return kept.run.isUnchanged(was) ? .passedOver : .neverAnswered }
        }
        if !own.changed.isEmpty { return .changed(own.changed) }
        if !question.isKnown { return .earlierAnswer }
        if !own.computedBefore.isEmpty { return .computedBefore(own.computedBefore) }
        if kept.run.drawsBefore(question.record)[question.place] != nil { return .retried }
        return question.attempt > 1 ? .answerFails : .other
    }

    private struct AnsweredPlace: Hashable {
        var ordinal: Int
        var step: String
        var item: Int?
    }

    /// Which of the batch's records had a complete answer in the run, at which steps.
    private func answeredBefore() throws -> Set<AnsweredPlace> {
        let ordinals = Set(
            open.compactMap { question in
                if case .same(let was) = question.standing { was } else { nil }
            })
        guard let first = ordinals.min(), let last = ordinals.max() else { return [] }
        var places: Set<AnsweredPlace> = []
        func take(_ event: JournalEvent) {
            let entry = event.entry
            guard entry.kind == .answer || entry.kind == .effect, ordinals.contains(entry.ordinal) else { return }
            let outline = history.start(of: event.number).outline
            guard outline.steps.indices.contains(entry.step) else { return }
            places.insert(
                AnsweredPlace(ordinal: entry.ordinal, step: outline.steps[entry.step].name, item: entry.item))
        }
        // Records that were far apart are looked up one by one.
        if last - first < 4 * 1024 {
            try kept.journal.forEachEvent(of: first..<last + 1) { take($0) }
        } else {
            for ordinal in ordinals { for event in try kept.journal.events(of: ordinal) { take(event) } }
        }
        return places
    }
}

extension RehearsalWalk: GroupAnswerer {
    /// With what is kept, and with nothing else.
    mutating func follow(_ row: inout Row, through walk: RowWalk) throws -> Bool {
        while case .asks(let step) = walk.advance(&row) {
            guard try answer(step, &row, walk) else { return false }
        }
        return true
    }
}

/// Where the way of a record ended.
struct RehearsedRecord {
    var row: Row
    var standing: InputChanges.Standing
    /// Slots whose value depends on an answer to come.
    var unknown: Set<Int>
}

/// What can be said of a step before any record comes.
private struct StepFacts {
    var name: String
    var isComputedOtherwise = false
    /// The slots that its question, its condition and its rules depend on.
    var reads: Set<Int> = []
    var isNew = false
    /// Parts of its questions that changed, by name.
    var changed: [String] = []
    /// What it reads, directly or by way of steps that compute, that is computed otherwise now.
    var computedBefore: [String] = []

    /// By place.
    static func all(of plan: Plan, _ changes: PlanChanges?) -> [StepFacts] {
        // By slot: what is different in what stands there, answers aside.
        var different: [Int: [String]] = [:]
        if changes?.input ?? false { different[SlotLayout.input] = ["the input"] }
        var inner: [StepFacts] = []
        let outer = plan.steps.map { step in
            var facts = StepFacts(step, changes, different)
            guard let items = step.items else {
                if step.isPure { different[step.slot] = facts.own ?? facts.computedBefore }
                return facts
            }
            // An item differs where its list does.
            different[items.slot] = facts.own ?? facts.computedBefore
            for step in items.steps {
                let own = StepFacts(step, changes, different)
                if step.isPure { different[step.slot] = own.own ?? own.computedBefore }
                inner.append(own)
                for name in own.own ?? own.computedBefore where !facts.computedBefore.contains(name) {
                    facts.computedBefore.append(name)
                }
            }
            if step.isPure { different[step.slot] = facts.own ?? facts.computedBefore }
            // Its inner steps are looked at one by one.
            facts.reads = Set((items.list.reads + (step.when?.reads ?? [])).filter(\.dependsOnAnswers).map(\.slot))
            return facts
        }
        return outer + inner
    }

    /// - Parameter different: by slot, what is computed otherwise in what stands there.
    private init(_ step: PlannedStep, _ changes: PlanChanges?, _ different: [Int: [String]]) {
        name = step.name
        let read = step.allReads
        reads = Set(read.filter(\.dependsOnAnswers).map(\.slot)).subtracting([step.slot])
        isNew = changes?.newSteps.contains(step.name) ?? false
        changed = changes?.parts[step.name]?.map(\.name) ?? []
        isComputedOtherwise = step.isPure && (changes?.computed.contains(step.name) ?? false)
        for read in read {
            var names = different[read.slot] ?? []
            if read.slot == SlotLayout.settings { names = changes?.settings(readBy: [read]) ?? [] }
            for name in names where !computedBefore.contains(name) { computedBefore.append(name) }
        }
    }

    /// Its own name, where it is itself what makes a difference.
    private var own: [String]? { isComputedOtherwise || isNew ? [name] : nil }
}

extension ReadPath {
    /// Of the name `record` only the flags do.
    fileprivate var dependsOnAnswers: Bool {
        slot != SlotLayout.record || names.first == nil || names.first == "flags"
    }
}
