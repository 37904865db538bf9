internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// A row in a table.
struct SQLMessage: Message {
    /// The table that rows go into, named by the recipe alone.
    struct Table: Hashable, Sendable {
        /// As it can be opened.
        var path: String
        var name: String
        var columns: [String]
        /// The column, unique in the table, that holds the idempotency key.
        var keyColumn: String
    }

    let table: Table
    private let values: [JSONTemplate]
    let exposures: [Exposure]

    static let answer = ValueType.object(ObjectType([.init("status", .string), .init("key", .string)]))

    static let keys = [
        Key(
            "sqlite", .text, required: true, about: "The database file, relative to the recipe.",
            example: "../crm.sqlite"),
        Key("insert", .text, required: true, about: "The table that gets a row.", example: "notes"),
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
        let path = fields.text("sqlite")
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
        for text in [path, name].compactMap(\.self) + [fields.text("key")].compactMap(\.self)
        where text.text.utf8.contains(0) {
            planning.problems.error("there is a zero byte in this name", at: text.span)
            return nil
        }
        guard let path, let name, values.count == entries.count, fields["values"] != nil, !fields.isBroken("values"),
            !fields.isBroken("key")
        else { return nil }
        let isRelative = !path.text.hasPrefix("/") && planning.folder != "."
        table = Table(
            path: isRelative ? "\(planning.folder)/\(path.text)" : path.text, name: name.text, columns: columns,
            keyColumn: key)
        self.values = values
        exposures = zip(entries, values).map { entry, value in
            Exposure("sql.values.\(entry.key.value)", .content, reads: value.reads, span: entry.key.span)
        }
    }

    var reads: [ReadPath] { values.flatMap(\.reads) }
    var secretNames: [String] { [] }

    var parts: [QuestionPart] {
        [QuestionPart("sqlite", table.path), QuestionPart("insert", table.name)]
            + zip(table.columns, values).map { QuestionPart("values.\($0)", $1.text) }
    }

    func render(_ row: borrowing Slots, about record: Record) throws(Failure) -> Rendered {
        var values: [Value] = []
        for value in self.values { values.append(try value.value(row)) }
        let shown = JSON.text(of: .map(ValueMap(Array(zip(table.columns, values)))))
        return Rendered(values: values, shown: "insert into \(table.name) of \(table.path)\n\(shown)")
    }

    func shown(_ rendered: Rendered) -> String { rendered.shown }
}
