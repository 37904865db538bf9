internal import Databases
internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Records
internal import Runs
internal import Schemas
internal import Steps
internal import Values

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

extension LookupKind {
    /// What is asked, and which names want a value.
    struct Planned {
        var names: [String]
        /// Nil where something is wrong with it that leaves the names known.
        var asked: (any LookupSource)?
    }

    /// The largest CSV file that is held in memory.
    private static let largestTable = 256 << 20

    func source(_ fields: Fields, _ contract: RowContract?, _ planning: inout StepPlanning) -> Planned? {
        let kinds = ["sqlite", "postgres", "csv"].filter { fields[$0] != nil }
        guard kinds.count == 1, let kind = kinds.first else {
            planning.problems.error(
                "a lookup names one place to look: `sqlite`, `postgres` or `csv`", at: planning.step.body.span)
            return nil
        }
        let foreign = kind == "csv" ? "query" : "key"
        if let span = fields.keySpan(foreign) {
            planning.problems.error("'\(foreign)' means nothing beside '\(kind)'; take it out", at: span)
        }
        if kind == "csv" { return csv(fields, contract, &planning) }
        guard let text = fields.text("query") else {
            if fields["query"] == nil {
                planning.problems.error(
                    "a lookup on '\(kind)' needs a query: `query: SELECT … WHERE … = :name`", at: fields.span)
            }
            return nil
        }
        if Expression.isRead(text.text, in: planning.scope) {
            planning.problems.error(
                "the text of a query stands in the recipe and never comes from a record; write the query here, with "
                    + "`:name` for what comes from the record", at: text.span)
            return nil
        }
        guard
            let query = QueryText.read(
                text, dialect: kind == "sqlite" ? .sqlite : .postgres, problems: &planning.problems)
        else { return nil }
        let asked =
            kind == "sqlite" ? sqlite(fields, query, contract, &planning) : postgres(fields, query, contract, &planning)
        return Planned(names: query.parameters, asked: asked)
    }

    // MARK: SQLite

    private func sqlite(
        _ fields: Fields, _ query: QueryText, _ contract: RowContract?, _ planning: inout StepPlanning
    ) -> (any LookupSource)? {
        guard let file = fields.text("sqlite") else { return nil }
        let path = planning.path(file.text)
        planning.used += UsedFile.sqlite(path, "the database of the step '\(planning.step.name.value)'")
        guard access(path, F_OK) == 0 else {
            planning.problems.error("there is no file '\(path)'", at: file.span)
            return nil
        }
        if planning.opensDatabases {
            do throws(DatabaseProblem) {
                let reader = try SQLiteReader(path: path, query: query)
                check(reader.columns, contract, fields, &planning)
            } catch {
                let span = error.reason == .refused ? fields["query"]?.span : file.span
                planning.problems.error(error.message, at: span)
                return nil
            }
        }
        return SQLiteLookup(path: path, name: file.text, query: query, caller: DatabaseCaller(stopping: stopping))
    }

    // MARK: PostgreSQL

    private func postgres(
        _ fields: Fields, _ query: QueryText, _ contract: RowContract?, _ planning: inout StepPlanning
    ) -> (any LookupSource)? {
        guard let setting = fields["postgres"] else { return nil }
        planning.use(addressAt: setting)
        let found = PostgresAddress.find(
            setting, secrets: planning.recipe.secrets, folder: planning.folder, opens: planning.opensDatabases,
            problems: &planning.problems)
        switch found {
        case .broken: return nil
        case .unopened: return UnopenedLookup(query: query)
        case .address(let address):
            if planning.opensDatabases { checkColumns(address, query, contract, fields, &planning) }
            return PostgresLookup(address, query: query, caller: DatabaseCaller(stopping: stopping))
        }
    }

    /// A database that is out of reach now may be there when the run begins: it is waited for then.
    private func checkColumns(
        _ address: PostgresAddress, _ query: QueryText, _ contract: RowContract?, _ fields: Fields,
        _ planning: inout StepPlanning
    ) {
        do throws(DatabaseProblem) {
            let connection = try PostgresConnection(address, within: 5)
            let columns = try connection.columns(of: query, wait: PostgresWait(within: .seconds(10)))
            check(columns, contract, fields, &planning)
        } catch {
            guard error.reason == .refused else {
                planning.notes.append("the columns of the query are not checked: \(error.message)")
                return
            }
            planning.problems.error(error.message, at: fields["query"]?.span)
        }
    }

    /// Holds the columns that the database says against those that the recipe expects.
    private func check(
        _ columns: [QueryColumn], _ contract: RowContract?, _ fields: Fields, _ planning: inout StepPlanning
    ) {
        guard let contract else { return }
        let span = fields["rows"]?.span
        let names = columns.map(\.name)
        for field in contract.fields {
            guard let column = columns.first(where: { $0.name.hasSameBytes(as: field.name) }) else {
                let near = nearestName(to: field.name, among: names).map { "; did you mean '\($0)'?" }
                planning.problems.error(
                    "the query has no column '\(field.name)'\(near ?? "; it has \(names.joined(separator: ", "))")",
                    at: span)
                continue
            }
            if !column.fits(field.type) {
                planning.problems.error(
                    "the column '\(field.name)' is \(column.words), and `rows` says '\(field.type)'", at: span)
            }
        }
    }

    // MARK: CSV

    private func csv(_ fields: Fields, _ contract: RowContract?, _ planning: inout StepPlanning) -> Planned? {
        guard let file = fields.text("csv") else { return nil }
        guard let key = fields.text("key") else {
            if fields["key"] == nil {
                planning.problems.error(
                    "a lookup on 'csv' names the column that rows are found by: `key: COLUMN`", at: file.span)
            }
            return nil
        }
        let planned = Planned(names: [key.text], asked: nil)
        guard let contract else { return planned }
        let path = planning.path(file.text)
        planning.used.append(UsedFile(path, "the table of the step '\(planning.step.name.value)'"))
        var status = stat()
        if stat(path, &status) == 0, Int(status.st_size) > Self.largestTable {
            planning.problems.error(
                "'\(path)' is larger than the \(Self.largestTable >> 20) MB that a lookup holds in memory; put it into "
                    + "SQLite and use `sqlite`", at: file.span)
            return planned
        }
        do throws(SourceError) {
            let name = file.text.split(separator: "/").last.map(String.init) ?? file.text
            let table = try CSVSource(path: path, name: name, called: key.text, fields: contract.fields)
            guard table.columns.contains(where: { $0.hasSameBytes(as: key.text) }) else {
                let near = nearestName(to: key.text, among: table.columns).map { "; did you mean '\($0)'?" }
                planning.problems.error(
                    "\(name) has no column '\(key.text)'\(near ?? "; it has \(table.columns.joined(separator: ", "))")",
                    at: key.span)
                return planned
            }
            for field in contract.fields {
                switch field.type.withoutNull {
                case .list, .object:
                    planning.problems.error(
                        "a cell of '\(field.name)' is one value, not a list or an object; read it as string",
                        at: fields["rows"]?.span)
                default: break
                }
            }
            return Planned(
                names: [key.text],
                asked: CSVLookup(table, name: file.text, key: key.text, fields: contract.fields))
        } catch {
            planning.problems.error(error.message, at: file.span)
            return planned
        }
    }
}

extension Expression {
    /// Whether a text is the name of something that a record, a step or a setting holds, and no query.
    fileprivate static func isRead(_ text: String, in scope: Scope) -> Bool {
        isPlainName(text, in: scope) || text.wholeMatch(of: /[a-z_][a-z0-9_]*(\.[A-Za-z0-9_]+)+/) != nil
    }
}

/// A lookup of a plan that nobody runs: where its database is, is not to be looked up.
private struct UnopenedLookup: LookupSource {
    let query: QueryText

    var identity: [String] { ["postgres", query.text] }
    var name: String { "a PostgreSQL database" }
    var width: Int? { 1 }
    var answersAtOnce: Bool { false }

    private var failure: Failure { Failure(.unreachable, "the address of the database was not looked up") }

    func prepare() async -> DatabaseCaller.Ending<Bool> { .outOfReach(failure) }
    func rowsAtOnce(_ parameters: [Value], atMost limit: Int) -> LookupRows? { nil }
    func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration
    ) async -> DatabaseCaller.Ending<LookupRows> { .outOfReach(failure) }
    func problem() -> String? { failure.message }
}
