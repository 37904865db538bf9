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
        package var step: Int
        package var attempt: Int
        package var failure: Failure

        package init(step: Int, attempt: Int, failure: Failure) {
            self.step = step
            self.attempt = attempt
            self.failure = failure
        }
    }

    private let rules: [StepRule]
    package private(set) var next: Next
    /// One for each step.
    package private(set) var marks: [StepMark]
    /// `record.flags`: `step: what is wrong`.
    package private(set) var flags: [String] = []
    /// The same with step and cause.
    package private(set) var flagged: [Fall] = []
    /// Why the record failed, waits, was rejected or skipped, or the last thing it was flagged for.
    package private(set) var fall: Fall?

    package init(rules: [StepRule]) {
        self.rules = rules
        marks = Array(repeating: .notReached, count: rules.count)
        next = rules.isEmpty ? .ended(.done) : .run(step: 0, attempt: 1)
    }

    /// Starts over with another record, without new memory.
    package mutating func reset() {
        for step in marks.indices { marks[step] = .notReached }
        if !flags.isEmpty { (flags, flagged) = ([], []) }
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
        let fall = Fall(step: step, attempt: attempt, failure: failure)
        self.fall = fall
        switch rules[step].otherwise {
        case .fail:
            marks[step] = .failed
            next = .ended(.failed)
        case .review:
            marks[step] = .waiting
            next = .ended(.waiting)
        case .skip:
            for rest in step..<marks.count { marks[rest] = .skipped }
            next = .ended(.skipped)
        case .flag:
            flags.append("\(rules[step].name): \(failure.message)")
            flagged.append(fall)
            moveOn(.flagged)
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
        fall = Fall(step: step, attempt: attempt, failure: failure)
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
