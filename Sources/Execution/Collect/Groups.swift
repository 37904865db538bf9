internal import Digests
internal import Expressions
internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// The groups of one collect step, and how they are asked about.
struct Groups: Sendable {
    /// So many groups are under way at once, at most: each holds a page of its rows.
    static let mostAtOnce = 16
    /// Of a group's rows, in memory at once.
    static let pageRows = 4096
    static let pageBytes = 4 << 20

    let collect: PlannedCollect
    /// Its place among the collect steps.
    let step: Int
    let count: Int
    /// The ordinal of what has no group; those of the groups go down from there.
    let first: Int
    let spool: GroupSpool
    /// Asks about rows of a group.
    let asking: RowWalk
    /// Asks for one answer from those about parts of a group.
    let joining: RowWalk

    func ordinal(_ group: Int) -> Int { first - 1 - group }

    func name(_ key: Value) -> String {
        switch key {
        case .string(let text): text
        case .null where collect.groupBy == nil: "all records"
        default: JSON.text(of: key)
        }
    }

    func record(_ group: Int, key: Value) -> Record {
        Record(
            ordinal: ordinal(group), id: name(key),
            origin: RecordOrigin(source: collect.step.name, content: Fingerprint(of: key.packed)), input: .null)
    }

    /// How the step stands where a record is in no group.
    func ended(_ stray: Stray) -> EndedRecord {
        EndedRecord(
            ordinal: first, id: stray.id,
            origin: RecordOrigin(source: collect.step.name, content: stray.origin.content), outcome: .failed,
            marks: [.failed],
            failure: .init(
                step: collect.step.place,
                failure: Failure(
                    stray.failure.cause,
                    "the record '\(stray.id)' is in no group, so none was asked about: \(stray.failure.message)")
            ),
            pure: false)
    }
}

extension PlannedCollect {
    /// The same step, asking for one answer from those that stand where the rows of the group would. Rules that read the
    /// rows held for each part.
    var joiningStep: PlannedStep {
        var joining = step
        if case .answered(let answered) = step.action {
            joining.action = .answered(JoiningStep(step: answered, slot: groupSlot))
        }
        joining.rules = step.rules.filter { rule in
            !(rule.rule.reads + (rule.because?.reads ?? [])).contains { $0.slot == groupSlot }
        }
        return joining
    }
}

/// Asks a step's question about a whole whose parts were answered.
private struct JoiningStep: AnsweredStep {
    let step: any AnsweredStep
    /// Where the answers stand.
    let slot: Int

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        var bare = copy row
        bare[slot] = .list([])
        return try step.question(joining: row[slot].list ?? [], for: bare, about: record, attempt: attempt)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        await step.perform(question, in: context)
    }

    func read(_ answer: Answer, to question: Question) -> Reading { step.read(answer, to: question) }
    func words(of answer: Answer) -> String { step.words(of: answer) }
    func worstCost(of question: Question) -> Int64 { step.worstCost(of: question) }
    var promptBytes: Int { step.promptBytes }
    var effect: StepEffect { step.effect }
    var isShared: Bool { step.isShared }
}
