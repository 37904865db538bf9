package import Journaling
package import Planning
package import Runs
internal import Steps
package import Values

/// What a run would ask if it were gone on with under a plan: every record walks through the plan with the answers that
/// are kept, and wherever there is none, that is noted in place of asking.
///
/// Computes only: no model is started, nobody is asked, nothing of the run is written. Memory holds one batch of records;
/// what is collected is put aside on the disk, as a run does it.
package struct Rehearsal: Sendable {
    /// What the run holds for the walk.
    package struct Kept: Sendable {
        package var journal: any JournalReading
        package var run: KeptRun
        package var shelf: any AnswerShelf
        package var input: InputChanges
        /// Nil where the plan of the run cannot be made any more.
        package var changes: PlanChanges?
        /// What runs before it say of its records; nil where all are taken.
        package var earlier: EarlierRecords?

        package init(
            journal: any JournalReading, run: KeptRun, shelf: any AnswerShelf, input: InputChanges,
            changes: PlanChanges?, earlier: EarlierRecords? = nil
        ) {
            self.journal = journal
            self.run = run
            self.shelf = shelf
            self.input = input
            self.changes = changes
            self.earlier = earlier
        }
    }

    /// What one step comes to. One that collects is counted in groups of records where others are counted in records.
    package struct Step: Sendable {
        package var name: String
        package var collects = false
        /// Records that ask, because the question stands and has no answer.
        package var asks = 0
        /// Records that may ask: their question depends on an answer that is yet to come.
        package var mayAsk = 0
        /// Answers that are used again.
        package var kept = 0
        package var reasons: [RehearsedReason: Group] = [:]

        /// Both together.
        package var most: Int { asks + mayAsk }

        mutating func note(_ reason: RehearsedReason, _ example: String) {
            var group = reasons[reason] ?? Group()
            group.count += 1
            if group.examples.count < 3 { group.examples.append(example) }
            reasons[reason] = group
        }

        /// The reasons with the most records first.
        package var ranking: [(reason: RehearsedReason, group: Group)] {
            reasons.map { ($0.key, $0.value) }.sorted {
                ($1.group.count, $0.reason.rank) < ($0.group.count, $1.reason.rank)
            }
        }
    }

    /// Records with one reason.
    package struct Group: Hashable, Sendable {
        package var count = 0
        /// Some of their ids.
        package var examples: [String] = []
    }

    /// The steps that somebody answers, in the plan's order; those that collect behind the others.
    package private(set) var steps: [Step]
    package private(set) var records = 0
    /// Records that are passed over, because earlier runs say enough of them.
    package private(set) var unchanged = 0
    /// Records that ask at some step.
    package private(set) var askingRecords = 0

    /// Makes ready what the plan's questions need, without starting anything. Before a rehearsal.
    package static func identify(_ plan: Plan) async throws(Failure) {
        for step in plan.askedSteps {
            if case .answered(let answered) = step.action { try await answered.identify() }
        }
    }

    /// - Parameter run: the value of the name `run`.
    package init(of plan: Plan, as run: Value, with kept: Kept) async throws {
        var walk = try RehearsalWalk(plan: plan, run: run, kept: kept)
        var groups = try RehearsedGroups(of: plan, as: run)
        var passedOver = 0
        let reader = try plan.source.reader(from: nil)
        while let batch = try reader.next(limit: 1024, bytes: 1 << 20) {
            try await batch.prepared().forEach { read in
                guard case .record(let record) = read else { return }
                if kept.earlier?.isUnchanged(record) ?? false {
                    passedOver += 1
                } else {
                    groups.add(try walk.take(record))
                }
            }
            try groups.putAside()
            records += batch.count
            try walk.settle()
        }
        unchanged = passedOver
        steps = walk.answeredSteps + (try await groups.rehearse(with: &walk, kept))
        askingRecords = walk.askingRecords
    }
}

/// Why a question has no answer.
package enum RehearsedReason: Hashable, Sendable {
    case newRecord
    case changedRecord
    /// A person asked for another answer.
    case retried
    case newStep
    case neverAnswered
    /// The run passed over the record as unchanged.
    case passedOver
    /// Parts of the question by name: `prompt`, `model`, …
    case changed([String])
    /// A step before it that computes, a setting, or the input is not what it was.
    case computedBefore([String])
    /// An answer before it is asked for again.
    case earlierAnswer
    /// The kept answer does not keep the rules as they are now.
    case answerFails
    /// Other records are in the group than were, or they are not what they were.
    case otherMembers
    /// The question came out differently, such as one that tells the day.
    case other

    package var words: String {
        switch self {
        case .newRecord: "the record is new"
        case .changedRecord: "the record changed"
        case .retried: "another answer is wanted (retry)"
        case .newStep: "the step is new"
        case .neverAnswered: "it never was answered"
        case .passedOver: "the run passed it over as unchanged"
        case .changed(let parts): parts.count == 1 ? "the \(parts[0]) changed" : "\(Self.list(parts)) changed"
        case .computedBefore(let names): "\(Self.list(names)) changed, which it reads"
        case .earlierAnswer: "an earlier answer changes"
        case .answerFails: "the kept answer does not keep the rules as they are now"
        case .otherMembers: "its records are not what they were"
        case .other: "the question comes out differently"
        }
    }

    /// The more telling first.
    fileprivate var rank: Int {
        switch self {
        case .changed: 0
        case .newStep: 1
        case .computedBefore: 2
        case .answerFails: 3
        case .earlierAnswer: 4
        case .newRecord: 5
        case .changedRecord: 6
        case .retried: 7
        case .neverAnswered: 8
        case .passedOver: 9
        case .otherMembers: 10
        case .other: 11
        }
    }

    private static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return "\(names.dropLast().joined(separator: ", ")) and \(last)"
    }
}
