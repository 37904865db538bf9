internal import Databases
internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Records
internal import Runs
internal import Steps
internal import Values

/// A row in a table.
struct SQLMessage: Message {
    /// The table that rows go into, named by the recipe alone.
    struct Table: Hashable, Sendable {
        var database: Database
        var name: String
        var columns: [String]
        /// The column, unique in the table, that holds the idempotency key.
        var keyColumn: String
    }

    enum Database: Hashable, Sendable {
        /// A path, as it can be opened.
        case sqlite(String)
        /// Nil where its address was not looked up, because nothing may be opened now.
        case postgres(PostgresAddress?)

        /// For people.
        var name: String {
            switch self {
            case .sqlite(let path): path
            case .postgres(let address): address.map { "\($0)" } ?? "a PostgreSQL database"
            }
        }
    }

    let table: Table
    private let values: [JSONTemplate]
    let exposures: [Exposure]

    static let answer = ValueType.object(ObjectType([.init("status", .string), .init("key", .string)]))

    static let keys = [
        Key("sqlite", .text, about: "The SQLite file, relative to the recipe.", example: "../crm.sqlite"),
        Key(
            "postgres", PostgresAddress.form,
            about: "The PostgreSQL database: the name of a secret that holds its address, or where that is kept.",
            example: "{env: CRM_DATABASE}"),
        Key(
            "insert", .text, required: true,
            about: "The table that gets a row; in PostgreSQL with its schema where that is not on the search path.",
            example: "notes"),
        Key(
            "values", .map(of: .computed), required: true, about: "The row: values by their columns.",
            example: "{lead: record.id, note: \"{{ draft.body }}\"}"),
        Key(
            "key", .text, default: "idempotency_key",
            about: "The column for the idempotency key; it is unique in the table.", example: "sent_key"),
    ]

    struct Rendered: Sendable {
        var values: [Value]
        var shown: String
    }

    /// Nil where something is broken, which has been reported.
    init?(_ fields: Fields, _ planning: inout StepPlanning) {
        let database = Self.database(fields, &planning)
        let name = fields.text("insert")
        let key = fields.text("key")?.text ?? "idempotency_key"
        var columns: [String] = []
        var values: [JSONTemplate] = []
        let entries = fields.map("values") ?? []
        for entry in entries {
            guard let value = JSONTemplate(entry.setting, &planning) else { continue }
            columns.append(entry.key.value)
            values.append(value)
            if entry.key.value.lowercased() == key.lowercased() {
                planning.problems.error(
                    "the column '\(key)' gets the idempotency key; take it out of 'values'", at: entry.key.span)
                return nil
            }
        }
        for text in [fields.text("sqlite"), name, fields.text("key")].compactMap(\.self)
        where text.text.utf8.contains(0) {
            planning.problems.error("there is a zero byte in this name", at: text.span)
            return nil
        }
        guard let database, let name, values.count == entries.count, fields["values"] != nil,
            !fields.isBroken("values"), !fields.isBroken("key")
        else { return nil }
        table = Table(database: database, name: name.text, columns: columns, keyColumn: key)
        self.values = values
        exposures = zip(entries, values).map { entry, value in
            Exposure("sql.values.\(entry.key.value)", .content, reads: value.reads, span: entry.key.span)
        }
    }

    private static func database(_ fields: Fields, _ planning: inout StepPlanning) -> Database? {
        let kinds = ["sqlite", "postgres"].filter { fields[$0] != nil }
        guard kinds.count == 1 else {
            planning.problems.error("'sql' names one database: `sqlite` or `postgres`", at: fields.span)
            return nil
        }
        if let path = fields.text("sqlite") {
            let file = planning.path(path.text)
            planning.used += UsedFile.sqlite(file, "the database of the step '\(planning.step.name.value)'")
            return .sqlite(file)
        }
        guard let setting = fields["postgres"] else { return nil }
        planning.use(addressAt: setting)
        let found = PostgresAddress.find(
            setting, secrets: planning.recipe.secrets, folder: planning.folder, opens: planning.opensDatabases,
            problems: &planning.problems)
        switch found {
        case .address(let address): return .postgres(address)
        case .unopened: return .postgres(nil)
        case .broken: return nil
        }
    }

    var reads: [ReadPath] { values.flatMap(\.reads) }
    var secretNames: [String] { [] }

    var parts: [QuestionPart] {
        let place =
            switch table.database {
            case .sqlite(let path): QuestionPart("sqlite", path)
            case .postgres: QuestionPart("postgres", table.database.name)
            }
        return [place, QuestionPart("insert", table.name)]
            + zip(table.columns, values).map { QuestionPart("values.\($0)", $1.text) }
    }

    func render(_ row: borrowing Slots, about record: Record) throws(Failure) -> Rendered {
        var values: [Value] = []
        for value in self.values { values.append(try value.value(row)) }
        let shown = JSON.text(of: .map(ValueMap(Array(zip(table.columns, values)))))
        return Rendered(values: values, shown: "insert into \(table.name) of \(table.database.name)\n\(shown)")
    }

    func shown(_ rendered: Rendered) -> String { rendered.shown }
}

extension SQLMessage.Table {
    /// Puts a row in, unless one with its key is there. Every name is quoted and every value bound.
    ///
    /// - Parameters:
    ///   - table: the name, quoted.
    ///   - place: how the database writes the place of a value, counted from 1.
    func insertion(into table: String, _ place: (Int) -> String) -> String {
        let names = (columns + [keyColumn]).map(\.quotedName).joined(separator: ", ")
        let places = (1...columns.count + 1).map(place).joined(separator: ", ")
        return "INSERT INTO \(table) (\(names)) VALUES (\(places)) ON CONFLICT (\(keyColumn.quotedName)) DO NOTHING"
    }
}

extension Value {
    /// What a table has no type for, as the text of a cell: lists and maps as JSON; a moment, a length of time and bytes as
    /// JSON writes them, without its quotes. Nothing in these three needs an escape.
    var cellText: String {
        let json = JSON.text(of: self)
        return json.utf8.first == UInt8(ascii: "\"") ? String(json.dropFirst().dropLast()) : json
    }
}

extension String {
    /// As SQL names things.
    var quotedName: String {
        "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
