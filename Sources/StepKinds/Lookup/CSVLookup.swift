internal import Databases
internal import Locks
internal import Records
internal import Runs
internal import Schemas
internal import Values

/// The rows of a CSV file by one of its columns. Read whole when the run begins, and kept in memory. A row that cannot be
/// read fails whoever asks for it, and nobody else.
final class CSVLookup: LookupSource {
    private let table: any RecordSource
    private let key: String
    private let columns: [QueryColumn]
    private let keyType: AnswerType?
    let name: String
    private let loaded = Guarded<Rows?>(nil)

    private final class Rows: Sendable {
        let byKey: [ByteText: [[ColumnValue]]]
        /// Why a key's rows cannot be had: what is wrong with the first that cannot be read.
        let broken: [ByteText: String]

        init(_ byKey: [ByteText: [[ColumnValue]]], broken: [ByteText: String]) {
            self.byKey = byKey
            self.broken = broken
        }

        func rows(of key: ByteText) throws(Failure) -> [[ColumnValue]] {
            if let problem = broken[key] { throw Failure(.schema, "a row of the lookup cannot be read: \(problem)") }
            return byKey[key] ?? []
        }
    }

    /// - Parameter fields: the columns that are wanted.
    init(_ table: any RecordSource, name: String, key: String, fields: [AnswerType.Field]) {
        self.table = table
        self.name = name
        self.key = key
        columns = fields.map { QueryColumn($0.name, .any) }
        keyType = fields.first { $0.name.hasSameBytes(as: key) }?.type
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
            return try found(parameters, atMost: limit)
        } catch {
            // Nil leads to the long way, which meets it again and tells: what is read once, right or wrong, stays so.
            return nil
        }
    }

    func rows(
        _ parameters: [Value], atMost limit: Int, within timeout: Swift.Duration
    ) async -> DatabaseCaller.Ending<LookupRows> {
        do throws(Failure) {
            return .answered(try found(parameters, atMost: limit))
        } catch {
            return error.cause == .schema ? .failed(error) : .outOfReach(error)
        }
    }

    private func found(_ parameters: [Value], atMost limit: Int) throws(Failure) -> LookupRows {
        guard let text = parameters.first?.keyText else { return LookupRows(columns: columns, rows: []) }
        let found = try rows().rows(of: ByteText(text))
        return LookupRows(columns: columns, rows: Array(found.prefix(limit)))
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
            let rows = try read()
            loaded = rows
            return rows
        }
    }

    private func read() throws(Failure) -> Rows {
        var byKey: [ByteText: [[ColumnValue]]] = [:]
        var broken: [ByteText: String] = [:]
        var bad: Failure?
        do throws(SourceError) {
            let reader = try table.reader(from: nil)
            while bad == nil, let batch = try reader.next(limit: 1 << 14, bytes: 1 << 22) {
                // Half a table is none.
                if Task.isCancelled { throw SourceError("\(name) was not read to its end: nobody waits for it") }
                batch.forEach { read in
                    switch read {
                    // What a quote that is never closed has swallowed may be anybody's row.
                    case .unreadable(let row) where row.failure.cause == .malformed: bad = bad ?? row.failure
                    case .unreadable(let row):
                        guard !row.id.utf8.isEmpty else { return }
                        let key = ByteText(self.text(ofKey: row.id))
                        broken[key] = broken[key] ?? row.failure.message
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
        return Rows(byKey, broken: broken)
    }

    /// What a key's cell is asked for by: `007` as 7, where the key is a number.
    private func text(ofKey cell: String) -> String {
        guard let keyType, case .success(let value) = keyType.value(fromCell: cell) else { return cell }
        return value.keyText ?? cell
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
