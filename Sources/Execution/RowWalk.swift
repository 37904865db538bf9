internal import Digests
internal import Expressions
package import Planning
package import Runs
package import Steps
package import Values

/// One record on its way: its values, and where it stands.
package struct Row: Sendable {
    /// What outputs see of it, so that they can be shown it without a copy. Its flags are those of ``progress`` as of the
    /// last ``RowWalk/refreshRecord(_:)``.
    var finished: FinishedRecord
    package var progress: RecordProgress
    /// What came back from the step the record stands at, and what was wrong with it.
    package var previous: Attempt.Previous?
    /// How often each step was tried; empty for a record that asked nobody.
    package var attempts: [Int] = []
    /// For a row of one item of an `each`: its place in the list.
    package var item: Int?
    /// How the items of its record stand at the inner steps, by their places behind the plan's own steps; empty where
    /// there are none.
    package var items: [StepCounts] = []
    /// Items that failed beside the one that the record failed for.
    package var otherFalls: [RecordProgress.Fall] = []
    /// What it waits for, once it waits for a person.
    var waits: PendingWait?

    package init(record: Record, slots: Slots, progress: RecordProgress) {
        finished = FinishedRecord(record: record, slots: slots, flags: progress.flags)
        self.progress = progress
    }

    // In place: values that are taken out and put back would be counted for every step.
    package var record: Record {
        @inline(__always) _read { yield finished.record }
        @inline(__always) _modify { yield &finished.record }
    }

    package var slots: Slots {
        @inline(__always) _read { yield finished.slots }
        @inline(__always) _modify { yield &finished.slots }
    }
}

/// Takes rows through the pure steps of a plan. Computes only: no task, no journal, no clock.
///
/// A class, because it holds a whole plan and every record asks it.
package final class RowWalk: Sendable {
    /// Where a row came to rest.
    package enum Rest: Sendable {
        /// At a step that somebody has to answer.
        case asks(step: Int)
        case ended(Outcome)
    }

    package let plan: Plan
    /// Those that its rows go through: the plan's own, or the inner ones of an `each`.
    package let steps: [PlannedStep]
    private let stages: [Stage]
    let rules: [RecordProgress.StepRule]
    private let blank: Slots

    /// What a row meets at one step, behind one reference: a copy of a whole step counts up each of its parts.
    final class Stage: Sendable {
        let slot: Int
        let when: Expression?
        let action: PreparedStep.Action
        /// One that computes nothing stands for all others.
        let pure: any PureStep
        let isPure: Bool
        let rules: [PlannedRule]
        /// Of an `each`.
        let items: ItemsStage?

        init(_ step: PlannedStep, items: ItemsStage?) {
            slot = step.slot
            when = step.when
            action = step.action
            if case .pure(let step) = step.action {
                (pure, isPure) = (step, true)
            } else {
                (pure, isPure) = (NoStep(), false)
            }
            rules = step.rules
            self.items = items
        }

        /// Whether an answer that breaks a rule may be asked for again: a computation would come to the same, and what
        /// has been sent is sent.
        var mayRepeat: Bool {
            switch action {
            case .pure, .items: false
            case .answered(let step): step.effect.isRepeatable
            }
        }
    }

    package convenience init(plan: Plan, run: Value) {
        self.init(plan: plan, steps: plan.steps, run: run)
    }

    /// Through other steps than the plan's own, which read a row of the same layout.
    convenience init(plan: Plan, steps: [PlannedStep], run: Value) {
        var blank = Slots(count: plan.layout.count)
        blank[SlotLayout.run] = run
        blank[SlotLayout.settings] = plan.settings
        self.init(plan, steps, blank)
    }

    private init(_ plan: Plan, _ steps: [PlannedStep], _ blank: Slots) {
        self.plan = plan
        self.steps = steps
        self.blank = blank
        stages = steps.map { step in
            Stage(step, items: step.items.map { ItemsStage($0, walk: RowWalk(plan, $0.steps, blank)) })
        }
        rules = steps.map {
            .init(name: $0.name, attempts: $0.attempts, attemptsOfOne: $0.attemptsOfOne, otherwise: $0.otherwise)
        }
    }

    /// What the `each` at this step goes through; nil for other steps.
    func items(at step: Int) -> ItemsStage? { stages[step].items }

    /// A row at the first step.
    package func start(_ record: Record) -> Row {
        var row = Row(record: record, slots: blank, progress: RecordProgress(rules: rules))
        enter(&row)
        return row
    }

    /// Uses a row's memory for another record.
    package func restart(_ row: inout Row, with record: Record) {
        row.record = record
        row.progress.reset()
        row.previous = nil
        row.waits = nil
        if !row.attempts.isEmpty { row.attempts = [] }
        if !row.items.isEmpty { (row.items, row.otherFalls) = ([], []) }
        // Every step writes its slot before anything reads it, so the old values need no clearing.
        enter(&row)
    }

    /// About how much memory a row takes: its input, and what the steps that it went through made of it. The slots of
    /// others may hold what another record left there.
    func textBytes(of row: borrowing Row) -> Int {
        var bytes = TextBytes()
        bytes.add(row.record.input)
        for (stage, mark) in zip(stages, row.progress.marks) where mark != .notReached {
            bytes.add(row.slots[stage.slot])
        }
        return bytes.count
    }

    private func enter(_ row: inout Row) {
        row.slots[SlotLayout.input] = row.record.input
        refreshRecord(&row)
    }

    /// Goes on from where the row stands until somebody has to answer or the record ends.
    ///
    /// Out of line, for the sake of the frames of those that wait behind it: see ``RecordTask``.
    @inline(never)
    package func advance(_ row: inout Row) -> Rest {
        while true {
            if let rest = step(&row) { return rest }
        }
    }

    /// Takes the row through the step it stands at.
    ///
    /// - Returns: nil where the row now stands at the next one.
    @inline(__always)
    func step(_ row: inout Row) -> Rest? {
        guard case .run(let index, let attempt) = row.progress.next else {
            guard case .ended(let outcome) = row.progress.next else {
                preconditionFailure("a row runs or has ended")
            }
            return .ended(outcome)
        }
        let step = stages[index]
        if attempt == 1, let when = step.when {
            switch truth(of: when, in: row.slots) {
            case .success(true): break
            case .success(false):
                row.slots[step.slot] = .null
                row.progress.leftOut()
                return nil
            case .failure(let fault):
                broke(&row, step, fault, again: false, keepsAnswer: false)
                return nil
            }
        }
        guard step.isPure else {
            guard let items = step.items else { return .asks(step: index) }
            return take(items, of: step, index, &row)
        }
        switch step.pure.apply(to: row.slots) {
        case .answered(let value):
            row.slots[step.slot] = value
            judge(&row, step)
        case .broken(let value, let failure):
            row.slots[step.slot] = value
            broke(&row, step, failure, again: false, keepsAnswer: true)
        case .fault(let fault):
            broke(&row, step, fault, again: false, keepsAnswer: false)
        }
        return nil
    }

    /// Takes in the answer of the step the row stands at, and holds it against the step's rules.
    ///
    /// - Returns: what is wrong with it, if anything; the row then stands at the next attempt or behind the step.
    @discardableResult
    package func take(_ value: Value, _ row: inout Row) -> Failure? {
        guard case .run(let index, _) = row.progress.next else { return nil }
        row.slots[stages[index].slot] = value
        return judge(&row, stages[index])
    }

    /// The step the row stands at has no usable answer.
    package func fail(_ failure: Failure, again: Bool, _ row: inout Row) {
        guard case .run(let index, _) = row.progress.next else { return }
        broke(&row, stages[index], failure, again: again, keepsAnswer: false)
    }

    /// All items of the `each` the row stands at have ended, or those behind one that fell were not begun.
    func take(_ items: ItemsEnd, at index: Int, _ row: inout Row) {
        items.count(into: &row)
        let flags = row.progress.flags.count
        row.progress.takeFlags(items.flags, items.flagged)
        defer { if row.progress.flags.count != flags { refreshRecord(&row) } }
        guard let fallen = items.fallen, let fall = fallen.fall else {
            row.slots[stages[index].slot] = .list(items.values)
            judge(&row, stages[index])
            return
        }
        row.otherFalls = items.otherFalls
        row.waits = fallen.waits
        row.slots[stages[index].slot] = .null
        row.progress.itemFell(fallen.outcome, fall, at: items.stepName(of: fall))
    }

    /// The step the row stands at is done, by a person's word: its rules are not asked.
    package func accept(_ value: Value, _ row: inout Row) {
        guard case .run(let index, _) = row.progress.next else { return }
        row.slots[stages[index].slot] = value
        row.progress.passed()
    }

    // MARK: Rules

    @discardableResult
    func judge(_ row: inout Row, _ step: Stage) -> Failure? {
        guard let failure = complaint(about: row.slots, step.rules) else {
            row.progress.passed()
            return nil
        }
        // A fault of the recipe, not of the answer: asking again would buy nothing.
        broke(&row, step, failure, again: failure.cause == .rule && step.mayRepeat, keepsAnswer: true)
        return failure
    }

    /// What is wrong with the answer of a step, by its rules; nil where nothing is. Moves nothing on.
    func complaint(about index: Int, in row: borrowing Row) -> Failure? {
        complaint(about: row.slots, stages[index].rules)
    }

    private func complaint(about slots: borrowing Slots, _ rules: [PlannedRule]) -> Failure? {
        var complaints: [String] = []
        for rule in rules {
            switch truth(of: rule.rule, in: slots) {
            case .success(true): continue
            case .success(false): complaints.append(complaint(rule, slots))
            case .failure(let fault): return fault
            }
        }
        return complaints.isEmpty ? nil : Failure(.rule, complaints.joined(separator: "; "))
    }

    private func complaint(_ rule: PlannedRule, _ slots: borrowing Slots) -> String {
        guard let because = rule.because else { return "the rule '\(rule.text)' is broken" }
        do throws(EvaluationError) {
            return try because.render(slots)
        } catch {
            return "the rule '\(rule.text)' is broken (its 'because' could not be filled in: \(error.message))"
        }
    }

    func broke(_ row: inout Row, _ step: Stage, _ failure: Failure, again: Bool, keepsAnswer: Bool) {
        let flags = row.progress.flags.count
        row.progress.broke(failure, again: again)
        if !keepsAnswer { row.slots[step.slot] = .null }
        if row.progress.flags.count != flags { refreshRecord(&row) }
    }

    private func truth(of condition: Expression, in slots: borrowing Slots) -> Result<Bool, Failure> {
        do throws(EvaluationError) {
            return .success(try condition.isTrue(slots))
        } catch {
            return .failure(Failure(.expression, "\(error.place): \(error.message)"))
        }
    }

    // MARK: The name `record`

    func refreshRecord(_ row: inout Row) {
        row.finished.flags = row.progress.flags
        guard plan.layout.readsRecord else { return }
        let origin = row.record.origin
        row.slots[SlotLayout.record] = .map(
            ValueMap(
                shape: recordShape,
                values: [
                    .string(row.record.id), .list(row.progress.flags.map(Value.string)),
                    .map(
                        ValueMap(
                            shape: originShape,
                            values: [
                                .string(origin.source), origin.line.map { .int(Int64($0)) } ?? .null,
                                .string(origin.content.hex),
                            ])),
                ]))
    }

    // Of this walk, and not of the type: lanes that count references to one object wait for each other.
    private let recordShape = MapShape(fields: ["id", "flags", "origin"])
    private let originShape = MapShape(fields: ["source", "line", "hash"])
}

private final class NoStep: PureStep {
    func apply(to row: borrowing Slots) -> Verdict { .answered(.null) }
}
