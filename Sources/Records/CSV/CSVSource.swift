internal import Digests
package import Runs
package import Schemas
package import Values

/// A CSV file as input: RFC 4180 with LF, CRLF or CR and one header line. What stands between the cells, and in which
/// encoding, is told or recognised: see ``CSVDialect``.
///
/// Columns that `fields` does not type are text. Empty lines are passed over. A row's id is its cell in the `key`
/// column, else its number, counted from one.
package struct CSVSource: RecordSource {
    private let path: String
    private let table: CSVTable
    /// Where the first row begins, past the header.
    private let start: InputPosition
    /// Whether the file's head, and not the recipe, tells how it is written.
    private let isRecognised: Bool
    var bounds = RowBounds()

    /// Reads the header; the rows are left for later.
    ///
    /// - Parameters:
    ///   - path: as the system finds it.
    ///   - name: as messages and origins have it.
    ///   - called: instead of a key, a column that several rows may have the same cell in, and some none: what it holds, or
    ///     an empty text, is the id of a row that cannot be read.
    ///   - delimiter: nil for what the file's head shows; so for the encoding.
    package init(
        path: String, name: String, key: String? = nil, called: String? = nil, fields: [AnswerType.Field] = [],
        delimiter: UInt8? = nil, encoding: TextEncoding? = nil
    ) throws(SourceError) {
        let header = try CSVHeader(path: path, name: name, delimiter: delimiter, encoding: encoding)
        for asked in fields.map(\.name) + (key.map { [$0] } ?? []) {
            if let problem = header.problem(withColumn: asked) { throw SourceError(problem) }
        }
        self.init(path: path, header: header, key: key, called: called, fields: fields)
    }

    init(path: String, header: CSVHeader, key: String?, called: String? = nil, fields: [AnswerType.Field]) {
        let columns = header.columns.map { column in
            CSVTable.Column(
                name: column,
                type: fields.first { $0.name.hasSameBytes(as: column) }?.type ?? .string(maxLength: nil))
        }
        self.path = path
        table = CSVTable(source: header.name, columns: columns, dialect: header.dialect, key: key, called: called)
        start = header.end
        isRecognised = header.isRecognised
    }

    package var type: ObjectType { ObjectType(table.columns.map { .init($0.name, $0.type.valueType) }) }
    package var description: String { table.source }
    package var columns: [String] { table.columns.map(\.name) }

    package var remarks: [String] {
        guard isRecognised, let words = table.dialect.words else { return [] }
        return ["\(table.source) reads as \(words)"]
    }

    package func includes(_ file: FilePlace) -> Bool { FilePlace(path).isSame(as: file) }

    package func count() throws(SourceError) -> Int {
        try RowReader(table.unkeyed, file: open(), at: start, bounds: bounds).countRest()
    }

    package func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        try RowReader.make(table, file: open(), from: position, start: start, bounds: bounds)
    }

    private func open() throws(SourceError) -> any ByteSource {
        table.dialect.opened(try openInput(path, name: table.source))
    }
}

extension CSVDialect {
    /// The file as UTF-8.
    func opened(_ file: File) -> any ByteSource {
        encoding == .utf8 ? file : DecodedFile(file, encoding, start: Int64(markLength))
    }
}

extension CSVTable {
    /// The same rows by number: nothing is remembered of them.
    var unkeyed: CSVTable { CSVTable(source: source, columns: columns, dialect: dialect, key: nil) }
}

/// The first line of a CSV file.
struct CSVHeader {
    let columns: [String]
    let dialect: CSVDialect
    /// Whether anything of the dialect is not told by the recipe.
    let isRecognised: Bool
    let end: InputPosition
    let name: String

    init(
        path: String, name: String, delimiter: UInt8? = nil, encoding: TextEncoding? = nil
    ) throws(SourceError) {
        self.name = name
        let file = try openInput(path, name: name)
        dialect = try CSVDialect(of: file, delimiter: delimiter, encoding: encoding)
        isRecognised = delimiter == nil || encoding == nil
        let (row, end) = try CSVHeader.firstRow(of: file, name: name, dialect)
        self.end = end
        guard firstInvalidUTF8(in: row.bytes) == nil else {
            throw SourceError("the header of \(name) is not \(dialect.encoding.title); save the file as CSV UTF-8")
        }
        columns = try CSVHeader.names(in: row.bytes, name: name, delimiter: dialect.delimiter)
    }

    /// What to say of a column that the recipe names and the header lacks; nil for one that is there.
    func problem(withColumn column: String) -> String? {
        guard !columns.contains(where: { $0.hasSameBytes(as: column) }) else { return nil }
        return "\(name) has no column '\(column)'\(mend(for: column, among: columns))"
    }

    private static func firstRow(
        of file: File, name: String, _ dialect: CSVDialect
    ) throws(SourceError) -> (row: ByteBlock, end: InputPosition) {
        var blocks = BlockReader(dialect.opened(file), from: 0, blockSize: 1 << 16)
        var framing = CSVFraming(delimiter: dialect.delimiter)
        try blocks.refill()
        if blocks.block.bytes.starts(with: byteOrderMark) { blocks.start = 3 }
        var line = 1
        while true {
            let bytes = blocks.block.bytes
            if let end = framing.end(of: blocks.start, in: bytes, isLast: blocks.isLast) {
                let row = UnsafeRawBufferPointer(rebasing: bytes[blocks.start..<end])
                blocks.start = end
                line += countLines(in: row)
                if row.allSatisfy({ $0 == newLine || $0 == carriageReturn }) { continue }
                return (ByteBlock(copying: row), InputPosition(ordinal: 0, offset: blocks.position, line: line))
            }
            if blocks.isLast {
                throw SourceError("\(name) is empty; its first line must be a header that names the columns")
            }
            if blocks.rest > 1 << 20 {
                throw SourceError("the header of \(name) is longer than 1 MB; is it a CSV file?")
            }
            framing.moved(by: blocks.start)
            try blocks.refill()
        }
    }

    private static func names(
        in row: UnsafeRawBufferPointer, name: String, delimiter: UInt8
    ) throws(SourceError) -> [String] {
        var cells = CSVCells(row, delimiter: delimiter)
        var columns: [String] = []
        do throws(CSVCells.Fault) {
            while let cell = try cells.next({ String(decoding: $0, as: UTF8.self) }) { columns.append(cell) }
        } catch {
            throw SourceError("the header of \(name) has a quote that is never closed, or text behind a closing quote")
        }
        var seen: [ByteText: Int] = [:]
        for (index, column) in columns.enumerated() {
            guard !column.utf8.isEmpty else {
                throw SourceError("column \(index + 1) of \(name) has no name in the header; name it, or remove it")
            }
            if let first = seen.updateValue(index, forKey: ByteText(column)) {
                throw SourceError(
                    "the header of \(name) has '\(column)' twice, as columns \(first + 1) and \(index + 1); rename one")
            }
        }
        return columns
    }
}
