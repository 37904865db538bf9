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
    private var steps: [Rehearsal.Step]
    private(set) var askingRecords = 0
    /// Questions of this batch whose reason is yet to be found.
    private var open: [OpenQuestion] = []

    private struct OpenQuestion {
        var step: Int
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
        steps = plan.steps.map { Rehearsal.Step(name: $0.name) }
    }

    /// In the plan's order, without those that only compute.
    var answeredSteps: [Rehearsal.Step] {
        zip(walk.plan.steps, steps).filter { !$0.0.isPure }.map(\.1)
    }

    // MARK: A record's way

    mutating func take(_ record: Record) throws {
        var row = walk.start(record)
        let standing = kept.input.standing(of: record.ordinal)
        // Slots whose value depends on an answer to come.
        var unknown: Set<Int> = []
        var asks = false
        while case .run(let index, let attempt) = row.progress.next {
            let step = walk.plan.steps[index]
            if attempt == 1, !facts[index].reads.isDisjoint(with: unknown) {
                if !step.isPure {
                    steps[index].mayAsk += 1
                    note(index, record, standing, isKnown: false, attempt: attempt)
                }
                pass(index, &row, &unknown)
            } else if case .asks? = walk.step(&row), try !answer(index, &row) {
                steps[index].asks += 1
                asks = true
                note(index, record, standing, isKnown: true, attempt: attempt)
                pass(index, &row, &unknown)
            }
        }
        if asks { askingRecords += 1 }
    }

    private func pass(_ index: Int, _ row: inout Row, _ unknown: inout Set<Int>) {
        unknown.insert(walk.plan.steps[index].slot)
        if walk.plan.steps[index].otherwise == .flag { unknown.insert(SlotLayout.record) }
        walk.pass(&row)
    }

    private mutating func note(
        _ step: Int, _ record: Record, _ standing: InputChanges.Standing, isKnown: Bool, attempt: Int
    ) {
        open.append(
            OpenQuestion(step: step, record: record.id, standing: standing, isKnown: isKnown, attempt: attempt))
    }

    /// Answers the question the row stands at with what is kept.
    ///
    /// - Returns: false if nothing is.
    private mutating func answer(_ index: Int, _ row: inout Row) throws -> Bool {
        guard case .answered(let answered) = walk.plan.steps[index].action,
            case .run(_, let number) = row.progress.next
        else { return true }
        let draw = number + (kept.run.drawsBefore(row.record.id)[index] ?? 0)
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
        if let body = try kept.shelf.answer(to: question.key, shared: answered.isShared) {
            steps[index].kept += 1
            if let review = answered as? any ReviewedStep {
                if case .unusable = walk.follow(body, to: question, of: review, &row) { return false }
                return true
            }
            _ = walk.read(Answer(body: body, usage: Usage()), to: question, of: answered, &row)
            return true
        }
        guard let failure = kept.run.unanswered[question.key] else { return false }
        row.previous = nil
        walk.fail(failure, again: false, &row)
        return true
    }

    // MARK: Reasons

    /// Finds the reasons of this batch's questions.
    mutating func settle() throws {
        guard !open.isEmpty else { return }
        let answered = try answeredBefore()
        for question in open {
            let reason = reason(for: question, answered)
            steps[question.step].reasons[reason, default: Rehearsal.Group()].count += 1
            if steps[question.step].reasons[reason, default: Rehearsal.Group()].examples.count < 3 {
                steps[question.step].reasons[reason]?.examples.append(question.record)
            }
        }
        open = []
    }

    private func reason(for question: OpenQuestion, _ answered: Set<AnsweredPlace>) -> RehearsedReason {
        let name = walk.plan.steps[question.step].name
        let own = facts[question.step]
        switch question.standing {
        case .new: return .newRecord
        case .changed: return .changedRecord
        case .notReached: return .neverAnswered
        case .same(let was):
            if own.isNew { return .newStep }
            guard answered.contains(AnsweredPlace(ordinal: was, step: name)) else { return .neverAnswered }
        }
        if !own.changed.isEmpty { return .changed(own.changed) }
        if !question.isKnown { return .earlierAnswer }
        if !own.computedBefore.isEmpty { return .computedBefore(own.computedBefore) }
        if kept.run.drawsBefore(question.record)[question.step] != nil { return .retried }
        return question.attempt > 1 ? .answerFails : .other
    }

    private struct AnsweredPlace: Hashable {
        var ordinal: Int
        var step: String
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
            places.insert(AnsweredPlace(ordinal: entry.ordinal, step: outline.steps[entry.step].name))
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

/// What can be said of a step before any record comes.
private struct StepFacts {
    /// The slots that its question, its condition and its rules depend on.
    var reads: Set<Int> = []
    var isNew = false
    /// Parts of its questions that changed, by name.
    var changed: [String] = []
    /// What it reads, directly or by way of steps that compute, that is computed otherwise now.
    var computedBefore: [String] = []

    static func all(of plan: Plan, _ changes: PlanChanges?) -> [StepFacts] {
        // By slot: what is different in what stands there, answers aside.
        var different: [Int: [String]] = [:]
        if changes?.input ?? false { different[SlotLayout.input] = ["the input"] }
        return plan.steps.map { step in
            let reads = step.allReads
            var facts = StepFacts()
            facts.reads = Set(reads.filter(\.dependsOnAnswers).map(\.slot)).subtracting([step.slot])
            facts.isNew = changes?.newSteps.contains(step.name) ?? false
            facts.changed = changes?.parts[step.name]?.map(\.name) ?? []
            for read in reads {
                var names = different[read.slot] ?? []
                if read.slot == SlotLayout.settings { names = settings(read, changes) }
                for name in names where !facts.computedBefore.contains(name) { facts.computedBefore.append(name) }
            }
            if step.isPure {
                let own = changes?.computed.contains(step.name) ?? false
                different[step.slot] = own || facts.isNew ? [step.name] : facts.computedBefore
            }
            return facts
        }
    }

    private static func settings(_ read: ReadPath, _ changes: PlanChanges?) -> [String] {
        guard let changes else { return [] }
        return changes.settings.sorted().filter { read.names.first == nil || read.names.first == $0 }
            .map { "the setting '\($0)'" }
    }
}

extension PlannedStep {
    fileprivate var allReads: [ReadPath] {
        reads + (when?.reads ?? []) + rules.flatMap { $0.rule.reads + ($0.because?.reads ?? []) }
    }
}

extension ReadPath {
    /// Of the name `record` only the flags do.
    fileprivate var dependsOnAnswers: Bool {
        slot != SlotLayout.record || names.first == nil || names.first == "flags"
    }
}
