internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
package import Steps
internal import Transport
internal import Values

/// `send`: something leaves the building, once and for all.
package struct SendKind: StepKind {
    let web: WebAccess
    let programs: ProgramPool

    package init(web: WebAccess, programs: ProgramPool) {
        self.web = web
        self.programs = programs
    }

    package var grammar: KindGrammar {
        KindGrammar("send", .keys(Self.keys), about: "Sends something to others, once for each record.")
    }

    private static let keys = [
        Key(
            "http", .keys(HTTPMessage.keys), about: "A request to a server.",
            example: "{url: \"https://api.example/leads\", json: {id: record.id}}"),
        Key(
            "email", .keys(EmailMessage.keys), about: "A letter, handed to a mail program.",
            example: "{to: \"{{ input.from }}\", subject: Hello, body: \"{{ draft.body }}\"}"),
        Key(
            "via", .list(of: .text), default: "[sendmail, -t]",
            about: "The mail program that takes an e-mail on its input and reads from it to whom it goes.",
            example: "[msmtp, -t]"),
        Key(
            "sql", .keys(SQLMessage.keys), about: "A row in a table of a database.",
            example: "{sqlite: crm.sqlite, insert: notes, values: {lead: record.id}}"),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let isKeyed = checkKey(&planning)
        let given = ["http", "email", "sql"].filter { fields[$0] != nil }
        guard given.count == 1 else {
            planning.problems.error(
                given.isEmpty
                    ? "'send' says what is sent: 'http', 'email' or 'sql'"
                    : "'send' sends one thing, and here are '\(given.joined(separator: "' and '"))'; write a step for each",
                at: fields.span)
            return nil
        }
        if given != ["email"], let span = fields.keySpan("via") {
            planning.problems.error("'via' is for an e-mail; take it out", at: span)
        }
        let secrets = SecretStore(planning.recipe, folder: planning.folder)
        let prepared =
            switch given[0] {
            case "http": planHTTP(fields, &planning, secrets)
            case "email": planEmail(fields, &planning, secrets)
            default: planSQL(fields, &planning, secrets)
            }
        return isKeyed ? prepared : nil
    }

    /// What was sent is remembered by the record's id: a row's number is none, for it changes with the file.
    private func checkKey(_ planning: inout StepPlanning) -> Bool {
        guard let input = planning.recipe.input, ["csv", "sqlite", "postgres"].contains(input.kind.value),
            input.fields["key"] == nil
        else { return true }
        planning.problems.error(
            "a recipe that sends must know its records again: name the column that tells them apart with 'key' beside "
                + "'\(input.kind.value)'", at: input.kind.span)
        return false
    }

    private func planHTTP(
        _ fields: Fields, _ planning: inout StepPlanning, _ secrets: SecretStore
    ) -> PreparedStep? {
        guard let body = fields.fields("http"), let message = HTTPMessage(body, &planning, secrets) else { return nil }
        let step = SendStep(
            message: message, secrets: secrets, outlet: HTTPOutlet(web: web, secrets: secrets))
        return PreparedStep(
            action: .answered(step), answer: HTTPMessage.answer, reads: message.reads, sensitive: message.sensitive)
    }

    private func planEmail(
        _ fields: Fields, _ planning: inout StepPlanning, _ secrets: SecretStore
    ) -> PreparedStep? {
        let via = fields.texts("via")?.map(\.text) ?? ["sendmail", "-t"]
        if via.isEmpty, let span = fields.keySpan("via") {
            planning.problems.error("'via' names the mail program: [sendmail, -t]", at: span)
        }
        guard let body = fields.fields("email"), let message = EmailMessage(body, &planning), !via.isEmpty,
            !fields.isBroken("via")
        else { return nil }
        let isPath = via[0].utf8.contains(UInt8(ascii: "/")) && !via[0].hasPrefix("/") && planning.folder != "."
        let program = isPath ? "\(planning.folder)/\(via[0])" : via[0]
        let step = SendStep(
            message: message, secrets: secrets,
            outlet: MailOutlet(
                program: program, arguments: Array(via.dropFirst()), programs: programs, folder: planning.folder))
        return PreparedStep(
            action: .answered(step), answer: EmailMessage.answer, reads: message.reads, sensitive: message.sensitive)
    }

    private func planSQL(
        _ fields: Fields, _ planning: inout StepPlanning, _ secrets: SecretStore
    ) -> PreparedStep? {
        guard let body = fields.fields("sql"), let message = SQLMessage(body, &planning) else { return nil }
        let step = SendStep(message: message, secrets: secrets, outlet: SQLiteOutlet(message.table))
        return PreparedStep(action: .answered(step), answer: SQLMessage.answer, reads: message.reads)
    }
}
