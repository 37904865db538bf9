internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// A letter as plain text.
struct EmailMessage: Message {
    let to: [Template]
    let cc: [Template]
    let from: Template?
    let subject: Template
    let body: Template
    /// Where the `message_id` and `references` of the e-mail that is answered are found.
    let replySlot: Int?
    let exposures: [Exposure]

    static let answer = ValueType.object(ObjectType([.init("status", .string), .init("key", .string)]))

    static let keys = [
        Key(
            "to", .oneOrList(of: .template), required: true,
            about: "Who gets it: one address a text, or a list of them.",
            example: "\"{{ input.from }}\""),
        Key("cc", .oneOrList(of: .template), about: "Who gets a copy.", example: "office@example.com"),
        Key(
            "from", .template, default: "the mail program's own", about: "Who it comes from.",
            example: "Support <help@example.com>"),
        Key("subject", .template, required: true, about: "Its subject.", example: "\"{{ draft.subject }}\""),
        Key("body", .template, required: true, about: "Its text.", example: "\"{{ draft.body }}\""),
        Key(
            "reply_to_record", .boolean, default: "false",
            about: "Whether it answers the e-mail that the record is, so that mail programs show both together.",
            example: "true"),
    ]

    struct Rendered: Sendable {
        var to: [MailAddress]
        var cc: [MailAddress]
        var from: MailAddress?
        var subject: String
        var body: String
        var repliesTo: String?
        var references: [String] = []
    }

    /// Nil where something is broken, which has been reported.
    init?(_ fields: Fields, _ planning: inout StepPlanning) {
        var exposures: [Exposure] = []
        let to = Self.addresses("to", fields, &planning, &exposures)
        let cc = Self.addresses("cc", fields, &planning, &exposures)
        let from = fields.template("from").flatMap { planning.template($0) }
        let subject = fields.template("subject").flatMap { planning.template($0) }
        let body = fields.template("body").flatMap { planning.template($0) }
        let reply = Self.replySlot(fields, &planning)
        guard let to, let cc, let subject, let body, let reply, (from == nil) == (fields["from"] == nil) else {
            return nil
        }
        if to.isEmpty, let span = fields.keySpan("to") {
            planning.problems.error("'to' names nobody", at: span)
            return nil
        }
        (self.to, self.cc, self.from, self.subject, self.body) = (to, cc, from, subject, body)
        replySlot = reply.slot
        for (key, text) in [("email.from", from), ("email.subject", subject), ("email.body", body)] {
            guard let text else { continue }
            exposures.append(Exposure(key, .content, reads: text.reads, span: text.source.span))
        }
        self.exposures = exposures
    }

    private static func addresses(
        _ key: String, _ fields: Fields, _ planning: inout StepPlanning, _ exposures: inout [Exposure]
    ) -> [Template]? {
        guard let items = fields.list(key) else { return fields[key] == nil ? [] : nil }
        var templates: [Template] = []
        for case .template(let text) in items {
            guard let template = planning.template(text, isNeeded: true) else { continue }
            templates.append(template)
            if !template.reads.isEmpty {
                exposures.append(
                    Exposure(
                        "email.\(key)", .destination("recipient"), reads: template.reads, span: text.span,
                        takesSender: key == "to" && (fields.boolean("reply_to_record")?.value ?? false)))
            } else {
                do throws(Failure) {
                    _ = try MailAddress(text.text)
                } catch {
                    planning.problems.error(error.message, at: text.span)
                    return nil
                }
            }
        }
        return templates.count == items.count ? templates : nil
    }

    private struct Reply { var slot: Int? }

    /// Nil where it cannot be a reply, which is reported.
    private static func replySlot(_ fields: Fields, _ planning: inout StepPlanning) -> Reply? {
        guard let wanted = fields.boolean("reply_to_record") else {
            return fields["reply_to_record"] == nil ? Reply() : nil
        }
        guard wanted.value else { return Reply() }
        // Compiled only to learn whether there is such a field, and told in words of the key.
        var problems = Problems()
        let probe = LocatedText("input.message_id", span: wanted.span)
        guard Expression.compile(probe, in: planning.scope, problems: &problems) != nil,
            let slot = planning.scope.slot(of: "input")
        else {
            planning.problems.error(
                "'reply_to_record' needs records that are e-mails, and these have no field 'message_id'",
                at: wanted.span)
            return nil
        }
        return Reply(slot: slot)
    }

    var reads: [ReadPath] {
        let texts: [Template] = to + cc + [from, subject, body].compactMap(\.self)
        return texts.flatMap(\.reads)
            + (replySlot.map { [ReadPath(slot: $0, names: ["message_id"])] } ?? [])
    }

    var secretNames: [String] { [] }

    var parts: [QuestionPart] {
        [
            QuestionPart("to", to.map(\.source.text).joined(separator: ", ")),
            QuestionPart("cc", cc.map(\.source.text).joined(separator: ", ")),
            QuestionPart("subject", subject.source.text), QuestionPart("body", body.source.text),
        ] + (from.map { [QuestionPart("from", $0.source.text)] } ?? [])
            + (replySlot == nil ? [] : [QuestionPart("reply_to_record", "true")])
    }

    func render(_ row: borrowing Slots, about record: Record) throws(Failure) -> Rendered {
        var rendered = Rendered(
            to: try to.map { template throws(Failure) in try MailAddress(Self.text(template, row)) },
            cc: try cc.map { template throws(Failure) in try MailAddress(Self.text(template, row)) },
            from: nil, subject: MailHeader.oneLine(try Self.text(subject, row)), body: try Self.text(body, row))
        if let from { rendered.from = try MailAddress(Self.text(from, row)) }
        if let replySlot {
            let input = row[replySlot]
            rendered.repliesTo = input["message_id"]?.string.flatMap { MailHeader.messageIDs(in: $0).first }
            rendered.references = MailHeader.messageIDs(in: Self.references(of: input))
        }
        return rendered
    }

    /// As a reader gives them: one text, or a list of texts.
    private static func references(of input: Value) -> String {
        guard let references = input["references"] else { return "" }
        return references.string ?? references.list?.compactMap(\.string).joined(separator: " ") ?? ""
    }

    private static func text(_ template: Template, _ row: borrowing Slots) throws(Failure) -> String {
        do throws(EvaluationError) {
            return try template.render(row)
        } catch {
            throw Failure(error)
        }
    }

    func shown(_ rendered: Rendered) -> String {
        var lines = ["To: \(rendered.to.map(\.shown).joined(separator: ", "))"]
        if !rendered.cc.isEmpty { lines.append("Cc: \(rendered.cc.map(\.shown).joined(separator: ", "))") }
        if let from = rendered.from { lines.append("From: \(from.shown)") }
        lines.append("Subject: \(rendered.subject)")
        if let id = rendered.repliesTo { lines.append("In-Reply-To: \(id)") }
        return lines.joined(separator: "\n") + "\n\n" + rendered.body
    }
}
