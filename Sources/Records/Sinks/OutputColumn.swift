package import Runs
package import Values

/// One column of a row-wise output: its name, and where its value comes from.
package struct OutputColumn: Sendable {
    package enum Source: Sendable {
        /// The record's id.
        case id
        /// What went wrong without ending the record, as a list.
        case flags
        /// All of a slot.
        case slot(Int)
        /// A field of the record as it was read, and the place it mostly has there; null where a record has none.
        case input(String, at: Int = 0)
        case computed(any ColumnComputation)

        package static func computed(
            _ compute: @escaping @Sendable (borrowing FinishedRecord) throws(Failure) -> Value
        ) -> Source { .computed(ClosureComputation(compute)) }
    }

    package var name: String
    package var source: Source

    package init(_ name: String, _ source: Source) {
        self.name = name
        self.source = source
    }

    /// The value as it is written. NaN and infinities fail the record: neither CSV nor JSON has a way to write them.
    func value(for record: borrowing FinishedRecord) throws(Failure) -> Value {
        let value: Value
        switch source {
        case .id: return .string(record.record.id)
        case .flags: return .list(record.flags.map(Value.string))
        case .slot(let slot): value = record.slots[slot]
        case .input(let name, let place): value = OutputColumn.field(name, mostlyAt: place, of: record.record.input)
        case .computed(let computation): value = try computation.value(for: record)
        }
        try check(value)
        return value
    }

    /// NaN and infinities fail.
    @inline(__always)
    func check(_ value: Value) throws(Failure) {
        guard let number = value.nonFiniteNumber else { return }
        throw Failure(
            .expression,
            "the column '\(name)' has \(number.isNaN ? "NaN" : "an infinite number"), which no file can hold; test what it is "
                + "computed from, such as a divisor of 0")
    }
}

/// What computes the value of a column. A class, so that a row counts one reference to get at it.
package protocol ColumnComputation: AnyObject, Sendable {
    func value(for record: borrowing FinishedRecord) throws(Failure) -> Value
}

private final class ClosureComputation: ColumnComputation {
    private let compute: @Sendable (borrowing FinishedRecord) throws(Failure) -> Value

    init(_ compute: @escaping @Sendable (borrowing FinishedRecord) throws(Failure) -> Value) {
        self.compute = compute
    }

    func value(for record: borrowing FinishedRecord) throws(Failure) -> Value { try compute(record) }
}

extension Value {
    /// The first number in it that is none or infinite.
    fileprivate var nonFiniteNumber: Double? {
        switch self {
        case .double(let number): return number.isFinite ? nil : number
        case .list(let items):
            for item in items { if let number = item.nonFiniteNumber { return number } }
            return nil
        case .map(let map):
            for item in map.values { if let number = item.nonFiniteNumber { return number } }
            return nil
        case .optional(let inner?): return inner.nonFiniteNumber
        default: return nil
        }
    }
}

extension OutputColumn {
    @inline(__always)
    private static func field(_ name: String, mostlyAt place: Int, of input: Value) -> Value {
        // Without a call in it, so that nothing but the value is retained.
        if case .map(let map) = input, place < map.shape.keys.count, case .string(let key) = map.shape.keys[place],
            key.isHeldLike(name)
        {
            return map.values[place]
        }
        return input[name] ?? .null
    }

    /// What JSONL and JSON have without `columns`: `id`, `flags`, and every step's answer by its name.
    package static func everything(steps: [(name: String, slot: Int)]) -> [OutputColumn] {
        [OutputColumn("id", .id), OutputColumn("flags", .flags)] + steps.map { OutputColumn($0.name, .slot($0.slot)) }
    }

    /// The input's columns with others over them: a column of the same name takes its place, new ones follow.
    package static func keeping(_ kept: [OutputColumn], with columns: [OutputColumn]) -> [OutputColumn] {
        var merged = kept
        for column in columns {
            if let place = merged.firstIndex(where: { $0.name.hasSameBytes(as: column.name) }) {
                merged[place] = column
            } else {
                merged.append(column)
            }
        }
        return merged
    }
}
