package import Runs
internal import Values

/// Rows as JSON objects: one a line (JSONL), or the elements of one array, also one a line.
package struct JSONRows: RowFormat {
    private let columns: [OutputColumn]
    /// What stands before each value: `{"id":`, `,"title":`.
    private let leads: [[UInt8]]
    private let isArray: Bool

    private init(_ columns: [OutputColumn], isArray: Bool) {
        self.columns = columns
        self.isArray = isArray
        leads = columns.enumerated().map { index, column in
            [UInt8(ascii: index == 0 ? "{" : ",")] + JSON.bytes(of: .string(column.name)) + [UInt8(ascii: ":")]
        }
    }

    package static func lines(_ columns: [OutputColumn]) -> JSONRows { JSONRows(columns, isArray: false) }
    package static func array(_ columns: [OutputColumn]) -> JSONRows { JSONRows(columns, isArray: true) }

    package var header: [UInt8] { isArray ? Array("[\n".utf8) : [] }
    package var separator: [UInt8] { isArray ? Array(",\n".utf8) : [] }

    package func footer(isEmpty: Bool) -> [UInt8] {
        isArray ? Array((isEmpty ? "]\n" : "\n]\n").utf8) : []
    }

    package func append(_ record: borrowing FinishedRecord, to buffer: inout [UInt8]) throws(Failure) {
        var writer = JSONWriter(capacity: 1024)
        if columns.isEmpty { writer.write(UInt8(ascii: "{")) }
        for index in columns.indices {
            writer.write(plain: leads[index])
            writer.write(try columns[index].value(for: record))
        }
        writer.write(UInt8(ascii: "}"))
        if !isArray { writer.write(newLine) }
        writer.move(to: &buffer)
    }
}
