internal import GRDB
internal import Locks
package import Runs
internal import Values

/// Reads a journal file, all of it as of the moment it was opened; on another machine too, and while a run goes on.
///
/// A journal that is written meanwhile grows faster while a reader is open, so let go of it when done.
package final class SQLiteJournalReader: JournalReading {
    private let path: String
    private let database: DatabaseQueue
    /// Read once: the reader's moment does not move.
    private let knownMarks = Guarded<ChunkMarks?>(nil)

    package convenience init(path: String) throws(JournalError) {
        try self.init(JournalFile(path: path))
    }

    init(_ file: JournalFile) throws(JournalError) {
        path = file.path
        database = try file.openForReading()
        try database.journal(path) { connection throws(SQLiteProblem) in
            try connection.execute("BEGIN")
            // The moment is taken by the first reading.
            _ = try connection.number("SELECT count(*) FROM run_start")
        }
    }

    package func history() throws(JournalError) -> RunHistory {
        let history = try database.journal(path) { connection throws(SQLiteProblem) in
            try RunRows.history(on: connection)
        }
        guard !history.starts.isEmpty else {
            throw JournalError(.missing, "no run has begun in \(path); start one with --fresh")
        }
        return history
    }

    package func verify() throws(JournalError) {
        let problem = try database.journal(path) { connection throws(SQLiteProblem) -> String? in
            let check = try SQLiteStatement("PRAGMA integrity_check(1)", on: connection)
            let answer = try check.step() ? check.text(0) : nil
            return answer == "ok" ? nil : answer ?? "it gives no answer"
        }
        if let problem { throw .damaged(path, problem) }
    }

    package func forEachChunk(_ body: (ChunkEntry) throws -> Void) throws {
        let marks = try chunkMarks(areRead: true)
        try statement("SELECT \(ChunkRow.columns) FROM chunk WHERE seq = ?1") { chunk in
            for mark in marks.rows {
                chunk.bind(mark.row, at: 1)
                while try chunk.step() { try body(try ChunkRow(chunk).chunk()) }
                chunk.reset()
            }
        }
        // Every row that they came from has been held against its seal now.
        knownMarks.withLock { $0 = marks }
    }

    package func lastSinks() throws -> [SinkMark]? {
        let cut = try cut()
        var last: [SinkMark]?
        try rows("SELECT \(ChunkRow.columns) FROM chunk WHERE seq > \(cut.chunks) ORDER BY seq DESC LIMIT 1") { row in
            last = try ChunkRow(row).chunk().sinks
        }
        return last
    }

    package func forEachEnding(_ body: (RecordEnding) throws -> Void) throws {
        let marks = try chunkMarks()
        let cut = try cut()
        // The index gives the order; a row that it hides would be a record lost.
        let total = try database.journal(path) { connection throws(SQLiteProblem) in
            try connection.number(
                "SELECT count(*) FROM event NOT INDEXED WHERE ordinal >= 0 AND kind = \(JournalEntry.Kind.ended.rawValue) "
                    + "AND seq > \(cut.events)")
        }
        var count: Int64 = 0
        var parser = JSONParser()
        var seal = RowSeal()
        var ordinal: Int?
        var endings: [(number: Int64, record: EndedRecord)] = []
        func hand() throws {
            guard let ordinal, let ending = RecordEnding(endings, chunkSince: marks.since(ordinal: ordinal)) else {
                return
            }
            try body(ending)
        }
        try rows(
            """
            SELECT \(JournalEvent.columns) FROM event WHERE ordinal >= 0 AND step = -1
                AND kind = \(JournalEntry.Kind.ended.rawValue)
                AND seq > \(cut.events)
            ORDER BY ordinal, step, item, draw, kind, seq
            """
        ) { row in
            let event = try JournalEvent(row, seal: &seal)
            if event.entry.ordinal != ordinal {
                try hand()
                ordinal = event.entry.ordinal
                endings.removeAll(keepingCapacity: true)
            }
            endings.append((event.number, try EndedRecord(event.entry, parser: &parser)))
            count += 1
        }
        try hand()
        guard count == total else { throw JournalError.damaged(path, "its index and its rows disagree") }
    }

    package func events(of ordinal: Int) throws(JournalError) -> [JournalEvent] {
        try database.journal(path) { connection throws(SQLiteProblem) in
            let statement = try SQLiteStatement(
                "SELECT \(JournalEvent.columns) FROM event WHERE ordinal = ?1 ORDER BY seq", on: connection)
            statement.bind(ordinal, at: 1)
            var seal = RowSeal()
            var events: [JournalEvent] = []
            while try statement.step() { events.append(try JournalEvent(statement, seal: &seal)) }
            return events
        }
    }

    package func events(numbered numbers: [Int64]) throws(JournalError) -> [JournalEvent] {
        try database.journal(path) { connection throws(SQLiteProblem) in
            let statement = try SQLiteStatement(
                "SELECT \(JournalEvent.columns) FROM event WHERE seq = ?1", on: connection)
            var seal = RowSeal()
            var events: [JournalEvent] = []
            for number in numbers {
                statement.bind(number, at: 1)
                if try statement.step() { events.append(try JournalEvent(statement, seal: &seal)) }
                statement.reset()
            }
            return events
        }
    }

    package func forEachEvent(after number: Int64, _ body: (JournalEvent) throws -> Void) throws {
        var seal = RowSeal()
        try rows("SELECT \(JournalEvent.columns) FROM event WHERE seq > \(number) ORDER BY seq") { row in
            try body(try JournalEvent(row, seal: &seal))
        }
    }

    package func forEachLastEvent(_ body: (LastEvent) throws -> Void) throws {
        try rows(
            """
            SELECT max(seq), ordinal, step, item, draw, kind FROM event GROUP BY ordinal, step, item, draw
            ORDER BY ordinal, step, item, draw
            """
        ) { row in
            guard let number = row.int(0), let ordinal = row.int(1), let step = row.int(2), let draw = row.int(4),
                let kind = row.int(5).flatMap(UInt8.init(exactly:)).flatMap(JournalEntry.Kind.init(rawValue:))
            else { throw SQLiteProblem(damaged: "an event lacks a value") }
            try body(
                LastEvent(
                    number: number, ordinal: Int(ordinal), step: Int(step), item: row.int(3).map(Int.init),
                    draw: Int(draw), kind: kind))
        }
    }

    package func forEachEvent(of ordinals: Range<Int>, _ body: (JournalEvent) throws -> Void) throws {
        var seal = RowSeal()
        try rows(
            """
            SELECT \(JournalEvent.columns) FROM event
            WHERE ordinal >= \(ordinals.lowerBound) AND ordinal < \(ordinals.upperBound) ORDER BY seq
            """
        ) { row in try body(try JournalEvent(row, seal: &seal)) }
    }

    package func waits() throws(JournalError) -> [OpenWait] {
        try database.journal(path) { connection throws(SQLiteProblem) in try DecisionRows.all(on: connection) }.get()
    }

    package func forEachWait(_ body: (OpenWait) throws -> Void) throws {
        let (places, decided) = try database.journal(path) { connection throws(SQLiteProblem) in
            (try DecisionRows.places(on: connection), try DecisionRows.decisions(on: connection, where: "taken = 0"))
        }
        let said = try decided.get()
        try statement(DecisionRows.folding) { rows in
            for place in places {
                guard var open = try DecisionRows.fold(place, by: rows).get() else { continue }
                open.decided = said[open.number]
                try body(open)
            }
        }
    }

    package func undecidedWait(
        behind number: Int64, where isWanted: (OpenWait) throws -> Bool
    ) throws -> OpenWait? {
        let places = try database.journal(path) { connection throws(SQLiteProblem) in
            try DecisionRows.places(on: connection, behind: number, undecided: true)
        }
        var found: OpenWait?
        try statement(DecisionRows.folding) { rows in
            for place in places {
                guard let open = try DecisionRows.fold(place, by: rows).get(), try isWanted(open) else { continue }
                found = open
                return
            }
        }
        return found
    }

    package func wait(_ number: Int64) throws(JournalError) -> OpenWait? {
        let (open, decided) = try database.journal(path) { connection throws(SQLiteProblem) in
            guard try DecisionRows.hasTable(connection) else {
                let none: Result<OpenWait?, JournalError> = .success(nil)
                return (none, Result<[Int64: OpenWait.Decided], JournalError>.success([:]))
            }
            return (
                try DecisionRows.open(number, on: connection),
                try DecisionRows.decisions(on: connection, where: "wait = \(number)")
            )
        }
        guard var wait = try open.get() else { return nil }
        wait.decided = try decided.get()[number]
        return wait.decided?.isTaken == true ? nil : wait
    }

    package func decisions() throws(JournalError) -> [Int64: OpenWait.Decided] {
        try database.journal(path) { connection throws(SQLiteProblem) in
            try DecisionRows.decisions(on: connection)
        }.get()
    }

    package func decision(about number: Int64) throws(JournalError) -> OpenWait.Decided? {
        try database.journal(path) { connection throws(SQLiteProblem) in
            try DecisionRows.decisions(on: connection, where: "wait = \(number)")
        }.get()[number]
    }

    // MARK: Helpers

    private func cut() throws(JournalError) -> (events: Int64, chunks: Int64) {
        try database.journal(path) { connection throws(SQLiteProblem) in try RunRows.cut(on: connection) }
    }

    /// The last row of each chunk. There is one row for a thousand records and more, so they are sorted here.
    ///
    /// - Parameter areRead: whether the rows are read next, and held against their seals then. Most of a row are its
    ///   members, which nobody has to read twice.
    private func chunkMarks(areRead: Bool = false) throws(JournalError) -> ChunkMarks {
        if let known = knownMarks.withLock(\.self) { return known }
        let cut = try cut()
        // A number that is there twice or not at all may be one that was damaged, which its seal will tell.
        if areRead, let marks = try unsealedMarks(behind: cut.chunks) { return marks }
        let marks = try database.journal(path) { connection throws(SQLiteProblem) in
            let row = try SQLiteStatement(
                "SELECT \(ChunkRow.columns), seq FROM chunk WHERE seq > \(cut.chunks) ORDER BY seq", on: connection)
            var last: [Int64: ChunkMarks.Row] = [:]
            while try row.step() {
                let chunk = try ChunkRow(row)
                last[chunk.number] = ChunkMarks.Row(
                    row: row.int(21) ?? 0, first: chunk.first, count: chunk.count, since: chunk.since)
            }
            return ChunkMarks(rows: last.sorted { $0.key < $1.key }.map(\.value))
        }
        knownMarks.withLock { $0 = marks }
        return marks
    }

    /// The same from a few columns, which no seal vouches for; nil where the numbers are not each there once.
    private func unsealedMarks(behind chunk: Int64) throws(JournalError) -> ChunkMarks? {
        try database.journal(path) { connection throws(SQLiteProblem) in
            let row = try SQLiteStatement(
                "SELECT number, first, count, since, seq FROM chunk WHERE seq > \(chunk) ORDER BY seq", on: connection)
            var marks: [ChunkMarks.Row] = []
            while try row.step() {
                guard row.int(0) == Int64(marks.count) else { return nil }
                marks.append(
                    ChunkMarks.Row(
                        row: row.int(4) ?? 0, first: Int(row.int(1) ?? 0), count: Int(row.int(2) ?? 0),
                        since: row.int(3) ?? 0))
            }
            return ChunkMarks(rows: marks)
        }
    }

    /// Gives every row to `body`, which may use the reader for something else meanwhile.
    private func rows(_ sql: String, _ body: (SQLiteStatement) throws -> Void) throws {
        try statement(sql) { statement in
            while try statement.step() { try body(statement) }
        }
    }

    /// Gives the statement to `body`, which may use the reader for something else meanwhile.
    private func statement(_ sql: String, _ body: (SQLiteStatement) throws -> Void) throws {
        try database.unsafeReentrantWrite { database in
            do {
                guard let connection = database.sqliteConnection else { throw SQLiteProblem.closed }
                try body(try SQLiteStatement(sql, on: connection))
            } catch let problem as SQLiteProblem {
                throw JournalError(problem, path: path)
            }
        }
    }
}
