internal import Databases
internal import Digests
internal import Runs
internal import Schemas
internal import Values

/// What the columns of a query are to its records. Shared by all batches.
final class QueryTable: Sendable {
    let source: String
    let fields: [JSONField]
    let key: String?
    private let keyColumn: Int?
    private let shape: MapShape

    /// - Parameter fields: one for each column, in the order of the query.
    init(source: String, fields: [JSONField], key: String?) {
        self.source = source
        self.fields = fields
        self.key = key
        keyColumn = key.flatMap { key in fields.firstIndex { $0.name.hasSameBytes(as: key) } }
        shape = MapShape(fields: fields.map(\.name))
    }

    /// The id that a row's key makes: a text, or a whole number.
    func id(of row: [ColumnValue]) -> String? {
        guard let keyColumn, keyColumn < row.count else { return nil }
        switch row[keyColumn] {
        case .text(let text), .decimal(let text): return text.utf8.isEmpty ? nil : text
        case .int(let number): return String(number)
        default: return nil
        }
    }

    func read(_ row: QueryRow, ordinal: Int) -> ReadRecord {
        let origin = RecordOrigin(source: source, line: ordinal + 1, content: row.content)
        let name = id(of: row.values)
        let id = name ?? (key == nil ? String(ordinal + 1) : "row \(ordinal + 1)")
        func unreadable(_ cause: Cause, _ message: String) -> ReadRecord {
            .unreadable(
                UnreadableRecord(
                    ordinal: ordinal, id: id, origin: origin,
                    failure: Failure(cause, "row \(ordinal + 1) of \(source): \(message)")))
        }
        if let key, name == nil {
            return unreadable(.field, "the key '\(key)' is no text or whole number")
        }
        if let earlier = row.earlier {
            return unreadable(
                .duplicateID,
                "'\(id)' is already the id of row \(earlier + 1); the first stands, and every '\(key ?? "key")' must be "
                    + "another")
        }
        var values: [Value] = []
        values.reserveCapacity(fields.count)
        for (field, column) in zip(fields, row.values) {
            if case .bytes(let count) = column, field.declared != nil {
                return unreadable(.field, "field '\(field.name)' holds \(count) bytes that are no text")
            }
            switch field.accept(field.declared.map { column.value(as: $0) } ?? column.value) {
            case .success(let value): values.append(value)
            case .failure(let problem): return unreadable(.field, problem.message)
            }
        }
        return .record(
            Record(ordinal: ordinal, id: id, origin: origin, input: .map(ValueMap(shape: shape, values: values))))
    }
}

/// One row as it came, and what tells it from others.
struct QueryRow: Sendable {
    var values: [ColumnValue]
    var content: Fingerprint
    /// The ordinal of an earlier row with the same id.
    var earlier: Int?
}

/// Rows that came and are not decoded yet.
struct QueryBatch: RecordBatch {
    let table: QueryTable
    let first: Int
    let rows: [QueryRow]
    let content: Fingerprint

    var count: Int { rows.count }
    var end: InputPosition { QueryBatch.position(first + rows.count) }

    func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
        for (index, row) in rows.enumerated() { try body(table.read(row, ordinal: first + index)) }
    }

    /// A query cannot be sought in: a place is a number of rows, and they are read over.
    static func position(_ ordinal: Int) -> InputPosition {
        InputPosition(ordinal: ordinal, offset: Int64(ordinal), line: ordinal + 1)
    }
}

extension JSONField {
    /// The type that a value is read as; nil where anything goes.
    var declared: AnswerType? {
        if case .type(let type) = rule { type } else { nil }
    }
}
