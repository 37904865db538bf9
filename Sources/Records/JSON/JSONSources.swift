package import Runs
package import Schemas
package import Values

/// A JSONL file as input: one object a line, UTF-8, empty lines passed over.
///
/// Without `fields` the first 100 lines say which fields there are and of which types. A record's id is the value of
/// `key`, else the number of its line, counted from one.
package struct JSONLSource: RecordSource {
    var file: JSONFile<LineFraming>

    package init(
        path: String, name: String, key: String? = nil, fields: [AnswerType.Field] = []
    ) throws(SourceError) {
        file = try JSONFile(path: path, name: name, key: key, fields: fields, framing: { LineFraming() }) {
            start throws(SourceError) in
            if start.first == UInt8(ascii: "[") {
                throw SourceError("\(name) begins with '[', so it is one JSON array; read it with `json`")
            }
            return 0
        }
    }

    package var type: ObjectType { file.type }
    package var description: String { file.table.source }
    package var columns: [String] { file.columns }
    package func includes(_ other: FilePlace) -> Bool { FilePlace(file.path).isSame(as: other) }
    package func count() throws(SourceError) -> Int { try file.count() }
    package func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        try file.reader(from: position)
    }
}

/// A JSON file as input: one array of objects, read element by element.
///
/// Fields are as in ``JSONLSource``. A record's id is the value of `key`, else its number, counted from one.
package struct JSONSource: RecordSource {
    var file: JSONFile<ElementFraming>

    package init(
        path: String, name: String, key: String? = nil, fields: [AnswerType.Field] = []
    ) throws(SourceError) {
        file = try JSONFile(path: path, name: name, key: key, fields: fields, framing: { ElementFraming() }) {
            start throws(SourceError) in
            guard start.first != UInt8(ascii: "{") else {
                throw SourceError(
                    "\(name) begins with '{'; an input is an array of objects, and an object a line is read with `jsonl`"
                )
            }
            guard start.first == UInt8(ascii: "[") else {
                throw SourceError("\(name) is no JSON array; an input is an array of objects, such as [{\"id\": 1}]")
            }
            return 1
        }
        try JSONSource.expectEnd(of: path, name: name)
    }

    /// An array that was cut short is told before anything runs on its first half.
    private static func expectEnd(of path: String, name: String) throws(SourceError) {
        let opened = try openInput(path, name: name)
        var bytes = [UInt8](repeating: 0, count: 1 << 12)
        do throws(FileError) {
            var end = try opened.status().size
            while end > 0 {
                let start = max(end - Int64(bytes.count), 0)
                let count = try bytes.withMutableBytes { bytes throws(FileError) in
                    try opened.read(
                        into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<Int(end - start)]), at: start)
                }
                if let last = bytes[..<count].last(where: { !JSONSpace.isSpace($0) }) {
                    if last == UInt8(ascii: "]") { return }
                    break
                }
                end = start
            }
        } catch {
            throw SourceError(error.message)
        }
        throw SourceError("\(name) does not end with ']'; it may have been cut short, write it again")
    }

    package var type: ObjectType { file.type }
    package var description: String { file.table.source }
    package var columns: [String] { file.columns }
    package func includes(_ other: FilePlace) -> Bool { FilePlace(file.path).isSame(as: other) }
    package func count() throws(SourceError) -> Int { try file.count() }
    package func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        try file.reader(from: position)
    }
}

/// What both have in common.
struct JSONFile<Framing: RowFraming>: Sendable {
    let table: JSONTable<Framing>
    let path: String
    private let start: InputPosition
    var bounds = RowBounds()

    /// - Parameter begin: looks at the file from its first byte that is no white space, and says how many bytes to pass
    ///   over there.
    init(
        path: String, name: String, key: String?, fields: [AnswerType.Field],
        framing: @escaping @Sendable () -> Framing,
        begin: (ArraySlice<UInt8>) throws(SourceError) -> Int
    ) throws(SourceError) {
        self.path = path
        let file = try openInput(path, name: name)
        start = try JSONFile.start(of: file, name: name, begin: begin)
        let declared = fields.map { JSONField(name: $0.name, rule: .type($0.type), isDeclared: true) }
        let plain = JSONTable(source: name, fields: declared, key: nil, framing: framing)
        let known = try declared.isEmpty ? JSONFile.learn(plain, file: file, start: start) : declared
        table = JSONTable(source: name, fields: known, key: key, framing: framing)
    }

    var type: ObjectType { ObjectType(table.fields.map { .init($0.name, $0.type) }) }
    var columns: [String] { table.fields.map(\.name) }

    func count() throws(SourceError) -> Int {
        let plain = JSONTable(source: table.source, fields: [], key: nil, framing: table.makeFraming)
        return try RowReader(plain, file: openInput(path, name: table.source), at: start, bounds: bounds).countRest()
    }

    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        try RowReader.make(
            table, file: openInput(path, name: table.source), from: position, start: start, bounds: bounds)
    }

    private static func start(
        of file: File, name: String, begin: (ArraySlice<UInt8>) throws(SourceError) -> Int
    ) throws(SourceError) -> InputPosition {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        do throws(FileError) {
            let count = try bytes.withMutableBytes { bytes throws(FileError) in try file.read(into: bytes, at: 0) }
            bytes.removeLast(bytes.count - count)
        } catch {
            throw SourceError(error.message)
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw SourceError("\(name) is UTF-16; save it as UTF-8")
        }
        var offset = bytes.starts(with: byteOrderMark) ? 3 : 0
        var line = 1
        while offset < bytes.count, JSONSpace.isSpace(bytes[offset]) {
            if bytes[offset] == newLine { line += 1 }
            offset += 1
        }
        guard offset < bytes.count else { throw SourceError("\(name) is empty; there is no record to read") }
        offset += try begin(bytes[offset...])
        return InputPosition(ordinal: 0, offset: Int64(offset), line: line)
    }

    private static func learn(
        _ table: JSONTable<Framing>, file: File, start: InputPosition
    ) throws(SourceError) -> [JSONField] {
        let reader = RowReader(table, file: file, at: start, bounds: RowBounds(block: 1 << 18))
        var sample: [ValueMap] = []
        var records = 0
        while records < 100, let batch = try reader.next(limit: 100 - records, bytes: 16 << 20) {
            records += batch.count
            if let rows = batch as? RowBatch<JSONTable<Framing>> { sample += table.objects(in: rows) }
        }
        return JSONField.learn(from: sample)
    }
}
