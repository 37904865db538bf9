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
        if columns.isEmpty { buffer.append(UInt8(ascii: "{")) }
        for (column, lead) in zip(columns, leads) {
            buffer.append(contentsOf: lead)
            JSON.append(try column.value(for: record), to: &buffer)
        }
        buffer.append(UInt8(ascii: "}"))
        if !isArray { buffer.append(newLine) }
    }
}
