internal import GRDBSQLite
internal import Values

/// What waits and what was decided, as rows of `event` and `decided`.
enum DecisionRows {
    /// The wait that an event began, as it stands now; nil where the record no longer waits for it.
    static func open(_ number: Int64, on connection: OpaquePointer) throws(SQLiteProblem) -> Result<
        OpenWait?, JournalError
    > {
        let place = try SQLiteStatement(
            "SELECT ordinal FROM event WHERE seq = ?1 AND kind = \(JournalEntry.Kind.waiting.rawValue)", on: connection)
        place.bind(number, at: 1)
        guard try place.step(), let ordinal = place.int(0), number > (try RunRows.cut(on: connection)).events else {
            return .success(nil)
        }
        let rows = try SQLiteStatement(folding, on: connection)
        return try fold(Place(ordinal: ordinal, number: number), by: rows)
    }

    /// What happened to a record from one event on.
    static let folding = "SELECT \(JournalEvent.columns) FROM event WHERE ordinal = ?1 AND seq >= ?2 ORDER BY seq"

    /// The wait that an event began; nil where the record no longer waits for it.
    ///
    /// - Parameter rows: ``folding``, made ready once for all of them.
    static func fold(
        _ place: Place, by rows: SQLiteStatement
    ) throws(SQLiteProblem) -> Result<OpenWait?, JournalError> {
        rows.bind(place.ordinal, at: 1)
        rows.bind(place.number, at: 2)
        defer { rows.reset() }
        var seal = RowSeal()
        var fold = WaitFold()
        while try rows.step() {
            let event = try JournalEvent(rows, seal: &seal)
            do throws(JournalError) { try fold.add(event) } catch { return .failure(error) }
        }
        return .success(fold.open.flatMap { $0.number == place.number ? $0 : nil })
    }

    /// Where the `waiting` event of a record stands.
    struct Place {
        var ordinal: Int64
        var number: Int64
    }

    /// The last `waiting` event of every record that may wait, but for those whose decision was taken up; oldest first.
    ///
    /// - Parameters:
    ///   - number: only events behind this one.
    ///   - undecided: whether those of which anything was said are left out, too.
    static func places(
        on connection: OpaquePointer, behind number: Int64 = 0, undecided: Bool = false
    ) throws(SQLiteProblem) -> [Place] {
        guard try hasTable(connection) else { return [] }
        let cut = max(number, try RunRows.cut(on: connection).events)
        let candidates = try SQLiteStatement(
            """
            SELECT ordinal, max(seq) FROM event INDEXED BY event_waiting
            WHERE kind = \(JournalEntry.Kind.waiting.rawValue) AND seq > \(cut)
                AND NOT EXISTS (SELECT 1 FROM decided WHERE wait = event.seq \(undecided ? "" : "AND taken = 1"))
            GROUP BY ordinal ORDER BY 2
            """, on: connection)
        var places: [Place] = []
        while try candidates.step() {
            places.append(Place(ordinal: candidates.int(0) ?? 0, number: candidates.int(1) ?? 0))
        }
        return places
    }

    /// Every record that waits, but for those whose decision was taken up.
    static func all(on connection: OpaquePointer) throws(SQLiteProblem) -> Result<[OpenWait], JournalError> {
        var waits: [OpenWait] = []
        let rows = try SQLiteStatement(folding, on: connection)
        for place in try places(on: connection) {
            switch try fold(place, by: rows) {
            case .success(let open?): waits.append(open)
            case .success(nil): break
            case .failure(let error): return .failure(error)
            }
        }
        let decided = try decisions(on: connection, where: "taken = 0")
        return decided.map { decided in
            for index in waits.indices { waits[index].decided = decided[waits[index].number] }
            return waits
        }
    }

    /// - Parameter condition: on the table `decided`.
    static func decisions(
        on connection: OpaquePointer, where condition: String = "true"
    ) throws(SQLiteProblem) -> Result<[Int64: OpenWait.Decided], JournalError> {
        guard try hasTable(connection) else { return .success([:]) }
        let rows = try SQLiteStatement(
            """
            SELECT \(JournalEvent.columns), taken, wait FROM decided JOIN event ON seq = decision WHERE \(condition)
            """, on: connection)
        var seal = RowSeal()
        var all: [Int64: OpenWait.Decided] = [:]
        while try rows.step() {
            let event = try JournalEvent(rows, seal: &seal)
            guard let wait = rows.int(15) else { continue }
            do throws(JournalError) {
                guard let decision = try Decision(event.entry) else { continue }
                all[wait] = OpenWait.Decided(decision, at: event.entry.at, isTaken: rows.int(14) == 1)
            } catch {
                return .failure(error)
            }
        }
        return .success(all)
    }

    /// Writes that a decision counts.
    ///
    /// - Returns: false where another one was first.
    static func count(_ decision: Int64, about wait: Int64, on connection: OpaquePointer) throws(SQLiteProblem) -> Bool
    {
        let insertion = try SQLiteStatement(
            "INSERT INTO decided(wait, decision, taken) VALUES(?1, ?2, 0)", on: connection)
        insertion.bind(wait, at: 1)
        insertion.bind(decision, at: 2)
        do throws(SQLiteProblem) {
            try insertion.run()
            return true
        } catch {
            guard error.code & 0xFF == SQLITE_CONSTRAINT else { throw error }
            return false
        }
    }

    /// A journal of the first version has no such table, and nothing waits in it for anybody.
    static func hasTable(_ connection: OpaquePointer) throws(SQLiteProblem) -> Bool {
        try connection.number("SELECT count(*) FROM sqlite_schema WHERE name = 'decided'") > 0
    }
}

extension JournalWriter {
    /// Writes a decision, if it is the first about what still waits.
    func decide(
        _ decision: Decision, about number: Int64, at time: Timestamp
    ) throws(SQLiteProblem) -> Result<DecisionReceipt, JournalError> {
        try transaction { connection throws(SQLiteProblem) in
            let open: OpenWait
            switch try DecisionRows.open(number, on: connection) {
            case .success(let wait?): open = wait
            case .success(nil): return (.success(.over), commits: false)
            case .failure(let error): return (.failure(error), commits: false)
            }
            if let deadline = open.wait.deadline, open.wait.isExpired(at: time) {
                return (.success(.expired(deadline)), commits: false)
            }
            let event = try insert(.decided(decision, about: open, at: time))
            if try DecisionRows.count(event, about: number, on: connection) {
                return (.success(.counts(event)), commits: true)
            }
            let first = try DecisionRows.decisions(on: connection, where: "wait = \(number)")
            return (first.map { $0[number].map(DecisionReceipt.late) ?? .over }, commits: false)
        }
    }

    func withdraw(decisionAbout number: Int64, at time: Timestamp) throws(SQLiteProblem) -> Bool {
        try transaction { connection throws(SQLiteProblem) in
            let decision = try connection.number("SELECT decision FROM decided WHERE wait = \(number) AND taken = 0")
            guard decision > 0 else { return (false, commits: false) }
            try connection.execute("DELETE FROM decided WHERE wait = \(number) AND taken = 0")
            let said = try SQLiteStatement(
                "SELECT \(JournalEvent.columns) FROM event WHERE seq = \(decision)", on: connection)
            var seal = RowSeal()
            guard try said.step() else { return (false, commits: false) }
            var entry = try JournalEvent(said, seal: &seal).entry
            said.reset()
            entry.kind = .withdrawn
            entry.at = time
            entry.body = JSON.bytes(of: ["decision": .int(decision), "wait": .int(number)])
            _ = try insert(entry)
            return (true, commits: true)
        }
    }

    func takeDecisions() throws(SQLiteProblem) -> Result<[OpenWait], JournalError> {
        // Without a look first, every poll would write.
        guard try isAnyUntaken() else { return .success([]) }
        return try transaction { connection throws(SQLiteProblem) in
            let decided: [Int64: OpenWait.Decided]
            switch try DecisionRows.decisions(on: connection, where: "taken = 0") {
            case .success(let found): decided = found
            case .failure(let error): return (.failure(error), commits: false)
            }
            try connection.execute("UPDATE decided SET taken = 1 WHERE taken = 0")
            var taken: [OpenWait] = []
            for (number, said) in decided {
                switch try DecisionRows.open(number, on: connection) {
                case .success(var open?):
                    open.decided = said
                    open.decided?.isTaken = true
                    taken.append(open)
                case .success(nil): break
                case .failure(let error): return (.failure(error), commits: false)
                }
            }
            return (.success(taken.sorted { $0.number < $1.number }), commits: true)
        }
    }
}
