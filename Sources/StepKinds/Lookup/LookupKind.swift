package import Calls
internal import Databases
internal import Diagnostics
internal import Expressions
package import Recipes
internal import Records
internal import Runs
internal import Schemas
package import Steps
internal import Values

/// `lookup`: asks a database, or a CSV file, for what it has of a record.
package struct LookupKind: StepKind {
    let stopping: StopFlag

    /// - Parameter stopping: once it is raised, nobody waits for a database that is out of reach any more.
    package init(stopping: StopFlag = StopFlag()) { self.stopping = stopping }

    package var grammar: KindGrammar {
        KindGrammar(
            "lookup", .keys(Self.keys),
            about:
                "Finds a record's rows in SQLite, PostgreSQL or a CSV file; values are bound, and nothing is written.")
    }

    private static let keys = [
        Key("sqlite", .text, about: "The SQLite file to ask.", example: "../fixtures/crm.sqlite"),
        Key(
            "postgres", PostgresAddress.form,
            about:
                "The PostgreSQL database to ask: the name of a secret that holds its address, or where that is kept.",
            example: "{env: CRM_DATABASE}"),
        Key("csv", .text, about: "The CSV file to look into; it is held in memory.", example: "prices.csv"),
        Key("key", .text, about: "Beside `csv`: the column that rows are found by.", example: "sku"),
        Key(
            "query", .text,
            about: "Beside `sqlite` and `postgres`: one SELECT, with `:name` wherever a value of the record belongs.",
            example: "SELECT owner, plan FROM accounts WHERE domain = :domain"),
        Key(
            "with", .map(of: .expression),
            about: "The value of each name of the query; of the `key` column for `csv`.",
            example: "{domain: input.domain}"),
        Key(
            "rows",
            .keys([
                Key("one", .answer, about: "Exactly one row: the answer is that row.", example: "{id: integer}"),
                Key(
                    "at most one", .answer, about: "One row or none: the answer is the row, or null.",
                    example: "{owner: string, plan: string}"),
                Key("many", .answer, about: "Any number of rows: the answer is their list.", example: "{sku: string}"),
            ]), required: true, about: "How many rows are expected, and the types of their columns.",
            example: "{at most one: {owner: string, plan: string}}"),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let contract = contract(fields, &planning)
        let source = source(fields, contract, &planning)
        let parameters = parameters(fields, source?.names, &planning)
        guard let contract, let source, let parameters, let asked = source.asked else { return nil }
        var step = PreparedStep(
            action: .answered(LookupStep(asked, parameters, contract)), answer: contract.type,
            reads: parameters.flatMap(\.value.reads))
        step.isOwnData = true
        return step
    }

    // MARK: Rows

    private func contract(_ fields: Fields, _ planning: inout StepPlanning) -> RowContract? {
        guard let rows = fields.fields("rows") else { return nil }
        let given = RowContract.Number.allCases.filter { rows[$0.rawValue] != nil }
        guard given.count == 1, let number = given.first else {
            planning.problems.error(
                "'rows' says once how many rows are expected: `one`, `at most one` or `many`, and the types of their columns",
                at: rows.span)
            return nil
        }
        guard let notation = rows.answer(number.rawValue),
            case .object(let columns)? = AnswerType.readFields(notation, for: .input, problems: &planning.problems)
        else { return nil }
        return RowContract(number, columns)
    }

    // MARK: Values

    /// The values in the order of the names; nil where something is wrong.
    private func parameters(
        _ fields: Fields, _ names: [String]?, _ planning: inout StepPlanning
    ) -> [LookupStep.Parameter]? {
        let entries = fields.map("with") ?? []
        guard !fields.isBroken("with") else { return nil }
        var values: [LookupStep.Parameter] = []
        var isWhole = true
        for entry in entries {
            guard case .expression(let text) = entry.setting, let value = planning.compile(text) else {
                isWhole = false
                continue
            }
            switch value.type.withoutNull {
            case .list, .map, .object, .bytes:
                planning.problems.error("a query takes one value for a name, and this is \(value.type)", at: text.span)
                isWhole = false
            default: values.append(.init(name: entry.key.value, value: value))
            }
        }
        guard let names else { return nil }
        for entry in entries where !names.contains(where: { $0.hasSameBytes(as: entry.key.value) }) {
            let near = nearestName(to: entry.key.value, among: names).map { "; did you mean '\($0)'?" }
            let known = names.isEmpty ? "it has no names" : "its names are \(names.joined(separator: ", "))"
            let mend = fields["csv"] == nil ? near ?? "; \(known)" : "; name the `key` column, '\(names.first ?? "")'"
            planning.problems.error("the query has no ':\(entry.key.value)'\(mend)", at: entry.key.span)
            isWhole = false
        }
        for name in names where !entries.contains(where: { $0.key.value.hasSameBytes(as: name) }) {
            planning.problems.error(
                "':\(name)' has no value; add `with: {\(name): …}`",
                at: fields["query"]?.span ?? fields["key"]?.span ?? fields.span)
            isWhole = false
        }
        guard isWhole else { return nil }
        return names.compactMap { name in values.first { $0.name.hasSameBytes(as: name) } }
    }
}
