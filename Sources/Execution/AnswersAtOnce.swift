internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// Answers that lie on this machine, such as those of a SQLite file, given while a chunk is worked on.
///
/// Such a question needs no start on disk, because asking it again is free and harmless, and no task, because nobody is
/// waited for. Its answer is kept all the same: what is computed from it must be the same when the run is gone on with.
/// It goes to the disk with the chunk, so before the record asks anybody else and before its row counts.
struct AnswersAtOnce {
    private let walk: RowWalk
    private let time: Timestamp
    /// Of the records of a chunk that an earlier process ran; nil for a chunk that nobody ran before.
    private let kept: [Int: KeptRecord]?
    /// Past it the rest of the chunk takes the long way, where it can be stopped and shown.
    private let deadline: ContinuousClock.Instant
    /// What there is to keep.
    private(set) var entries: [JournalEntry] = []

    private static let patience = Swift.Duration.seconds(2)

    /// Of a chunk that nobody ran before.
    init(walk: RowWalk, at time: Timestamp) {
        self.init(walk: walk, at: time, kept: nil)
    }

    /// Of one that an earlier process ran: nothing is asked, and nothing is new.
    init(walk: RowWalk, kept: [Int: KeptRecord]) {
        self.init(walk: walk, at: Timestamp(seconds: 0, nanoseconds: 0), kept: kept)
    }

    private init(walk: RowWalk, at time: Timestamp, kept: [Int: KeptRecord]?) {
        self.walk = walk
        self.time = time
        self.kept = kept
        deadline = walk.plan.answersAtOnce ? .now + Self.patience : .now
    }

    /// One attempt at the step the row stands at.
    ///
    /// - Returns: false where the answer is not to be had at once; the row stands where it stood.
    mutating func answer(_ index: Int, _ row: inout Row) -> Bool {
        guard let step = walk.answeredAtOnce(index), case .run(_, let draw) = row.progress.next else { return false }
        let question: Question
        do throws(Failure) {
            question = try step.question(
                for: row.slots, about: row.record, attempt: Attempt(number: draw, previous: row.previous))
        } catch {
            keep(.failed, FailedAttempt(error).body, index, draw, row)
            row.previous = nil
            walk.fail(error, again: false, &row)
            return true
        }
        let answer: Answer
        if let kept {
            let place = PlaceAtOnce(step: index, item: nil, draw: draw)
            guard let entry = kept[row.record.ordinal]?.atOnce[place] else { return false }
            answer = Answer(body: entry.body, usage: Usage())
        } else {
            guard entries.count % 64 != 0 || .now < deadline, let found = step.answerAtOnce(question) else {
                return false
            }
            answer = found
            keep(.answer, found.body, index, draw, row)
        }
        if let complaint = walk.read(answer, to: question, of: step, &row) {
            let attempt = FailedAttempt(complaint.failure, prompt: question.shown, answer: complaint.said)
            keep(.failed, attempt.body, index, draw, row)
        }
        return true
    }

    private mutating func keep(
        _ kind: JournalEntry.Kind, _ body: [UInt8], _ step: Int, _ draw: Int, _ row: borrowing Row
    ) {
        guard kept == nil else { return }
        entries.append(
            JournalEntry(ordinal: row.record.ordinal, step: step, draw: draw, kind: kind, at: time, body: body))
    }
}

/// Where an answer was given at once.
struct PlaceAtOnce: Hashable, Sendable {
    /// Over all steps of the plan, those inside an `each` too.
    var step: Int
    /// Of an `each`.
    var item: Int?
    var draw: Int
}

extension RowWalk {
    /// The step at a place, if its answers can be had at once.
    func answeredAtOnce(_ index: Int) -> (any AnsweredStep)? {
        guard case .answered(let step) = plan.steps[index].action, step.answersAtOnce else { return nil }
        return step
    }
}

extension Plan {
    /// Whether any step's answers can be had at once.
    var answersAtOnce: Bool {
        steps.contains { step in
            if case .answered(let answered) = step.action { answered.answersAtOnce } else { false }
        }
    }

    /// The plan with the connections and tables of another one of the same recipe.
    func sharingAnswers(of other: Plan) -> Plan {
        var plan = self
        for (index, step) in other.steps.enumerated() where plan.steps.indices.contains(index) {
            guard case .answered(let mine) = plan.steps[index].action, case .answered(let theirs) = step.action else {
                continue
            }
            plan.steps[index].action = .answered(mine.sharing(theirs))
        }
        return plan
    }
}
