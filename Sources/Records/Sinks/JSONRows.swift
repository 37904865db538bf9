package import Runs
internal import Values

/// Rows as JSON objects: one a line (JSONL), or the elements of one array, also one a line.
package struct JSONRows: RowFormat {
    /// One column in plain bits, so that a row counts no references to get at it.
    private struct Cell: BitwiseCopyable {
        /// The place of the input's field of that name, mostly; below zero for every other column.
        var input: Int
        /// The column's name as it is held, to be compared without a look at its bytes.
        var name: (UInt64, UInt64)
        /// Where what stands before the value, `{"id":` or `,"title":`, begins and ends among ``Layout/leads``.
        var lead: (start: Int, end: Int)
    }

    /// What every row goes through, in memory that never changes: a look at it retains nothing.
    private final class Layout: @unchecked Sendable {
        let columns: [OutputColumn]
        let computations: [(any ColumnComputation)?]
        let cells: UnsafeBufferPointer<Cell>
        let leads: UnsafeBufferPointer<UInt8>

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
                cells.append(Cell(input: place, name: name, lead: (start, leads.count)))
            }
            self.columns = columns
            computations = columns.map { column in
                guard case .computed(let computation) = column.source else { return nil }
                return computation
            }
            self.cells = Self.kept(cells)
            self.leads = Self.kept(leads)
        }

        deinit {
            cells.deallocate()
            leads.deallocate()
        }

        private static func kept<Item: BitwiseCopyable>(_ items: [Item]) -> UnsafeBufferPointer<Item> {
            let memory = UnsafeMutableBufferPointer<Item>.allocate(capacity: items.count)
            _ = memory.initialize(from: items)
            return UnsafeBufferPointer(memory)
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
        let (cells, leads) = (layout.cells, layout.leads)
        // The arrays that these point into are the record's, which nobody changes before this returns. Held as arrays, both
        // would be retained for every row.
        var (keys, values): (UnsafeBufferPointer<MapKey>?, UnsafeBufferPointer<Value>?)
        if case .map(let fields) = record.record.input {
            keys = fields.shape.keys.withUnsafeBufferPointer(\.self)
            values = fields.values.withUnsafeBufferPointer(\.self)
        }
        var writer = JSONWriter(capacity: 1024)
        if cells.isEmpty { writer.write(UInt8(ascii: "{")) }
        for index in cells.indices {
            let cell = cells[index]
            writer.write(plain: UnsafeBufferPointer(rebasing: leads[cell.lead.start..<cell.lead.end]))
            if cell.input >= 0, let keys, let values, cell.input < keys.count, keys[cell.input].isHeldLike(cell.name),
                values[cell.input].isPlain
            {
                writer.write(values[cell.input])
            } else if let computation = layout.computations[index] {
                let value = try computation.value(for: record)
                try layout.columns[index].check(value)
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
