internal import Digests
internal import Runs
internal import Values

/// Chunks as rows of the table `chunk`.
struct ChunkRows {
    private let insertion: SQLiteStatement

    init(on connection: OpaquePointer) throws(SQLiteProblem) {
        insertion = try SQLiteStatement(
            """
            INSERT INTO chunk(number, first, count, since, end_ordinal, end_offset, end_line, read, done, flagged, failed,
                rejected, skipped, waiting, not_reached, "left", content, steps, sinks, members, seal)
            VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
            """, on: connection)
    }

    /// - Parameter since: The number of the first event that is committed together with the chunk.
    func insert(_ chunk: ChunkEntry, since: Int64) throws(SQLiteProblem) {
        let row = ChunkRow(chunk, since: since)
        for (place, number) in row.numbers.enumerated() { insertion.bind(number, at: CInt(place + 1)) }
        insertion.bind(row.content, at: 17)
        insertion.bind(row.steps, at: 18)
        insertion.bind(row.sinks, at: 19)
        insertion.bind(row.members, at: 20)
        insertion.bind(row.seal, at: 21)
        try insertion.run()
    }
}

/// A chunk in the form of its row.
struct ChunkRow {
    /// number, first, count, since, end (3), counts (8), left
    var numbers: [Int64]
    /// 16 bytes of the content, and 16 of the stamp where there is one.
    var content: [UInt8]
    var steps: String
    var sinks: String
    var members: [UInt8]

    static let columns =
        """
        number, first, count, since, end_ordinal, end_offset, end_line, read, done, flagged, failed, rejected, skipped, \
        waiting, not_reached, "left", content, steps, sinks, members, seal
        """

    var number: Int64 { numbers[0] }
    var first: Int { Int(numbers[1]) }
    var count: Int { Int(numbers[2]) }
    var since: Int64 { numbers[3] }

    var seal: Int64 {
        var seal = RowSeal(capacity: 64)
        for number in numbers { seal.add(number) }
        seal.add(content)
        seal.add(steps)
        seal.add(sinks)
        seal.add(members)
        return seal.value
    }

    init(_ chunk: ChunkEntry, since: Int64) {
        let place = [chunk.number, chunk.first, chunk.count, Int(since), chunk.end.ordinal, Int(chunk.end.offset)]
        numbers = (place + [chunk.end.line] + chunk.counts.numbers + [chunk.left]).map(Int64.init)
        content = []
        chunk.content.append(to: &content)
        chunk.stamp?.append(to: &content)
        steps = JSON.text(of: .list(chunk.steps.map(\.value)))
        sinks = JSON.text(of: .list(chunk.sinks.map(\.value)))
        members = chunk.members.bytes
    }

    init(_ row: SQLiteStatement) throws(SQLiteProblem) {
        numbers = (0..<16).compactMap { row.int($0) }
        content = row.bytes(16)
        steps = row.text(17) ?? ""
        sinks = row.text(18) ?? ""
        members = row.bytes(19)
        guard numbers.count == 16, row.int(20) == seal else {
            throw SQLiteProblem(damaged: "a chunk is not as it was written")
        }
    }

    func chunk() throws(SQLiteProblem) -> ChunkEntry {
        guard let fingerprint = Fingerprint(content, at: 0), content.count % 16 == 0,
            let steps = Self.list(steps, StepCounts.init),
            let sinks = Self.list(sinks, SinkMark.init), let members = ChunkEntry.Members(bytes: members)
        else { throw SQLiteProblem(damaged: "chunk \(numbers[0]) cannot be read") }
        let numbers = numbers.map { Int($0) }
        return ChunkEntry(
            number: numbers[0], first: numbers[1], count: numbers[2],
            end: InputPosition(ordinal: numbers[4], offset: Int64(numbers[5]), line: numbers[6]), content: fingerprint,
            stamp: content.count == 32 ? Fingerprint(content, at: 16) : nil, counts: Counts(numbers: numbers[7..<15]),
            steps: steps, left: numbers[15], members: members, sinks: sinks)
    }

    /// nil when the text is no list or an item of it cannot be read.
    private static func list<Item>(_ text: String, _ item: (Value) -> Item?) -> [Item]? {
        guard case .success(let value) = Result(catching: { try JSON.parse(text) }), let list = value.list
        else { return nil }
        let items = list.compactMap(item)
        return items.count == list.count ? items : nil
    }
}
