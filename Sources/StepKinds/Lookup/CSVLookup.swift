internal import Databases
internal import Locks
internal import Records
internal import Runs
internal import Schemas
internal import Values

/// The rows of a CSV file by one of its columns. Read whole when the run begins, and kept in memory.
final class CSVLookup: LookupSource {
    private let table: any RecordSource
    private let key: String
    private let columns: [QueryColumn]
    let name: String
    private let loaded = Guarded<Rows?>(nil)

    private final class Rows: Sendable {
        let byKey: [ByteText: [[ColumnValue]]]
        init(_ byKey: [ByteText: [[ColumnValue]]]) { self.byKey = byKey }
    }

    /// - Parameter fields: the columns that are wanted.
    init(_ table: any RecordSource, name: String, key: String, fields: [AnswerType.Field]) {
        self.table = table
        self.name = name
        self.key = key
        columns = fields.map { QueryColumn($0.name, .any) }
    }

    var identity: [String] { ["csv", name, key] }
    var width: Int? { nil }
    var answersAtOnce: Bool { true }

    func prepare() async -> DatabaseCaller.Ending<Bool> {
        do throws(Failure) {
            _ = try rows()
            return .answered(true)
        } catch {
            return .outOfReach(error)
        }
    }

    func rowsAtOnce(_ parameters: [Value], atMost limit: Int) -> LookupRows? {
        do throws(Failure) {
            guard let text = parameters.first?.keyText else { return LookupRows(columns: columns, rows: []) }
            let found = try rows().byKey[ByteText(text)] ?? []
            return LookupRows(columns: columns, rows: Array(found.prefix(limit)))
        } catch {
            // The long way meets it again, and tells.
            return nil
        }
    }

    func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration
    ) async -> DatabaseCaller.Ending<LookupRows> {
        if let found = rowsAtOnce(parameters, atMost: limit) { return .answered(found) }
        return .outOfReach(Failure(.unreachable, "\(name) cannot be read"))
    }

    func problem() -> String? {
        do throws(Failure) {
            _ = try rows()
            return nil
        } catch {
            return error.message
        }
    }

    private func rows() throws(Failure) -> Rows {
        try loaded.withLock { loaded throws(Failure) in
            if let loaded { return loaded }
            let rows = Rows(try read())
            loaded = rows
            return rows
        }
    }

    private func read() throws(Failure) -> [ByteText: [[ColumnValue]]] {
        var byKey: [ByteText: [[ColumnValue]]] = [:]
        var bad: Failure?
        do throws(SourceError) {
            let reader = try table.reader(from: nil)
            while bad == nil, let batch = try reader.next(limit: 1 << 14, bytes: 1 << 22) {
                batch.forEach { read in
                    switch read {
                    case .unreadable(let row): bad = bad ?? row.failure
                    case .record(let record):
                        // A row without a key can be asked for by nobody.
                        guard let text = record.input[key]?.keyText, !text.utf8.isEmpty else { return }
                        byKey[ByteText(text), default: []].append(
                            columns.map { ColumnValue(record.input[$0.name] ?? .null) })
                    }
                }
            }
        } catch {
            throw Failure(.unreachable, error.message)
        }
        if let bad { throw Failure(bad.cause, "a row of a lookup cannot be read: \(bad.message)") }
        return byKey
    }
}

extension Value {
    /// What a key is found by: a text, or the digits of a whole number.
    fileprivate var keyText: String? {
        switch self {
        case .string(let text): text
        case .int(let number): String(number)
        case .optional(let inner?): inner.keyText
        default: nil
        }
    }
}

extension ColumnValue {
    /// A cell that was read by its type already.
    fileprivate init(_ value: Value) {
        self =
            switch value {
            case .bool(let truth): .bool(truth)
            case .int(let number): .int(number)
            case .double(let number): .double(number)
            case .string(let text): .text(text)
            case .timestamp(let moment): .timestamp(moment)
            default: .null
            }
    }
}
