package import Runs
internal import Values

/// Rows as JSON objects: one a line (JSONL), or the elements of one array, also one a line.
package struct JSONRows: RowFormat {
    private let columns: [OutputColumn]
    /// One for all rows.
    private let shape: MapShape
    private let isArray: Bool

    private init(_ columns: [OutputColumn], isArray: Bool) {
        self.columns = columns
        self.isArray = isArray
        shape = MapShape(fields: columns.map(\.name))
    }

    package static func lines(_ columns: [OutputColumn]) -> JSONRows { JSONRows(columns, isArray: false) }
    package static func array(_ columns: [OutputColumn]) -> JSONRows { JSONRows(columns, isArray: true) }

    package var header: [UInt8] { isArray ? Array("[\n".utf8) : [] }
    package var separator: [UInt8] { isArray ? Array(",\n".utf8) : [] }

    package func footer(isEmpty: Bool) -> [UInt8] {
        isArray ? Array((isEmpty ? "]\n" : "\n]\n").utf8) : []
    }

    package func append(_ record: borrowing FinishedRecord, to buffer: inout [UInt8]) throws(Failure) {
        var values: [Value] = []
        values.reserveCapacity(columns.count)
        for index in columns.indices { values.append(try columns[index].value(for: record)) }
        JSON.append(ValueMap(shape: shape, values: values), to: &buffer)
        if !isArray { buffer.append(newLine) }
    }
}
