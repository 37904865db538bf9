internal import Digests
internal import Runs
internal import Schemas
internal import Values

/// A CSV file whose header is known: its columns, how their cells are read, and which of them makes the id.
///
/// A class, because a batch reads it for every row and must not copy it.
final class CSVTable: RowLayout {
    struct Column: Sendable {
        var name: String
        var type: AnswerType
    }

    let source: String
    let columns: [Column]
    let dialect: CSVDialect
    private let delimiter: UInt8
    let key: String?
    private let called: String?
    private let keyColumn: Int?
    private let readings: [CellReading]
    /// One for all rows.
    private let shape: MapShape

    /// - Parameters:
    ///   - key: the name of a column that makes each row's id.
    ///   - called: see ``CSVSource``.
    init(source: String, columns: [Column], dialect: CSVDialect, key: String?, called: String? = nil) {
        self.source = source
        self.columns = columns
        self.dialect = dialect
        delimiter = dialect.delimiter
        self.key = key
        self.called = called
        readings = columns.map { CellReading($0.type) }
        keyColumn = (key ?? called).flatMap { key in columns.firstIndex { $0.name.hasSameBytes(as: key) } }
        shape = MapShape(fields: columns.map(\.name))
    }

    func copy() -> CSVTable {
        CSVTable(
            source: String(decoding: Array(source.utf8), as: UTF8.self), columns: columns, dialect: dialect,
            key: key, called: called)
    }

    func makeFraming() -> CSVFraming { CSVFraming(delimiter: delimiter) }
    func makeScratch() {}

    /// An empty line is no row; one empty cell is written `""`.
    func isBlank(_ row: UnsafeRawBufferPointer) -> Bool {
        row.count <= 2 && row.allSatisfy { $0 == newLine || $0 == carriageReturn }
    }

    func keyFingerprint(of row: UnsafeRawBufferPointer) -> Fingerprint? {
        guard let keyColumn else { return nil }
        var cells = CSVCells(row, delimiter: delimiter)
        do throws(CSVCells.Fault) {
            for _ in 0..<keyColumn { guard try cells.next({ _ in }) != nil else { return nil } }
            return try cells.next { $0.isEmpty ? nil : Fingerprint(of: $0) } ?? nil
        } catch {
            return nil
        }
    }

    func read(_ row: UnsafeRawBufferPointer, at place: RowPlace, with scratch: inout Void) -> ReadRecord {
        if !place.isASCII, let offset = firstInvalidUTF8(in: row) {
            return undecodable(row, at: place, offset: offset)
        }
        var cells = CSVCells(row, delimiter: delimiter)
        var id: String?
        var count = 0
        var wrong: WrongCell?
        var fault: CSVCells.Fault?
        // Taken once: what a loop reaches through this object is retained for every cell.
        let keyColumn = keyColumn ?? -1
        let values = [Value](unsafeUninitializedCapacity: readings.count) { values, filled in
            do throws(CSVCells.Fault) {
                try readings.withUnsafeBufferPointer { readings throws(CSVCells.Fault) in
                    while count < readings.count {
                        if count != keyColumn, let cell = cells.nextPlain() {
                            let value = readings[count].value(of: cell)
                            values.initializeElement(
                                at: count, to: value ?? slowValue(of: cell, column: count, wrong: &wrong))
                        } else {
                            let value = try cells.next { cell in
                                if count == keyColumn, !cell.isEmpty { id = String(decoding: cell, as: UTF8.self) }
                                return readings[count].value(of: cell)
                                    ?? slowValue(of: cell, column: count, wrong: &wrong)
                            }
                            guard let value else { break }
                            values.initializeElement(at: count, to: value)
                        }
                        count += 1
                    }
                }
                filled = count
                count += try cells.countRest()
            } catch {
                filled = count
                fault = error
            }
        }
        if wrong != nil || fault != nil || count != readings.count || place.earlier != nil || (key != nil && id == nil)
        {
            return failed(row, at: place, id: id, count: count, wrong: wrong, fault: fault)
        }
        return .record(
            Record(
                ordinal: place.ordinal, id: id ?? String(place.number),
                origin: RecordOrigin(source: source, line: place.line, content: Fingerprint(of: row)),
                input: .map(ValueMap(shape: shape, values: values))))
    }
}

/// A cell that is no value of its column's type.
private struct WrongCell {
    var column: Int
    var problem: CellError
}

extension CSVTable {
    /// The value as the column's type has it; null, and the first such cell noted, where it is none.
    private func slowValue(of cell: UnsafeRawBufferPointer, column: Int, wrong: inout WrongCell?) -> Value {
        switch columns[column].type.value(fromCell: String(decoding: cell, as: UTF8.self)) {
        case .success(let value): return value
        case .failure(let problem):
            wrong = wrong ?? WrongCell(column: column, problem: problem)
            return .null
        }
    }
}

// MARK: Rows that are none

extension CSVTable {
    private func failed(
        _ row: UnsafeRawBufferPointer, at place: RowPlace, id: String?, count: Int,
        wrong: WrongCell?, fault: CSVCells.Fault?
    ) -> ReadRecord {
        let line = "line \(place.line) of \(source)"
        let id = called == nil ? id : id ?? ""
        if let earlier = place.earlier, let id { return duplicate(row, at: place, id: id, of: earlier) }
        switch fault {
        case .unclosedQuote(let offset):
            let opening = spot(offset, in: row, at: place)
            let lines = countLines(in: UnsafeRawBufferPointer(rebasing: row[offset...]))
            let ends = lines == 1 ? "last line end was" : "last \(lines) line ends were"
            return unreadable(
                row, at: place, id: id, .malformed,
                "the quote on line \(opening.line), column \(opening.column) of \(source) is never closed, so that the "
                    + "file's \(ends) read as one cell; close it, or write it twice if it is text")
        case .textBehindQuote(let offset):
            let behind = spot(offset, in: row, at: place)
            return unreadable(
                row, at: place, id: id, .malformed,
                "line \(behind.line), column \(behind.column) of \(source): text follows a cell's closing quote; a "
                    + "quote inside a quoted cell is written twice")
        case nil: break
        }
        if count != columns.count {
            return unreadable(
                row, at: place, id: id, .ragged,
                "\(line) has \(cells(count)), the header has \(columns.count); a cell that holds "
                    + "'\(String(UnicodeScalar(delimiter)))' or a line end stands in quotes")
        }
        if let wrong {
            return unreadable(
                row, at: place, id: id, .field,
                "\(line), column '\(columns[wrong.column].name)': \(wrong.problem)")
        }
        return unreadable(row, at: place, .field, "\(line): the key column '\(key ?? "")' is empty")
    }

    private func undecodable(_ row: UnsafeRawBufferPointer, at place: RowPlace, offset: Int) -> ReadRecord {
        let before = UnsafeRawBufferPointer(rebasing: row[..<offset])
        let line = place.line + countLines(in: before)
        let id = keyText(of: row) ?? (called == nil ? nil : "")
        if let earlier = place.earlier, let id { return duplicate(row, at: place, id: id, of: earlier) }
        let hex = String(row[offset], radix: 16, uppercase: true)
        let problem =
            dialect.encoding == .utf8
            ? "byte \(offset + 1) of the row, 0x\(hex), is not UTF-8"
            : "the row is not \(dialect.encoding.title) throughout"
        return unreadable(
            row, at: place, id: id, .undecodable, "line \(line) of \(source): \(problem); save the file as CSV UTF-8")
    }

    /// The id of a row that is not text everywhere: its key may be.
    private func keyText(of row: UnsafeRawBufferPointer) -> String? {
        guard let keyColumn else { return nil }
        var cells = CSVCells(row, delimiter: delimiter)
        do throws(CSVCells.Fault) {
            for _ in 0..<keyColumn { guard try cells.next({ _ in }) != nil else { return nil } }
            return try cells.next { $0.isEmpty ? nil : String(decoding: $0, as: UTF8.self) } ?? nil
        } catch {
            return nil
        }
    }

    /// Where in the file a byte of the row stands, as an editor shows it.
    private func spot(
        _ offset: Int, in row: UnsafeRawBufferPointer, at place: RowPlace
    ) -> (line: Int, column: Int) {
        let before = UnsafeRawBufferPointer(rebasing: row[..<offset])
        let start = before.lastIndex { $0 == newLine || $0 == carriageReturn }.map { $0 + 1 } ?? 0
        let column = before[start...].count { $0 & 0xC0 != 0x80 } + 1
        return (place.line + countLines(in: before), column)
    }

    private func cells(_ count: Int) -> String { count == 1 ? "1 cell" : "\(count) cells" }
}
