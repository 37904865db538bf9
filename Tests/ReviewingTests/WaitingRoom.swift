import Digests
import Journaling
import Locks
import Runs
import Testing
import Values

@testable import Reviewing

/// A run with records that wait, and a clock that the test moves.
struct WaitingRoom {
    let journal: any Journal
    let store: ReviewStore
    private let clock = Guarded(Self.time(0))

    static let ada = Reviewer("Ada", from: "terminal")
    static let bob = Reviewer("Bob", from: "10.0.0.7")

    static func time(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_700_000_000 + seconds) }

    init(_ journal: any Journal = MemoryJournal()) async throws {
        self.journal = journal
        let clock = clock
        store = ReviewStore(journal) { clock.withLock { $0 } }
        let steps = ["topic", "draft", "approval", "reply"].map {
            RunOutline.Step(name: $0, kind: "ask", answered: true)
        }
        let outline = RunOutline(
            recipe: "reply-to-support", recipePath: "recipes/reply.yaml", input: "mails", steps: steps, models: [:],
            currency: "USD", outputFolder: "out")
        try await journal.begin(
            RunStart(
                id: "reply-1", at: Self.time(0), recipeText: [], outline: outline, plan: SHA256Digest(of: "plan"),
                options: [:]))
    }

    func move(to seconds: Int64) { clock.withLock { $0 = Self.time(seconds) } }

    static func review(
        _ ordinal: Int, body: String = "Dear Bob, thank you.", label: String = "billing", deadline: Timestamp? = nil
    ) -> Wait {
        Wait(
            .review, record: "mail-\(ordinal)", step: "approval", since: time(Int64(ordinal)), deadline: deadline,
            question: "Send this reply?",
            shown: [
                .init("input.text", "My invoice is wrong,\n and \u{201C}nobody\u{201D} answers the phone."),
                .init("topic.label", .string(label)),
                .init("draft", ["subject": "Re: invoice", "body": .string(body)]),
            ],
            fields: [
                .init("draft.subject", "Re: invoice", schema: ["type": "string", "maxLength": 20]),
                .init("draft.body", .string(body), schema: ["type": "string", "maxLength": 1500]),
            ],
            choices: [.approve, .reject])
    }

    static func answer(_ ordinal: Int) -> Wait {
        let schema: Value = [
            "type": "object",
            "properties": [
                "label": ["type": "string", "enum": ["billing", "other"]], "urgent": ["type": "boolean"],
                "score": ["type": "integer"], "names": ["type": "array", "items": ["type": "string"], "maxItems": 2],
                "day": ["anyOf": [["type": "string", "format": "date"], ["type": "null"]]],
            ], "required": ["label", "urgent", "score", "names", "day"], "additionalProperties": false,
        ]
        return Wait(
            .answer, record: "mail-\(ordinal)", step: "topic", since: time(Int64(ordinal)),
            question: "'topic' has no answer that keeps its rules. What shall stand there?",
            problem: "`label`: none of billing, other", fields: [.init("topic", .null, schema: schema)],
            choices: [.write, .again, .reject])
    }

    static func doubt(_ ordinal: Int) -> Wait {
        Wait(
            .doubt, record: "mail-\(ordinal)", step: "reply", since: time(Int64(ordinal)),
            question: "Did 'reply' happen?",
            problem: "the process ended before an answer came", shown: [.init("reply", "To: bob@example.com")],
            choices: [.happened, .again, .reject])
    }

    @discardableResult
    func park(_ wait: Wait, _ ordinal: Int, step: Int = 2) async throws -> Int64 {
        try await journal.append(Self.parking(wait, ordinal, step: step))
        return try #require(try journal.reader().waits().last { $0.ordinal == ordinal }?.number)
    }

    /// Many at once, in one commit; their ordinals are their places.
    func park(_ waits: [Wait]) async throws {
        try await journal.append(waits.enumerated().flatMap { Self.parking($1, $0, step: 2) })
    }

    private static func parking(_ wait: Wait, _ ordinal: Int, step: Int) -> [JournalEntry] {
        let ended = EndedRecord(
            ordinal: ordinal, id: wait.record,
            origin: RecordOrigin(source: "mails", content: Fingerprint(of: wait.record)), outcome: .waiting,
            marks: [.done, .done, .waiting, .notReached],
            failure: .init(step: step, failure: Failure(.inDoubt, wait.question)),
            input: ["text": "My invoice is wrong", "from": "bob@example.com", "size": .int(Int64(ordinal))], pure: false
        )
        return [
            JournalEntry(
                ordinal: ordinal, step: step, kind: .waiting, at: wait.since, key: SHA256Digest(of: wait.body),
                body: wait.body),
            .ended(ended, at: wait.since),
        ]
    }

    func say(
        _ word: Decision.Word, about number: Int64, by reviewer: Reviewer = ada, note: String? = nil,
        edits: ValueMap = ValueMap()
    ) async throws -> ReviewReceipt {
        let seen = try store.detail(number)?.open.key ?? SHA256Digest(of: "nothing")
        return try await store.answer(
            ReviewAnswer(word, seen: seen, note: note, edits: edits), about: number, by: reviewer)
    }
}
