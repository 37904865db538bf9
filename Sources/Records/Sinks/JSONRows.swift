package import Runs
internal import Values

/// Rows as JSON objects: one a line (JSONL), or the elements of one array, also one a line.
package struct JSONRows: RowFormat {
    /// One column in plain bits, so that a row counts no references to get at it.
    private struct Cell {
        /// The place of the input's field of that name, mostly; below zero for every other column.
        var input: Int
        /// The column's name as it is held, to be compared without a look at its bytes.
        var name: (UInt64, UInt64)
        /// Where what stands before the value, `{"id":` or `,"title":`, begins and ends among ``Layout/leads``.
        var lead: Range<Int>
    }

    /// By reference, because every row goes through all of it.
    private final class Layout: Sendable {
        let columns: [OutputColumn]
        let cells: [Cell]
        let leads: [UInt8]

        init(_ columns: [OutputColumn]) {
            var (cells, leads): ([Cell], [UInt8]) = ([], [])
            for (index, column) in columns.enumerated() {
                let start = leads.count
                leads.append(UInt8(ascii: index == 0 ? "{" : ","))
                leads += JSON.bytes(of: .string(column.name)) + [UInt8(ascii: ":")]
                var place = -1
                if case .input(let name, let known) = column.source, name.hasSameBytes(as: column.name) {
                    place = known
                }
                let name = unsafeBitCast(columns[index].name, to: (UInt64, UInt64).self)
                cells.append(Cell(input: place, name: name, lead: start..<leads.count))
            }
            (self.columns, self.cells, self.leads) = (columns, cells, leads)
        }
    }

    private let layout: Layout
    private let isArray: Bool

    private init(_ columns: [OutputColumn], isArray: Bool) {
        layout = Layout(columns)
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
        // Each taken once: whatever is reached through another object in the loop is counted again for every cell.
        let (columns, cells, leads) = (layout.columns, layout.cells, layout.leads)
        var (keys, values): ([MapKey], [Value]) = ([], [])
        if case .map(let fields) = record.record.input { (keys, values) = (fields.shape.keys, fields.values) }
        var writer = JSONWriter(capacity: 1024)
        if cells.isEmpty { writer.write(UInt8(ascii: "{")) }
        for index in cells.indices {
            let cell = cells[index]
            writer.write(plain: leads, cell.lead)
            if cell.input >= 0, cell.input < keys.count, keys[cell.input].isHeldLike(cell.name),
                values[cell.input].isPlain
            {
                writer.write(values[cell.input])
            } else {
                writer.write(try columns[index].value(for: record))
            }
        }
        writer.write(UInt8(ascii: "}"))
        if !isArray { writer.write(newLine) }
        writer.move(to: &buffer)
    }
}

extension MapKey {
    /// Whether it is a text with these words for its bytes, as ``Swift/String/isHeldLike(_:)`` compares them.
    @inline(__always)
    fileprivate func isHeldLike(_ words: (UInt64, UInt64)) -> Bool {
        guard case .string(let text) = self else { return false }
        return unsafeBitCast(text, to: (UInt64, UInt64).self) == words
    }
}

extension Value {
    /// Whether it is sure to have no number in it that JSON cannot hold.
    fileprivate var isPlain: Bool {
        switch self {
        case .null, .bool, .int, .uint, .string: true
        case .double(let number): number.isFinite
        default: false
        }
    }
}
