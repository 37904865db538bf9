package import Runs
internal import Values

/// Rows as JSON objects: one a line (JSONL), or the elements of one array, also one a line.
package struct JSONRows: RowFormat {
    /// One column in plain bits, so that a row counts no references to get at it.
    private struct Cell {
        /// The place of the input's field of that name, mostly; below zero for every other column.
        var input: Int
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
                cells.append(Cell(input: place, lead: start..<leads.count))
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
        let layout = layout
        let fields = record.record.input.map
        var writer = JSONWriter(capacity: 1024)
        if layout.cells.isEmpty { writer.write(UInt8(ascii: "{")) }
        for index in layout.cells.indices {
            let cell = layout.cells[index]
            writer.write(plain: layout.leads, cell.lead)
            if cell.input >= 0, let fields, let value = fields.plainValue(at: cell.input, of: layout.columns[index]) {
                writer.write(value)
            } else {
                writer.write(try layout.columns[index].value(for: record))
            }
        }
        writer.write(UInt8(ascii: "}"))
        if !isArray { writer.write(newLine) }
        writer.move(to: &buffer)
    }
}

extension ValueMap {
    /// The value of a field that a column writes as it is, where the field stands at its place; nil says nothing else.
    @inline(__always)
    fileprivate func plainValue(at place: Int, of column: OutputColumn) -> Value? {
        guard place < shape.keys.count, case .string(let key) = shape.keys[place], key.isHeldLike(column.name)
        else { return nil }
        let value = values[place]
        return value.isPlain ? value : nil
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
