import Digests
import Execution
import Journaling
import Locks
import Runs
import TestSupport
import Testing
import Values

/// Records of given names and contents.
private struct NamedSource: RecordSource {
    var records: [(id: String, content: String)]

    var type: ObjectType { ObjectType([]) }
    var description: String { "names" }
    var columns: [String] { [] }
    func count() throws(SourceError) -> Int { records.count }
    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader { Reader(records) }

    private final class Reader: RecordReader {
        private let records: [(id: String, content: String)]
        private let place = Guarded(0)

        init(_ records: [(id: String, content: String)]) { self.records = records }

        func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
            place.withLock { place in
                guard place < records.count else { return nil }
                let count = min(limit, 3, records.count - place)
                defer { place += count }
                return Batch(records: records, first: place, count: count)
            }
        }
    }

    private struct Batch: RecordBatch {
        var records: [(id: String, content: String)]
        var first: Int
        var count: Int
        var end: InputPosition { InputPosition(ordinal: first + count, offset: 0, line: 1) }
        var content: Fingerprint { Fingerprint(high: 0, low: 0) }

        func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
            for ordinal in first..<first + count {
                let (id, content) = records[ordinal]
                let origin = RecordOrigin(source: "names", content: Fingerprint(of: content))
                try body(.record(Record(ordinal: ordinal, id: id, origin: origin, input: .null)))
            }
        }
    }
}

@Suite struct InputChangesTests {
    /// A run that had these records, in chunks of four.
    private func journal(_ ids: [String], notAdmitted: Int? = 0) async throws -> any JournalReading {
        let journal = MemoryJournal()
        try await journal.begin(
            RunStart(
                id: "run", at: Timestamp(seconds: 0), recipeText: [],
                outline: RunOutline(recipe: "r", recipePath: "r.yaml", input: "names", steps: []),
                plan: SHA256Digest(of: ""), options: nil))
        for (number, first) in stride(from: 0, to: ids.count, by: 4).enumerated() {
            let part = ids[first..<min(first + 4, ids.count)]
            try await journal.append(
                [
                    ChunkEntry(
                        number: number, first: first, count: part.count,
                        end: InputPosition(ordinal: first + part.count, offset: 0, line: 1),
                        content: Fingerprint(high: 0, low: 0), counts: Counts(), steps: [], left: 0,
                        members: .init(part.map { .init(id: Fingerprint(of: $0), content: Fingerprint(of: "old")) }),
                        sinks: [])
                ], with: [])
        }
        if let notAdmitted {
            try await journal.finish(
                RunEnd(
                    at: Timestamp(seconds: 1), outcome: .done, counts: Counts(), neverAdmitted: notAdmitted,
                    outputs: []))
        }
        return try journal.reader()
    }

    private static let names = (0..<20).map { "n\($0)" }

    @Test func `in any order, each record is known by its name, with the place it had`() async throws {
        let reader = try await journal(Self.names)
        for seed in 0..<20 as Range<UInt64> {
            var random = Draws(seed: seed)
            var now = Self.names.map { (id: $0, content: "old") }
            if seed > 0 { now.shuffle(using: &random) }
            let gone = Set((0..<Int(seed) % 4).map { _ in now.removeLast().id })
            let changed = Set(now.prefix(Int(seed) % 3).map(\.id))
            for place in now.indices where changed.contains(now[place].id) { now[place].content = "new" }
            for number in 0..<Int(seed) % 5 {
                now.insert(("extra\(number)", "old"), at: Int.random(in: 0...now.count, using: &random))
            }
            let changes = try InputChanges(from: reader, to: NamedSource(records: now))
            #expect(changes.records == now.count)
            #expect(changes.vanished == gone.count)
            #expect(changes.changed == changed.count)
            #expect(changes.new == Int(seed) % 5)
            for (ordinal, record) in now.enumerated() {
                let expected: InputChanges.Standing =
                    if let was = Self.names.firstIndex(of: record.id) {
                        changed.contains(record.id) ? .changed(was: was) : .same(was: was)
                    } else {
                        .new
                    }
                #expect(changes.standing(of: ordinal) == expected, "seed \(seed), \(record.id)")
            }
        }
    }

    @Test(arguments: [nil, 5])
    func `what a run ended before is not new, but not reached`(notAdmitted: Int?) async throws {
        let reader = try await journal(Array(Self.names.prefix(8)), notAdmitted: notAdmitted)
        var now = Self.names.map { (id: $0, content: "old") }
        now.insert(("extra", "old"), at: 2)
        let changes = try InputChanges(from: reader, to: NamedSource(records: now))
        #expect(changes.new == 1)
        #expect(changes.notReached == 12)
        #expect(changes.standing(of: 2) == .new)
        #expect(changes.standing(of: 3) == .same(was: 2))
        #expect(changes.standing(of: 9) == .notReached)
        #expect(changes.lines == ["1 record is new, such as extra"])
    }

    @Test func `a run that had no record at all has nothing but new ones`() async throws {
        let changes = try InputChanges(
            from: try await journal([]), to: NamedSource(records: [("a", "old"), ("b", "old")]))
        #expect(changes.new == 2)
        #expect(changes.standing(of: 1) == .new)
    }
}
