package import Runs
internal import Values

/// Rows as JSON objects: one a line (JSONL), or the elements of one array, also one a line.
package struct JSONRows: RowFormat {
    /// One column, by reference, because every row goes through all of them.
    private final class Cell: Sendable {
        let column: OutputColumn
        /// What stands before the value: `{"id":`, `,"title":`.
        let lead: [UInt8]

        init(_ column: OutputColumn, isFirst: Bool) {
            self.column = column
            lead = [UInt8(ascii: isFirst ? "{" : ",")] + JSON.bytes(of: .string(column.name)) + [UInt8(ascii: ":")]
        }
    }

    private let cells: [Cell]
    private let isArray: Bool

    private init(_ columns: [OutputColumn], isArray: Bool) {
        cells = columns.enumerated().map { Cell($1, isFirst: $0 == 0) }
        self.isArray = isArray
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
        if cells.isEmpty { writer.write(UInt8(ascii: "{")) }
        for cell in cells {
            writer.write(plain: cell.lead)
            writer.write(try cell.column.value(for: record))
        }
        writer.write(UInt8(ascii: "}"))
        if !isArray { writer.write(newLine) }
        writer.move(to: &buffer)
    }
}
