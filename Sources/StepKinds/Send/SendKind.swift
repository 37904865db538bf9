internal import Databases
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
        switch given[0] {
        case "http": return planHTTP(fields, &planning, secrets)
        case "email": return planEmail(fields, &planning, secrets)
        default: return planSQL(fields, &planning, secrets)
        }
    }

    private func planHTTP(
        _ fields: Fields, _ planning: inout StepPlanning, _ secrets: SecretStore
    ) -> PreparedStep? {
        guard let body = fields.fields("http"), let message = HTTPMessage(body, &planning, secrets) else { return nil }
        let step = SendStep(
            message: message, secrets: secrets, outlet: HTTPOutlet(web: web, secrets: secrets))
        return prepared(step, HTTPMessage.answer, message, to: message.url.source.text)
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
        let program = planning.program(via[0])
        planning.use(program: program, arguments: Array(via.dropFirst()), scripts: [], at: planning.folder)
        let step = SendStep(
            message: message, secrets: secrets,
            outlet: MailOutlet(
                program: program, arguments: Array(via.dropFirst()), programs: programs, folder: planning.folder))
        return prepared(step, EmailMessage.answer, message, to: "the mail program '\(via[0])'")
    }

    private func planSQL(
        _ fields: Fields, _ planning: inout StepPlanning, _ secrets: SecretStore
    ) -> PreparedStep? {
        guard let body = fields.fields("sql"), let message = SQLMessage(body, &planning) else { return nil }
        let table = message.table
        let place = "the table '\(table.name)' of \(table.database.name)"
        switch table.database {
        case .sqlite(let path):
            let step = SendStep(message: message, secrets: secrets, outlet: SQLiteOutlet(table, path: path))
            return prepared(step, SQLMessage.answer, message, to: place)
        case .postgres(let address):
            let outlet = PostgresOutlet(table, at: address, stopping: web.stopping)
            if planning.opensDatabases { check(outlet, body, &planning) }
            return prepared(
                SendStep(message: message, secrets: secrets, outlet: outlet), SQLMessage.answer, message, to: place)
        }
    }

    /// A database that is out of reach now may be there when the run begins: it is looked at again then.
    private func check(_ outlet: PostgresOutlet, _ body: Fields, _ planning: inout StepPlanning) {
        guard let problem = outlet.problemWithTable() else { return }
        if problem.reason == .refused {
            planning.problems.error(problem.message, at: body["insert"]?.span)
        } else {
            planning.notes.append("the table is not checked: \(problem.message)")
        }
    }

    private func prepared(
        _ step: any AnsweredStep, _ answer: ValueType, _ message: some Message, to place: String
    ) -> PreparedStep {
        var prepared = PreparedStep(action: .answered(step), answer: answer, reads: message.reads)
        prepared.exposures = message.exposures
        prepared.bounds = "to \(place)"
        return prepared
    }
}
