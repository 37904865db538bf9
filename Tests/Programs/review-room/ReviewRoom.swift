// A run folder with records that wait, for tests of the review pages and of the terminal: `review-room FOLDER COUNT SECONDS`.
// The last ones are hostile: markup, script, orders to a terminal, turned writing, a line of 200 kB. The very last one waits
// for so many seconds; if left out, it should have been answered long ago.
internal import Digests
internal import Journaling
internal import Runs
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

@main struct ReviewRoom {
    static func main() async throws {
        let folder = CommandLine.arguments[1]
        let count = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 6 : 6
        let seconds = CommandLine.arguments.count > 3 ? Int64(CommandLine.arguments[3]) : nil
        let journal = try SQLiteJournal.create(at: folder + "/journal.sqlite")
        try await journal.begin(start)
        for ordinal in 0..<count { try await journal.append(park(review(ordinal), ordinal, step: 2)) }
        try await journal.append(tries(count, 0, "label", ["money", "bilings"]) + park(answer, count, step: 0))
        try await journal.append(park(doubt, count + 1, step: 3))
        let subjects = tries(count + 2, 1, "subject", ["Your invoice is fine", "Your order is fine"])
        try await journal.append(subjects + park(hostile(count + 2), count + 2, step: 2))
        try await journal.append(park(expiring(seconds), count + 3, step: 2))
        try await journal.close()
    }

    private static let began = Timestamp(seconds: 1_767_258_000)

    private static var start: RunStart {
        let steps = [("topic", "ask"), ("draft", "ask"), ("approval", "review"), ("reply", "send")].map {
            RunOutline.Step(name: $0.0, kind: $0.1, answered: true)
        }
        return RunStart(
            id: "reply-to-support-20260101-090000", at: began, recipeText: [],
            outline: RunOutline(
                recipe: "reply-to-support", recipePath: "recipes/reply-to-support.yaml", input: "mails", steps: steps),
            plan: SHA256Digest(of: "plan"), options: [:])
    }

    private static let mail = """
        Hello,

        I have been charged twice for March. My bank says both payments went through on the 3rd, and I only have one
        workspace. Could you send the second payment back, please?

        The export button also does nothing when I press it.

        Thank you
        Zoë Marchetti
        """

    private static func review(_ ordinal: Int) -> Wait {
        let subject: Value = .string("Re: charged twice (\(ordinal + 1))")
        let body: Value = .string(
            "Dear Zoë,\n\nyou are right: \u{201C}both payments went through on the 3rd\u{201D}, and the second one goes back "
                + "to you today.\n\nKind regards\nThe support team")
        return Wait(
            .review, record: "mails/\(String(ordinal + 101)).eml", step: "approval",
            since: Timestamp(seconds: began.seconds + Int64(ordinal) * 60), question: "Send this reply?",
            shown: [
                .init("input.from", "zoe@example.com"), .init("input.text", .string(mail)),
                .init("topic.label", ordinal % 2 == 0 ? "billing" : "other"),
                .init("draft", ["subject": subject, "body": body]),
            ],
            fields: [
                .init("draft.subject", subject, schema: ["type": "string", "maxLength": 120]),
                .init("draft.body", body, schema: ["type": "string", "maxLength": 1500]),
            ], choices: [.approve, .reject])
    }

    private static let answer = Wait(
        .answer, record: "mails/201.eml", step: "topic", since: began,
        question: "'topic' has no answer that keeps its rules. What shall stand there?",
        problem: "`label`: 'bilings' is none of billing, bug, other",
        shown: [.init("topic", ["label": "bilings", "urgent": true, "certainty": 0.4])],
        fields: [
            .init(
                "topic", ["label": "bilings", "urgent": true, "certainty": 0.4],
                schema: [
                    "type": "object",
                    "properties": [
                        "label": ["type": "string", "enum": ["billing", "bug", "other"]], "urgent": ["type": "boolean"],
                        "certainty": ["type": "number"],
                    ], "required": ["label", "urgent", "certainty"], "additionalProperties": false,
                ])
        ], choices: [.accept, .write, .again, .reject])

    private static let doubt = Wait(
        .doubt, record: "mails/202.eml", step: "reply", since: began, question: "Did 'reply' happen?",
        problem: "'reply' may have happened (the process ended before an answer came)",
        shown: [.init("reply", "To: zoe@example.com\nSubject: Re: charged twice")],
        choices: [.happened, .again, .reject])

    private static func hostile(_ ordinal: Int) -> Wait {
        let script = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
        let text: Value = .string(
            "</pre></textarea>\(script) \u{1B}]0;taken\u{07}\u{1B}[2J \u{202E}gnp.exe\u{202C} & \u{0} "
                + String(repeating: "x", count: 200_000) + " end of the long line")
        var wait = review(ordinal)
        wait.record = "mails/\u{202E}evil\u{1B}[31m\(script).eml"
        wait.question = "Send \(script)?"
        wait.shown = [.init("input.text", text), .init("draft", ["subject": "hostile", "body": text])]
        wait.fields = [.init("draft.subject", .string(script), schema: ["type": "string", "maxLength": 500])]
        return wait
    }

    private static func expiring(_ seconds: Int64?) -> Wait {
        var wait = review(9)
        wait.record = "mails/late.eml"
        wait.deadline = Timestamp(seconds: seconds.map { Int64(time(nil)) + $0 } ?? began.seconds + 60)
        return wait
    }

    private static func tries(_ ordinal: Int, _ step: Int, _ field: String, _ answers: [String]) -> [JournalEntry] {
        answers.enumerated().map { place, answer in
            JournalEntry(
                ordinal: ordinal, step: step, draw: place + 1, kind: .failed, at: began,
                body: FailedAttempt(
                    Failure(.schema, "the \(field) must name the problem"), answer: "{\"\(field)\":\"\(answer)\"}"
                ).body)
        }
    }

    private static func park(_ wait: Wait, _ ordinal: Int, step: Int) -> [JournalEntry] {
        let ended = EndedRecord(
            ordinal: ordinal, id: wait.record,
            origin: RecordOrigin(source: "mails", content: Fingerprint(of: wait.record)), outcome: .waiting,
            marks: [.done, .done, .waiting, .notReached],
            failure: .init(step: step, failure: Failure(.inDoubt, wait.question)),
            input: ["from": "zoe@example.com", "subject": "charged twice", "text": .string(mail)], pure: false)
        return [
            JournalEntry(
                ordinal: ordinal, step: step, kind: .waiting, at: wait.since, key: SHA256Digest(of: wait.body),
                body: wait.body),
            .ended(ended, at: wait.since),
        ]
    }
}
