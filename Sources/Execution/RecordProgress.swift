package import Recipes
package import Runs

/// Where one record stands in its plan: rules only, no queue, clock or journal.
package struct RecordProgress: Sendable {
    /// What the rules need to know of a step.
    package struct StepRule: Hashable, Sendable {
        package var name: String
        /// Of all its models together.
        package var attempts: Int
        /// How many of them one model has, before the next is asked.
        package var attemptsOfOne: Int
        package var otherwise: Otherwise

        package init(
            name: String, attempts: Int = 1, attemptsOfOne: Int? = nil, otherwise: Otherwise = .fail
        ) {
            self.name = name
            self.attempts = attempts
            self.attemptsOfOne = max(1, attemptsOfOne ?? attempts)
            self.otherwise = otherwise
        }

        /// The first attempt of the model behind the one that has this attempt.
        func attemptOfNextModel(after attempt: Int) -> Int {
            ((attempt - 1) / attemptsOfOne + 1) * attemptsOfOne + 1
        }
    }

    package enum Next: Hashable, Sendable {
        /// The record is at this step, for the nth time.
        case run(step: Int, attempt: Int)
        case ended(Outcome)

        /// Whether the record stands at the same step, for one time more.
        func isAnotherAttempt(after earlier: Next) -> Bool {
            guard case .run(let step, let attempt) = earlier else { return false }
            return self == .run(step: step, attempt: attempt + 1)
        }
    }

    /// A failure and where it happened.
    package struct Fall: Hashable, Sendable {
        /// By its place in the plan; -1 outside of any.
        package var step: Int
        /// The item's place in the list of an `each`.
        package var item: Int?
        package var attempt: Int
        package var failure: Failure

        package init(step: Int, item: Int? = nil, attempt: Int, failure: Failure) {
            self.step = step
            self.item = item
            self.attempt = attempt
            self.failure = failure
        }
    }

    private let rules: [StepRule]
    /// For an item of an `each`: its place in the list, and what the record was flagged for before.
    private let item: Int?
    private let flagsBefore: [String]
    package private(set) var next: Next
    /// One for each step.
    package private(set) var marks: [StepMark]
    /// `record.flags`: `step: what is wrong`.
    package private(set) var flags: [String] = []
    /// The same with step and cause.
    package private(set) var flagged: [Fall] = []
    /// Why the record failed, waits, was rejected or skipped, or the last thing it was flagged for.
    package private(set) var fall: Fall?

    package init(rules: [StepRule], item: Int? = nil, flags: [String] = []) {
        self.rules = rules
        self.item = item
        self.flags = flags
        flagsBefore = flags
        marks = Array(repeating: .notReached, count: rules.count)
        next = rules.isEmpty ? .ended(.done) : .run(step: 0, attempt: 1)
    }

    /// Starts over with another record, without new memory.
    package mutating func reset() {
        for step in marks.indices { marks[step] = .notReached }
        if !flags.isEmpty { (flags, flagged) = (flagsBefore, []) }
        fall = nil
        next = rules.isEmpty ? .ended(.done) : .run(step: 0, attempt: 1)
    }

    /// The step was left out by its `when`.
    package mutating func leftOut() { moveOn(.skipped) }

    /// The step has an answer that keeps all rules.
    package mutating func passed() { moveOn(.done) }

    /// The step has no answer, or one that breaks a rule.
    ///
    /// - Parameter again: whether another attempt may mend it, if the step has one left. If not, its next model may.
    package mutating func broke(_ failure: Failure, again: Bool) {
        guard case .run(let step, let attempt) = next else { return }
        if again, attempt < rules[step].attempts {
            next = .run(step: step, attempt: attempt + 1)
            return
        }
        // A fault of the recipe would be the same with every model.
        let other = rules[step].attemptOfNextModel(after: attempt)
        if !again, failure.cause != .expression, other <= rules[step].attempts {
            next = .run(step: step, attempt: other)
            return
        }
        giveUp(Fall(step: step, item: item, attempt: attempt, failure: failure), at: step, called: name(of: step))
    }

    private mutating func giveUp(_ fall: Fall, at step: Int, called name: String) {
        self.fall = fall
        switch rules[step].otherwise {
        case .fail:
            marks[step] = .failed
            next = .ended(.failed)
        case .review:
            marks[step] = .waiting
            next = .ended(.waiting)
        case .skip: skipRest(from: step)
        case .flag:
            flags.append("\(name): \(fall.failure.message)")
            flagged.append(fall)
            moveOn(.flagged)
        }
    }

    private mutating func skipRest(from step: Int) {
        for rest in step..<marks.count { marks[rest] = .skipped }
        next = .ended(.skipped)
    }

    /// As an expression behind the `each` would read it: `notes[2].note`.
    private func name(of step: Int) -> String {
        item.map { Self.name(rules[step].name, ofItem: $0) } ?? rules[step].name
    }

    /// - Parameter name: `notes.note`.
    package static func name(_ name: String, ofItem item: Int) -> String {
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return "\(name)[\(item)]" }
        return "\(name[..<dot])[\(item)]\(name[dot...])"
    }

    // MARK: Items

    /// What this item was flagged for.
    package var ownFlags: ArraySlice<String> { flags.dropFirst(flagsBefore.count) }

    /// Takes over what items of the step the record stands at were flagged for.
    package mutating func takeFlags(_ flags: some Sequence<String>, _ falls: some Sequence<Fall>) {
        self.flags += flags
        flagged += falls
        fall = flagged.last ?? fall
    }

    /// An item of the step the record stands at did not come through.
    ///
    /// - Parameters:
    ///   - outcome: how the item ended; `failed` breaks the step, the others end the record.
    ///   - name: of the inner step where it happened.
    package mutating func itemFell(_ outcome: Outcome, _ fall: Fall, at name: String) {
        guard case .run(let step, _) = next else { return }
        let name = fall.item.map { Self.name(name, ofItem: $0) } ?? name
        self.fall = fall
        switch outcome {
        case .skipped: skipRest(from: step)
        case .waiting:
            marks[step] = .waiting
            next = .ended(.waiting)
        case .rejected:
            marks[step] = .rejected
            next = .ended(.rejected)
        case .done, .failed, .notReached: giveUp(fall, at: step, called: name)
        }
    }

    /// The record stays at this step until a person has said something.
    package mutating func park(_ failure: Failure) { end(.waiting, .waiting, failure) }

    /// A person said no at this step.
    package mutating func reject(_ failure: Failure) { end(.rejected, .rejected, failure) }

    /// A person took the answer of the step at which the record waits, as it is or as they wrote it.
    package mutating func accepted() {
        guard next == .ended(.waiting), let fall else { return }
        next = .run(step: fall.step, attempt: fall.attempt)
        self.fall = nil
        moveOn(.done)
    }

    /// A person said no at the step at which the record waits.
    package mutating func refused(_ failure: Failure) {
        guard next == .ended(.waiting), let fall else { return }
        next = .run(step: fall.step, attempt: fall.attempt)
        reject(failure)
    }

    private mutating func end(_ outcome: Outcome, _ mark: StepMark, _ failure: Failure) {
        guard case .run(let step, let attempt) = next else { return }
        fall = Fall(step: step, item: item, attempt: attempt, failure: failure)
        marks[step] = mark
        next = .ended(outcome)
    }

    /// The record was read badly, or its row could not be written: it fails outside of any step.
    package mutating func failOutside(_ failure: Failure) {
        fall = Fall(step: -1, attempt: 0, failure: failure)
        next = .ended(.failed)
    }

    private mutating func moveOn(_ mark: StepMark) {
        guard case .run(let step, _) = next else { return }
        marks[step] = mark
        next = step + 1 == marks.count ? .ended(.done) : .run(step: step + 1, attempt: 1)
    }
}
