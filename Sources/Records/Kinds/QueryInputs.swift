internal import Databases
internal import Diagnostics
package import Recipes
package import Runs
internal import Schemas
package import Steps

/// `input: {sqlite: …, query: …}`.
package struct SQLiteInput: InputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "sqlite", .text, siblings: [QueryKeys.query] + RowKeys.all,
            about: "Every row that a query on a SQLite file gives is a record. The file is only read.")
    }

    package func open(_ planning: inout InputPlanning) -> (any RecordSource)? {
        guard let place = planning.place(of: "sqlite"), let keys = RowKeys(&planning),
            let query = planning.query(.sqlite)
        else { return nil }
        do throws(FileError) {
            guard try FileStatus.of(place.path)?.kind == .file else {
                throw FileError(.open, place.path, 0)
            }
        } catch {
            planning.problems.error(
                "no file '\(place.path)'; the nearest folder that exists is '\(Paths.nearestFolder(above: place.path))'",
                at: place.span)
            return nil
        }
        return planning.source(
            of: .sqlite(path: place.path, name: Paths.name(of: place.path)), query, keys, at: place.span)
    }
}

/// `input: {postgres: …, query: …}`.
package struct PostgresInput: InputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "postgres", PostgresAddress.form, siblings: [QueryKeys.query] + RowKeys.all,
            about: "Every row that a query on a PostgreSQL database gives is a record. The session only reads.")
    }

    package func open(_ planning: inout InputPlanning) -> (any RecordSource)? {
        guard planning.path == nil else {
            planning.problems.error("--input names a file, and the input is a PostgreSQL query", at: nil)
            return nil
        }
        guard let setting = planning.input.fields["postgres"], let keys = RowKeys(&planning),
            let query = planning.query(.postgres)
        else { return nil }
        let found = PostgresAddress.find(
            setting, secrets: planning.secrets, folder: planning.folder, opens: planning.opensDatabases,
            problems: &planning.problems)
        switch found {
        case .broken: return nil
        case .unopened: return UnaskedQuery(description: "the PostgreSQL query")
        case .address(let address): return planning.source(of: .postgres(address), query, keys, at: setting.span)
        }
    }
}

enum QueryKeys {
    static let query = Key(
        "query", .text, required: true,
        about:
            "The query whose rows are the records; say their order with ORDER BY, so that a run can be gone on with.",
        example: "SELECT domain, name FROM leads ORDER BY domain")
}

extension InputPlanning {
    /// The query's text, which has no names to bind.
    fileprivate mutating func query(_ dialect: QueryText.Dialect) -> QueryText? {
        guard let text = input.fields.text("query"),
            let query = QueryText.read(text, dialect: dialect, problems: &problems)
        else { return nil }
        if let name = query.parameters.first {
            problems.error("':\(name)' has no value here: the query of an input has nothing to bind", at: text.span)
            return nil
        }
        if !query.hasOrder {
            notes.append(
                "the query of the input has no ORDER BY: where rows come in another order, a run that is gone on with "
                    + "takes every record up again")
        }
        return query
    }

    fileprivate mutating func source(
        of database: QueryDatabase, _ query: QueryText, _ keys: RowKeys, at span: SourceSpan?
    ) -> (any RecordSource)? {
        guard opensDatabases else { return UnaskedQuery(description: "\(database.name): \(query.short)") }
        do throws(SourceError) {
            let source = try QuerySource(database, query, key: keys.key, declared: keys.fields)
            if let key = keys.key, !source.columns.contains(where: { $0.utf8.elementsEqual(key.utf8) }) {
                problems.error(
                    "the query has no column '\(key)'\(mend(for: key, among: source.columns))",
                    at: input.fields.text("key")?.span)
                return nil
            }
            return source
        } catch {
            problems.error(error.message, at: input.fields["query"]?.span ?? span)
            return nil
        }
    }
}
