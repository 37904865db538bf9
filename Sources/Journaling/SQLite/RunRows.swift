internal import Digests
internal import Runs
internal import Values

/// Starts and ends as rows of `run_start` and `run_end`.
enum RunRows {
    static func insert(_ start: RunStart, on connection: OpaquePointer) throws(SQLiteProblem) {
        var row = StartRow(start, number: try connection.number("SELECT max(seq) FROM run_start") + 1)
        if start.anew {
            row.eventsBefore = try connection.number("SELECT max(seq) FROM event")
            row.chunksBefore = try connection.number("SELECT max(seq) FROM chunk")
        }
        let insertion = try SQLiteStatement(
            """
            INSERT INTO run_start(id, at, recipe, recipe_text, outline, plan, options, seal, seq, events_before,
                chunks_before)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            """, on: connection)
        insertion.bind(row.id, at: 1)
        insertion.bind(row.at, at: 2)
        insertion.bind(start.outline.recipe, at: 3)
        insertion.bind(row.recipeText, at: 4)
        insertion.bind(row.outline, at: 5)
        insertion.bind(row.plan, at: 6)
        insertion.bind(row.options, at: 7)
        insertion.bind(row.seal, at: 8)
        insertion.bind(row.number, at: 9)
        insertion.bind(row.eventsBefore, at: 10)
        insertion.bind(row.chunksBefore, at: 11)
        try insertion.run()
    }

    /// Ends the last start.
    static func insert(_ end: RunEnd, on connection: OpaquePointer) throws(SQLiteProblem) {
        let row = EndRow(end, start: try connection.number("SELECT max(seq) FROM run_start"))
        let insertion = try SQLiteStatement(
            """
            INSERT INTO run_end(start, at, outcome, reason, read, done, flagged, failed, rejected, skipped, waiting,
                not_reached, never_admitted, outputs, seal)
            VALUES(?15, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
            """, on: connection)
        insertion.bind(row.at, at: 1)
        insertion.bind(row.outcome, at: 2)
        insertion.bind(row.reason, at: 3)
        for (place, number) in row.numbers.enumerated() { insertion.bind(number, at: CInt(place + 4)) }
        insertion.bind(row.outputs, at: 13)
        insertion.bind(row.seal, at: 14)
        insertion.bind(row.start, at: 15)
        try insertion.run()
    }

    static func history(on connection: OpaquePointer) throws(SQLiteProblem) -> RunHistory {
        var starts: [RunStart] = []
        var before: [Int64] = []
        var lastStart: Int64?
        let startRows = try SQLiteStatement(
            "SELECT \(StartRow.columns) FROM run_start ORDER BY seq", on: connection)
        while try startRows.step() {
            let row = try StartRow(startRows)
            starts.append(try row.start())
            before.append(row.eventsBefore ?? before.last ?? 0)
            lastStart = row.number
        }
        var ends: [RunEnd] = []
        var lastEnded: Int64?
        let endRows = try SQLiteStatement(
            """
            SELECT start, at, outcome, reason, read, done, flagged, failed, rejected, skipped, waiting, not_reached,
                never_admitted, outputs, seal
            FROM run_end ORDER BY seq
            """, on: connection)
        while try endRows.step() {
            let row = try EndRow(endRows)
            ends.append(try row.end())
            lastEnded = row.start
        }
        return RunHistory(
            starts: starts, ends: ends, isClosed: lastStart != nil && lastStart == lastEnded, eventsBefore: before)
    }

    /// The last event and the last chunk that no longer count, because a later start took every record up anew.
    static func cut(on connection: OpaquePointer) throws(SQLiteProblem) -> (events: Int64, chunks: Int64) {
        let rows = try SQLiteStatement(
            "SELECT \(StartRow.columns) FROM run_start WHERE events_before IS NOT NULL ORDER BY seq DESC LIMIT 1",
            on: connection)
        guard try rows.step() else { return (0, 0) }
        let row = try StartRow(rows)
        return (row.eventsBefore ?? 0, row.chunksBefore ?? 0)
    }
}

private struct StartRow {
    var number: Int64
    var id: String
    var at: Int64
    var recipeText: [UInt8]
    var outline: String
    var plan: [UInt8]
    var options: String
    var eventsBefore: Int64?
    var chunksBefore: Int64?

    static let columns = "seq, id, at, recipe_text, outline, plan, options, seal, events_before, chunks_before"

    var seal: Int64 {
        var seal = RowSeal()
        seal.add(number)
        seal.add(id)
        seal.add(at)
        seal.add(recipeText)
        seal.add(outline)
        seal.add(plan)
        seal.add(options)
        seal.add(eventsBefore)
        seal.add(chunksBefore)
        return seal.value
    }

    init(_ start: RunStart, number: Int64) {
        self.number = number
        id = start.id
        at = start.at.sinceEpoch
        recipeText = start.recipeText
        outline = JSON.text(of: start.outline.value)
        plan = start.plan.bytes
        options = JSON.text(of: start.options)
    }

    init(_ row: SQLiteStatement) throws(SQLiteProblem) {
        number = row.int(0) ?? 0
        id = row.text(1) ?? ""
        at = row.int(2) ?? 0
        recipeText = row.bytes(3)
        outline = row.text(4) ?? ""
        plan = row.bytes(5)
        options = row.text(6) ?? ""
        eventsBefore = row.int(8)
        chunksBefore = row.int(9)
        guard row.int(7) == seal else { throw SQLiteProblem(damaged: "the start of the run is not as it was written") }
    }

    func start() throws(SQLiteProblem) -> RunStart {
        guard case .success(let outline) = Result(catching: { try JSON.parse(outline) }),
            case .success(let options) = Result(catching: { try JSON.parse(options) }),
            let outline = RunOutline(outline), let plan = SHA256Digest(bytes: plan)
        else { throw SQLiteProblem(damaged: "the start of the run cannot be read") }
        return RunStart(
            id: id, at: Timestamp(sinceEpoch: at), recipeText: recipeText, outline: outline, plan: plan,
            options: options, anew: eventsBefore != nil)
    }
}

private struct EndRow {
    /// The row of the start that it ends.
    var start: Int64
    var at: Int64
    var outcome: String
    var reason: String?
    /// The counts (8) and the never admitted.
    var numbers: [Int]
    var outputs: String

    var seal: Int64 {
        var seal = RowSeal()
        seal.add(start)
        seal.add(at)
        seal.add(outcome)
        seal.add(reason)
        for number in numbers { seal.add(number) }
        seal.add(outputs)
        return seal.value
    }

    init(_ end: RunEnd, start: Int64) {
        self.start = start
        at = end.at.sinceEpoch
        outcome = end.outcome.rawValue
        reason = end.reason
        numbers = end.counts.numbers + [end.neverAdmitted]
        outputs = JSON.text(of: .list(end.outputs.map(\.value)))
    }

    init(_ row: SQLiteStatement) throws(SQLiteProblem) {
        start = row.int(0) ?? 0
        at = row.int(1) ?? 0
        outcome = row.text(2) ?? ""
        reason = row.text(3)
        numbers = (0..<9).map { Int(row.int(4 + $0) ?? 0) }
        outputs = row.text(13) ?? ""
        guard row.int(14) == seal else { throw SQLiteProblem(damaged: "the end of the run is not as it was written") }
    }

    func end() throws(SQLiteProblem) -> RunEnd {
        guard let outcome = RunOutcome(rawValue: outcome),
            case .success(let value) = Result(catching: { try JSON.parse(outputs) }),
            let outputs = value.list?.compactMap(WrittenOutput.init), outputs.count == value.list?.count
        else { throw SQLiteProblem(damaged: "the end of the run cannot be read") }
        return RunEnd(
            at: Timestamp(sinceEpoch: at), outcome: outcome, reason: reason, counts: Counts(numbers: numbers[0..<8]),
            neverAdmitted: numbers[8], outputs: outputs)
    }
}
