internal import Diagnostics
internal import Expressions
package import Recipes
package import Runs
package import Steps
internal import Values

/// `output: [{csv: …}]`.
package struct CSVOutput: OutputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "csv", .text,
            siblings: OutputKeys.all + [
                Key(
                    "excel", .boolean, default: "false",
                    about: "Writes the file so that Excel opens it as it is meant and runs nothing in it.",
                    example: "true")
            ],
            about: "A CSV file with a header line; needs `columns`, `keep` or both.")
    }

    package func plan(_ planning: inout OutputPlanning) -> (any RecordSink)? {
        let excel = planning.output.fields.boolean("excel")?.value ?? false
        return planning.sink("csv", standard: nil) { CSVRows($0, excel: excel) }
    }
}

/// `output: [{jsonl: …}]`.
package struct JSONLOutput: OutputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar("jsonl", .text, siblings: OutputKeys.all, about: "A file with one JSON object a line.")
    }

    package func plan(_ planning: inout OutputPlanning) -> (any RecordSink)? {
        planning.sink("jsonl", standard: planning.everything) { JSONRows.lines($0) }
    }
}

/// `output: [{json: …}]`.
package struct JSONOutput: OutputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar("json", .text, siblings: OutputKeys.all, about: "A file with one JSON array of objects.")
    }

    package func plan(_ planning: inout OutputPlanning) -> (any RecordSink)? {
        planning.sink("json", standard: planning.everything) { JSONRows.array($0) }
    }
}

private enum OutputKeys {
    static let all = [
        Key(
            "columns", .map(of: .computed), default: "for jsonl and json: `id`, `flags` and every step's answer",
            about:
                "The columns in their order: a name, and the expression or the text with {{ }} that makes its value.",
            example: "{file: input.path, summary: summary.text}"),
        Key(
            "keep", .choice(["input"]),
            about: "Writes the input's columns too; a column of the same name takes one's place, others follow.",
            example: "input"),
        Key(
            "of", .text, about: "The `collect` step whose answers are written instead of records.", example: "digest"),
        Key(
            "origin", .boolean, default: "false",
            about: "Adds two columns: the run and the record that each row is from.", example: "true"),
    ]
}

extension OutputPlanning {
    /// What JSON has without `columns`.
    fileprivate var everything: [OutputColumn] {
        let answers = answers.map { ($0.name, $0.slot) }
        guard isOfGroups else { return OutputColumn.everything(steps: answers) }
        return answers.map { OutputColumn($0.0, .slot($0.1)) }
    }

    /// The file at the kind's own key with the columns that the recipe gives.
    ///
    /// - Parameter standard: the columns of an output that names none; nil where it must.
    fileprivate mutating func sink(
        _ kind: String, standard: [OutputColumn]?, _ format: ([OutputColumn]) -> any RowFormat
    ) -> (any RecordSink)? {
        let columns = columns(standard: standard, kind: kind).flatMap { withOrigin($0) }
        guard let text = output.fields.text(kind) else { return nil }
        guard let path = OutputPath(text.text) else {
            problems.error(OutputPath.problem(with: text.text) ?? "no file path", at: text.span)
            return nil
        }
        guard let columns else { return nil }
        return FileSink(folder: folder, path: path, format: format(columns))
    }

    private mutating func columns(standard: [OutputColumn]?, kind: String) -> [OutputColumn]? {
        let fields = output.fields
        guard !fields.isBroken("columns"), !fields.isBroken("keep") else { return nil }
        let kept =
            fields.choice("keep") == nil
            ? [] : inputColumns.enumerated().map { OutputColumn($1, .input($1, at: $0)) }
        guard let entries = fields.map("columns") else {
            if fields.choice("keep") != nil { return kept }
            if standard == nil {
                problems.error(
                    "a '\(kind)' output says which columns it has: `columns: {name: expression}`, or `keep: input`",
                    at: output.span)
            }
            return standard
        }
        guard !entries.isEmpty else {
            problems.error("'columns' names no column", at: fields.keySpan("columns"))
            return nil
        }
        var columns: [OutputColumn] = []
        for entry in entries {
            if let source = source(of: entry.setting) { columns.append(OutputColumn(entry.key.value, source)) }
        }
        return columns.count == entries.count ? OutputColumn.keeping(kept, with: columns) : nil
    }

    /// `origin: true` adds `run` and `record`.
    private mutating func withOrigin(_ columns: [OutputColumn]) -> [OutputColumn]? {
        guard let origin = output.fields.boolean("origin"), origin.value else { return columns }
        if let taken = columns.first(where: { ["run", "record"].contains($0.name) }) {
            problems.error(
                "'origin' adds a column '\(taken.name)', and there is one already; give that another name",
                at: origin.span)
            return nil
        }
        guard let run = source(of: .expression(LocatedText("run.id", span: origin.span))) else { return nil }
        return columns + [OutputColumn("run", run), OutputColumn("record", .id)]
    }

    private mutating func source(of setting: Setting) -> OutputColumn.Source? {
        switch setting {
        case .expression(let text):
            guard let expression = compile(text) else { return nil }
            return .computed(ExpressionComputation(expression))
        case .template(let text):
            guard let template = template(text) else { return nil }
            return .computed { record throws(Failure) in
                do throws(EvaluationError) {
                    return .string(try template.render(record.slots))
                } catch {
                    throw Failure(.expression, "\(error.place): \(error.message)")
                }
            }
        default: return nil
        }
    }
}

private final class ExpressionComputation: ColumnComputation {
    private let expression: Expression

    init(_ expression: Expression) { self.expression = expression }

    func value(for record: borrowing FinishedRecord) throws(Failure) -> Value {
        do throws(EvaluationError) {
            return try expression.evaluate(record.slots)
        } catch {
            throw Failure(.expression, "\(error.place): \(error.message)")
        }
    }
}
