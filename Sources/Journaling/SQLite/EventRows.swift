internal import Digests
internal import Runs
internal import Values

/// Entries as rows of the table `event`.
struct EventRows {
    private let insertion: SQLiteStatement
    private let last: SQLiteStatement
    private var seal = RowSeal()
    /// The number of the next entry, once ``begin()`` was called in the transaction that writes it.
    private(set) var next: Int64 = 1

    init(on connection: OpaquePointer) throws(SQLiteProblem) {
        insertion = try SQLiteStatement(
            """
            INSERT INTO event(ordinal, step, item, draw, kind, at, tokens_in, tokens_out, cost, microseconds, seal, key,
                body, seq)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """, on: connection)
        last = try SQLiteStatement("SELECT max(seq) FROM event", on: connection)
    }

    /// Looks how far the table goes: another process may have written since the last transaction.
    mutating func begin() throws(SQLiteProblem) {
        let number = try last.step() ? last.int(0) : nil
        last.reset()
        next = (number ?? 0) + 1
    }

    mutating func insert(_ entry: JournalEntry) throws(SQLiteProblem) {
        insertion.bind(entry.ordinal, at: 1)
        insertion.bind(entry.step, at: 2)
        insertion.bind(entry.item, at: 3)
        insertion.bind(entry.draw, at: 4)
        insertion.bind(Int64(entry.kind.rawValue), at: 5)
        insertion.bind(entry.at.sinceEpoch, at: 6)
        insertion.bind(entry.usage?.tokensIn, at: 7)
        insertion.bind(entry.usage?.tokensOut, at: 8)
        insertion.bind(entry.usage?.cost, at: 9)
        insertion.bind(entry.usage?.microseconds, at: 10)
        insertion.bind(seal.value(of: entry, number: next), at: 11)
        insertion.bind(next, at: 14)
        let result = (entry.key?.bytes ?? []).withUnsafeBytes { key in
            entry.body.withUnsafeBytes { body in
                insertion.bind(borrowed: key, at: 12)
                insertion.bind(borrowed: body, at: 13)
                return Result { () throws(SQLiteProblem) in try insertion.run() }
            }
        }
        try result.get()
        next += 1
    }
}

// MARK: Reading

extension JournalEvent {
    /// The columns that ``init(_:seal:)`` reads, in its order.
    static let columns =
        "seq, ordinal, step, item, draw, kind, at, tokens_in, tokens_out, cost, microseconds, seal, key, body"

    init(_ row: SQLiteStatement, seal: inout RowSeal) throws(SQLiteProblem) {
        guard let number = row.int(0), let ordinal = row.int(1), let step = row.int(2), let draw = row.int(4),
            let kind = row.int(5).flatMap(UInt8.init(exactly:)).flatMap(JournalEntry.Kind.init(rawValue:)),
            let at = row.int(6)
        else { throw SQLiteProblem(damaged: "an event lacks a value") }
        self.init(
            number: number,
            entry: JournalEntry(
                ordinal: Int(ordinal), step: Int(step), item: row.int(3).map(Int.init), draw: Int(draw), kind: kind,
                at: Timestamp(sinceEpoch: at), key: SHA256Digest(bytes: row.bytes(12)), body: row.bytes(13),
                usage: Usage(row, from: 7)))
        guard row.int(11) == seal.value(of: entry, number: number) else {
            throw SQLiteProblem(damaged: "event \(number) is not as it was written")
        }
    }
}

extension Usage {
    /// Reads four columns; nil when they are null.
    init?(_ row: SQLiteStatement, from column: CInt) {
        guard let tokensIn = row.int(column), let tokensOut = row.int(column + 1), let cost = row.int(column + 2),
            let microseconds = row.int(column + 3)
        else { return nil }
        self.init(tokensIn: Int(tokensIn), tokensOut: Int(tokensOut), cost: cost, microseconds: microseconds)
    }
}

extension RowSeal {
    mutating func value(of entry: JournalEntry, number: Int64) -> Int64 {
        clear()
        add(number)
        add(entry.ordinal)
        add(entry.step)
        add(entry.item)
        add(entry.draw)
        add(Int(entry.kind.rawValue))
        add(entry.at.sinceEpoch)
        add(entry.usage?.tokensIn)
        add(entry.usage?.tokensOut)
        add(entry.usage?.cost)
        add(entry.usage?.microseconds)
        add(entry.key?.bytes ?? [])
        add(entry.body)
        return value
    }
}

extension Timestamp {
    /// In nanoseconds, which 64 bits hold up to the year 2262; a clock beyond that stands at the end.
    var sinceEpoch: Int64 {
        let (whole, tooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, over) = whole.addingReportingOverflow(Int64(nanoseconds))
        return tooFar || over ? (seconds < 0 ? .min : .max) : sum
    }

    init(sinceEpoch: Int64) {
        let (seconds, rest) = sinceEpoch.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(
            seconds: rest < 0 ? seconds - 1 : seconds, nanoseconds: Int32(rest < 0 ? rest + 1_000_000_000 : rest))
    }
}
