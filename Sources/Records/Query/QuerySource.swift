internal import Databases
internal import Digests
internal import Runs
internal import Schemas
internal import Values

/// The rows of a query as input, in the order in which the database gives them.
///
/// Read forward and never held whole. A query has no place that could be sought: a run that is taken up reads it from the
/// start and passes over what it has, and the contents of chunks tell whether the rows are still those. A row's id is
/// its `key`, else its number, counted from one.
struct QuerySource: RecordSource {
    private let database: QueryDatabase
    private let query: QueryText
    private let table: QueryTable

    /// Asks for the query's columns, and for its first rows where the recipe does not say all types.
    ///
    /// - Parameter declared: the types that the recipe gives, by name.
    init(
        _ database: QueryDatabase, _ query: QueryText, key: String?, declared: [AnswerType.Field]
    ) throws(SourceError) {
        self.database = database
        self.query = query
        let cursor = try QuerySource.asSource { () throws(DatabaseProblem) in try database.open(query) }
        let fields = try QuerySource.fields(cursor, declared, name: database.name)
        table = QueryTable(source: database.name, fields: fields, key: key)
    }

    var type: ObjectType { ObjectType(table.fields.map { .init($0.name, $0.type) }) }
    var description: String { "\(table.source): \(query.short)" }
    var columns: [String] { table.fields.map(\.name) }

    func includes(_ file: FilePlace) -> Bool {
        guard case .sqlite(let path, _) = database else { return false }
        return UsedFile.sqlite(path, description).contains { FilePlace($0.path).isSame(as: file) }
    }

    func count() throws(SourceError) -> Int {
        do throws(DatabaseProblem) {
            guard case .int(let count)? = try database.open(query.counting).next()?.first else { return 0 }
            return Int(count)
        } catch {
            throw SourceError(error.message)
        }
    }

    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        let cursor = try QuerySource.asSource { () throws(DatabaseProblem) in try database.open(query) }
        let reader = QueryReader(table, cursor, name: database.name)
        try reader.pass(position?.ordinal ?? 0)
        return reader
    }

    private static func asSource<Opened>(_ open: () throws(DatabaseProblem) -> Opened) throws(SourceError) -> Opened {
        do throws(DatabaseProblem) {
            return try open()
        } catch {
            throw SourceError(error.message)
        }
    }

    // MARK: Types

    private static func fields(
        _ cursor: any RowCursor, _ declared: [AnswerType.Field], name: String
    ) throws(SourceError) -> [JSONField] {
        let columns = cursor.columns
        for (index, column) in columns.enumerated()
        where columns[..<index].contains(where: { $0.name.hasSameBytes(as: column.name) }) {
            throw SourceError(
                "the query on \(name) has two columns '\(column.name)'; give one another name with AS")
        }
        for field in declared {
            guard let column = columns.first(where: { $0.name.hasSameBytes(as: field.name) }) else {
                throw SourceError(
                    "the query on \(name) has no column '\(field.name)'\(mend(for: field.name, among: columns.map(\.name)))"
                )
            }
            guard column.fits(field.type) else {
                throw SourceError(
                    "the column '\(field.name)' of \(name) is \(column.words), and `fields` says '\(field.type)'")
            }
        }
        let open = columns.filter { column in !declared.contains { $0.name.hasSameBytes(as: column.name) } }
        let learned = open.isEmpty ? [] : try learn(cursor)
        return columns.map { column in
            if let field = declared.first(where: { $0.name.hasSameBytes(as: column.name) }) {
                return JSONField(name: column.name, rule: .type(field.type), isDeclared: true)
            }
            let seen = learned.first { $0.name.hasSameBytes(as: column.name) }
            return JSONField.of(column, seen: seen)
        }
    }

    /// What the first rows show, as for JSON.
    private static func learn(_ cursor: any RowCursor) throws(SourceError) -> [JSONField] {
        let shape = MapShape(fields: cursor.columns.map(\.name))
        var sample: [ValueMap] = []
        do throws(DatabaseProblem) {
            while sample.count < 100, let row = try cursor.next() {
                sample.append(ValueMap(shape: shape, values: row.map(\.value)))
            }
        } catch {
            throw SourceError(error.message)
        }
        return JSONField.learn(from: sample)
    }
}

extension JSONField {
    /// The database's own type goes before what the first rows show; whether null can come, they show alone.
    fileprivate static func of(_ column: QueryColumn, seen: JSONField?) -> JSONField {
        guard let type = column.type else {
            return seen ?? JSONField(name: column.name, rule: .any, isDeclared: false)
        }
        let hasNull = seen.map { $0.type.allowsNull } ?? true
        return JSONField(name: column.name, rule: .type(hasNull ? .nullable(type) : type), isDeclared: false)
    }
}

extension QueryDatabase {
    var dialect: QueryText.Dialect {
        switch self {
        case .sqlite: .sqlite
        case .postgres: .postgres
        }
    }
}

extension QuerySource: DatabaseUser {
    package var databaseName: String { database.name }

    package func databaseProblem() -> String? {
        do throws(DatabaseProblem) {
            _ = try database.open(query)
            return nil
        } catch {
            return error.message
        }
    }
}

/// A query that was not asked yet, because nothing may be opened: its fields are not known.
struct UnaskedQuery: RecordSource {
    let description: String

    var type: ObjectType { ObjectType([]) }
    var inputType: ValueType { .any }
    var columns: [String] { [] }

    func count() throws(SourceError) -> Int { throw unasked }
    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader { throw unasked }

    private var unasked: SourceError { SourceError("\(description) was not asked; `linecook plan` asks it") }
}

/// Takes rows from a database as they come. One caller at a time, which is what makes it safe to hand around.
final class QueryReader: RecordReader, @unchecked Sendable {
    private let table: QueryTable
    private let cursor: any RowCursor
    private let name: String
    private let keys: KeySet?
    private var ordinal = 0
    private var hasEnded = false

    init(_ table: QueryTable, _ cursor: any RowCursor, name: String) {
        self.table = table
        self.cursor = cursor
        self.name = name
        keys = table.key == nil ? nil : KeySet()
    }

    /// Reads over the first rows.
    func pass(_ count: Int) throws(SourceError) {
        while ordinal < count {
            guard try next(limit: min(count - ordinal, 1 << 12), bytes: .max) != nil else {
                throw SourceError("\(name) has fewer rows than when this run began; start anew with --fresh")
            }
        }
    }

    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        var rows: [QueryRow] = []
        var size = 0
        let hash = FingerprintStream()
        while rows.count < limit, size < bytes, let row = try nextRow() {
            size += row.size
            let identity = row.identityBytes
            let content = Fingerprint(of: identity)
            identity.withUnsafeBytes { hash.add($0) }
            var taken = QueryRow(values: row, content: content)
            if let keys, let id = table.id(of: row) {
                taken.earlier = keys.insert(Fingerprint(of: id), ordinal: ordinal + rows.count)
            }
            rows.append(taken)
        }
        guard !rows.isEmpty else { return nil }
        defer { ordinal += rows.count }
        return QueryBatch(table: table, first: ordinal, rows: rows, content: hash.fingerprint)
    }

    func countRest() throws(SourceError) -> Int {
        var count = 0
        while try nextRow() != nil { count += 1 }
        return count
    }

    private func nextRow() throws(SourceError) -> [ColumnValue]? {
        guard !hasEnded else { return nil }
        do throws(DatabaseProblem) {
            let row = try cursor.next()
            hasEnded = row == nil
            return row
        } catch {
            hasEnded = true
            throw SourceError(error.message)
        }
    }
}
