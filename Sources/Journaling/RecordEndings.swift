internal import Runs

/// How a record stands, and what the counts of its chunk say of it.
package struct RecordEnding: Hashable, Sendable {
    /// The last word on the record.
    package var record: EndedRecord
    /// What the counts of its chunk have: equal to `record`, or an earlier ending that `record` replaces; nil for a
    /// record that left its chunk.
    package var inChunk: EndedRecord?

    package init(record: EndedRecord, inChunk: EndedRecord?) {
        self.record = record
        self.inChunk = inChunk
    }
}

extension RecordEnding {
    /// - Parameters:
    ///   - endings: Of one record, oldest first, each with its place in the journal.
    ///   - chunkSince: The place from which the endings of the last row of the record's chunk were written; nil
    ///     without such a row. A pure ending from before belongs to a row that no longer counts.
    /// - Returns: nil when no ending counts any more.
    init?(_ endings: some BidirectionalCollection<(number: Int64, record: EndedRecord)>, chunkSince: Int64?) {
        let counting = endings.reversed().filter { !$0.record.pure || $0.number >= chunkSince ?? 0 }.map(\.record)
        guard let last = counting.first else { return nil }
        self.init(record: last, inChunk: chunkSince == nil ? nil : counting.first(where: \.pure))
    }
}

/// Where the endings of each chunk's last row begin: what tells the pure endings that count from those that do not.
struct ChunkMarks {
    struct Row {
        /// Where it stands in its table.
        var row: Int64
        var first: Int
        var count: Int
        var since: Int64
    }

    /// By number, and so by ordinal.
    var rows: [Row]

    func since(ordinal: Int) -> Int64? {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].first + rows[middle].count <= ordinal { low = middle + 1 } else { high = middle }
        }
        guard low < rows.count, rows[low].first <= ordinal else { return nil }
        return rows[low].since
    }
}
