import Diagnostics
import Digests
import Expressions
import Planning
import Recipes
import Runs
import Schemas
import Steps
import TestSupport
import Testing
import Values

/// What leaves the building was looked at by a person, and goes where the recipe says.
@Suite struct SafetyTests {
    private static let catalog = Catalog(
        steps: [FakeAsk(), FakeSet(), FakeCheck(), FakeReview(), FakeSend()],
        inputs: [FakeMail(), FakeTable()], outputs: [], providers: [])

    private struct Told {
        /// `LINE:COLUMN message`, each with its notes behind ` | `.
        var errors: [String] = []
        var plan: Plan?
    }

    private func told(_ steps: String, input: String = "mail: {from: string, text: string}") throws -> Told {
        let text = "recipe: test\ninput: {\(input)}\nsettings: {boss: {type: string, default: a@b}}\nsteps:\n" + steps
        var problems = Problems()
        let recipe = try #require(
            Recipe.read(Array(text.utf8), file: "r.yaml", grammar: Self.catalog.grammar, problems: &problems))
        let plan = Planner.plan(recipe, catalog: Self.catalog, problems: &problems)
        let errors = problems.sorted.map { problem in
            ([place(problem.span) + problem.message] + problem.notes.map { place($0.span) + $0.message })
                .joined(separator: " | ")
        }
        return Told(errors: errors, plan: plan)
    }

    private func place(_ span: SourceSpan?) -> String { span.map { "\($0.start.line):\($0.start.column) " } ?? "" }

    private let draft =
        "  - {name: draft, ask: {prompt: \"{{ input.text }}\", answer: {body: string <= 90, to: string <= 9}}}\n"
    private let seen = "  - {name: look, review: {show: [draft.body, input.from]}}\n"

    @Test func `a send that a person has seen passes, and the plan says so`() throws {
        let told = try told(
            draft + seen + "  - {name: reply, send: {to: \"{{ input.from }}\", body: \"{{ draft.body }}\"}}\n")
        #expect(told.errors == [])
        #expect(told.plan?.steps.last?.passage == "a person, at 'look'")
        #expect(told.plan?.steps[1].consequences != nil)
        let text = PlanDescription(plan: try #require(told.plan), records: 3).text
        #expect(text.contains("lets it pass: a person, at 'look'"))
    }

    @Test func `a send that nobody has seen says why, or is refused`() throws {
        let plain = draft + "  - {name: reply, send: {to: a@b, body: hello}}\n"
        #expect(
            try told(plain).errors == [
                "6:19 'reply' sends without anybody having looked; put a 'review' step before it, or say why it needs none: "
                    + "`unattended: \"…\"`"
            ])
        let told = try told(
            "  - {name: reply, send: {to: a@b, body: hello}, unattended: the words are fixed}\n")
        #expect(told.errors == [] && told.plan?.steps[0].passage == "nobody, because: the words are fixed")
        #expect(
            try self.told("  - {name: a, set: {b: 1}, unattended: x}\n").errors.first?.contains("sends nothing") == true
        )
    }

    @Test func `a review guards only what is left out with it, and nothing that it lets pass unseen`() throws {
        let send = "  - {name: reply, when: input.text != \"\", send: {to: a@b, body: hello}}\n"
        let other = "  - {name: look, when: input.text == \"\", review: {show: [input.text]}}\n"
        let first = try #require(try told(other + send).errors.first)
        #expect(first.contains("is left out where its 'when' is false, and 'reply' has another; give both the same"))
        let same = "  - {name: look, when: 'input.text  != \"\"', review: {show: [input.text]}}\n"
        #expect(try told(same + send).errors == [])
        let flagged = "  - {name: look, review: {show: [input.text]}, otherwise: flag}\n"
        #expect(try told(flagged + send).errors.first?.contains("could not show") == true)
        let late = "  - {name: look, review: {show: [input.text]}}\n"
        #expect(try told(send + late).errors.first?.contains("the review 'look' comes after it") == true)
        let elsewhere = "  - {name: look, review: {show: [input.text]}, guards: [other]}\n"
        let names = try told(elsewhere + send + "  - {name: other, set: {a: 1}}\n").errors
        #expect(names.first?.contains("guards other steps") == true)
        #expect(
            try told("  - {name: look, review: {show: [input.text]}, guards: [repyl]}\n" + send).errors.contains {
                $0.contains("no later step is called 'repyl'; did you mean 'reply'?")
            })
    }

    @Test func `what is sent was shown, by its name, before the review`() throws {
        let cut = "  - {name: look, review: {show: [draft.body.truncate(5)]}}\n"
        let send = "  - {name: reply, send: {to: a@b, body: \"{{ draft.body }}\"}}\n"
        #expect(
            try told(draft + cut + send).errors == [
                "7:41 'reply' sends 'draft.body', which nobody has seen: 'look' does not show it; add 'draft.body' to its "
                    + "'show' | 2:9 'input.text' enters here, with the record | 5:12 'draft.body' is what 'draft' answers | "
                    + "7:41 it leaves here, as 'body' of 'reply' | 6:12 the review that lets 'reply' pass"
            ])
        let after = "  - {name: full, set: {text: \"{{ draft.body }} Bye\"}}\n"
        let sendFull = "  - {name: reply, send: {to: a@b, body: \"{{ full.text }}\"}}\n"
        let told = try told(draft + seen + after + sendFull)
        #expect(told.errors.first?.contains("it is made after 'look'; make it before, and show it there") == true)
        #expect(told.errors.first?.contains("7:12 'full' computes 'full.text'") == true)
        // What the recipe itself says, and what the reviewer says, needs no showing.
        let own = "  - {name: reply, send: {to: \"{{ settings.boss }}\", body: \"{{ run.date }} {{ look.by }}\"}}\n"
        #expect(try self.told(draft + seen + own).errors == [])
    }

    @Test func `what was computed of a field before a person edits it does not go out`() throws {
        let full = "  - {name: full, set: {text: \"{{ draft.body }} Bye\", other: input.text}}\n"
        let look = "  - {name: look, review: {show: [draft, full, input.text], edit: [draft.body]}}\n"
        let send = "  - {name: reply, send: {to: a@b, body: \"{{ full.text }}\"}}\n"
        let told = try told(draft + full + look + send)
        #expect(
            told.errors.first?.contains("'full.text', which is computed of 'draft.body' before a person may edit it")
                == true)
        #expect(try self.told(draft + full + look + send.replacing("full.text", with: "full.other")).errors.isEmpty)
    }

    @Test func `where it goes comes from no record and no answer`() throws {
        let send = "  - {name: reply, send: {to: \"{{ draft.to }}\", body: hi}, unattended: fixed}\n"
        #expect(
            try told(draft + send).errors == [
                "6:30 a recipient must not come from an answer, and 'draft.to' does; choose it from a list that the recipe "
                    + "declares ({one of: […]}), look it up, or show it in a review that guards 'reply' | "
                    + "2:9 'input.text' enters here, with the record | 5:12 'draft.to' is what 'draft' answers | "
                    + "6:30 it leaves here, as 'to' of 'reply'"
            ])
        let chosen = draft.replacing("to: string <= 9", with: "to: {one of: [a@b, c@d]}")
        #expect(try told(chosen + send).errors == [])
        let text = send.replacing("draft.to", with: "input.text")
        #expect(try told(text).errors.first?.contains("must not come from a record") == true)
        #expect(try told(send.replacing("draft.to", with: "input.from")).errors == [])
        let low = "  - {name: low, set: {from: input.text, both: input.text + draft.to}}\n"
        for (read, maker) in [("low.from", "a record,"), ("low.both", "a record or an answer,")] {
            let made = try told(draft + low + send.replacing("draft.to", with: read)).errors
            #expect(made.count == 1 && made.first?.contains("must not come from \(maker) and '\(read)' does") == true)
        }
        let shown = "  - {name: look, review: {show: [draft]}}\n"
        #expect(try told(draft + shown + send.replacing(", unattended: fixed", with: "")).errors == [])
    }

    @Test func `a table that is sent from names its key`() throws {
        let send = "  - {name: reply, send: {to: a@b, body: hi}, unattended: fixed}\n"
        let table = "csv: {text: string}"
        #expect(
            try told(send, input: table).errors.first?.hasPrefix("2:9 a recipe that sends needs `key` here") == true)
        let other = send.replacing("reply", with: "other")
        let told = try told(send + other, input: table).errors
        #expect(told.count == 1)
        #expect(told.first?.hasSuffix("| 5:19 'reply' sends | 6:19 'other' sends") == true, "\(told)")
        #expect(try self.told(send, input: table + ", key: text").errors == [])
    }

    @Test func `what is done behind a review is part of what is approved`() throws {
        func consequences(_ behind: String) throws -> SHA256Digest? {
            let told = try told(draft + seen + behind)
            #expect(told.errors == [])
            return told.plan?.steps[1].consequences
        }
        let send = "  - {name: reply, send: {to: a@b, body: \"{{ draft.body }}\"}}\n"
        let plain = try consequences(send)
        #expect(try consequences(send.replacing("to: a@b, ", with: "to:  a@b,   ")) == plain)
        #expect(try consequences(send + "  - {name: note, set: {a: 1}}\n") == plain)
        #expect(try consequences(send.replacing("a@b", with: "c@d")) != plain)
        #expect(try consequences(send + "  - {name: note, set: {a: draft.body}}\n") != plain)
    }
}

/// `review: {show: […], edit: […]}`
private struct FakeReview: StepKind {
    var grammar: KindGrammar {
        KindGrammar(
            "review",
            .keys([
                Key("show", .list(of: .expression), required: true, about: "What is shown."),
                Key("edit", .list(of: .expression), about: "What is edited."),
            ]), about: "Waits.")
    }

    func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        var shown: [Shown] = []
        var reads: [ReadPath] = []
        for case .expression(let text) in fields.list("show") ?? [] {
            guard let expression = planning.compile(text) else { return nil }
            let isWhole = Expression.isPlainName(text.text, in: planning.scope)
            shown.append(Shown(text: text.text, path: isWhole ? expression.reads[0] : nil))
            reads += expression.reads
        }
        var edited: [EditableField] = []
        for case .expression(let text) in fields.list("edit") ?? [] {
            guard let read = planning.compile(text)?.reads.first else { return nil }
            edited.append(
                EditableField(name: text.text, slot: read.slot, path: read.names, type: .string(maxLength: nil)))
        }
        var prepared = PreparedStep(
            action: .answered(Reviewed(fields: edited)),
            answer: .object(ObjectType([.init("approved", .bool), .init("by", .string)])), reads: reads)
        prepared.shown = shown
        return prepared
    }

    private struct Reviewed: ReviewedStep {
        var fields: [EditableField]
        var within: Values.Duration? { nil }
        func inquiry(for row: borrowing Slots) throws(Failure) -> Inquiry { Inquiry(question: "", shown: []) }
        func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
            Question(key: SHA256Digest(of: record.id), shown: "", content: 0)
        }
        func read(_ answer: Answer, to question: Question) -> Reading { .value(.null) }
        func words(of answer: Answer) -> String { "" }
    }
}

/// `send: {to: …, body: …}`
private struct FakeSend: StepKind {
    var grammar: KindGrammar {
        KindGrammar(
            "send",
            .keys([
                Key("to", .template, required: true, about: "The recipient."),
                Key("body", .template, required: true, about: "The text."),
            ]), about: "Sends.")
    }

    func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body,
            let to = fields.template("to").flatMap({ planning.template($0) }),
            let body = fields.template("body").flatMap({ planning.template($0) })
        else { return nil }
        var prepared = PreparedStep(
            action: .answered(
                Sending(parts: [QuestionPart("to", to.source.text), QuestionPart("body", body.source.text)])),
            answer: .object(ObjectType([.init("status", .string)])), reads: to.reads + body.reads)
        prepared.exposures = [
            Exposure("to", .destination("recipient"), reads: to.reads, span: to.source.span, takesSender: true),
            Exposure("body", .content, reads: body.reads, span: body.source.span),
        ]
        return prepared
    }

    private struct Sending: AnsweredStep {
        var parts: [QuestionPart]
        var effect: StepEffect { .sends }
        func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
            Question(key: SHA256Digest(of: record.id), shown: "", content: 0)
        }
        func perform(_ question: Question, in context: StepContext) async -> Reply { .stopped }
        func read(_ answer: Answer, to question: Question) -> Reading { .value(.null) }
        func words(of answer: Answer) -> String { "" }
    }
}

/// `mail: {from: string}`: e-mails of the fields that it declares.
private struct FakeMail: InputKind {
    var grammar: KindGrammar { KindGrammar("mail", .answer, about: "E-mails.") }
    func open(_ planning: inout InputPlanning) -> (any RecordSource)? { FakeInput.source("mail", &planning) }
}

private struct FakeTable: InputKind {
    var grammar: KindGrammar {
        KindGrammar("csv", .answer, siblings: [Key("key", .text, about: "The key.")], about: "Rows.")
    }
    func open(_ planning: inout InputPlanning) -> (any RecordSource)? { FakeInput.source("csv", &planning) }
}
