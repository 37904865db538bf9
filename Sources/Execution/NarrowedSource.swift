internal import Digests
internal import Locks
package import Runs
package import Values

/// A source cut down to its first records or to a sample of them, in the input's order and numbered from 0 again.
package struct NarrowedSource: RecordSource {
    package enum Choice: Sendable {
        case first(Int)
        /// As many as that, each record as likely as any other; the same seed draws the same records of the same input.
        case sample(Int, seed: UInt64)
    }

    private let base: any RecordSource
    private let choice: Choice

    package init(_ base: any RecordSource, _ choice: Choice) {
        self.base = base
        self.choice = choice
    }

    package var type: ObjectType { base.type }
    package var columns: [String] { base.columns }
    package var remarks: [String] { base.remarks }

    package var description: String {
        switch choice {
        case .first(let count): "\(base.description), the first \(count)"
        case .sample(let count, let seed): "\(base.description), \(count) drawn at random (seed \(seed))"
        }
    }

    package func count() throws(SourceError) -> Int {
        switch choice {
        case .first(let count), .sample(let count, _): min(count, try base.count())
        }
    }

    package func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader {
        switch choice {
        case .first(let count):
            return FirstReader(try base.reader(from: position), count: count - (position?.ordinal ?? 0))
        case .sample(let count, let seed):
            // The position counts the drawn ones only, so those before it are read over.
            return SampleReader(
                try base.reader(from: nil), chosen: Self.draw(count, of: try base.count(), seed: seed),
                taken: position?.ordinal ?? 0)
        }
    }

    /// The ordinals of a sample, rising: selection sampling, so that memory is that of the sample.
    private static func draw(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
        var generator = SplitMix(state: seed)
        var chosen: [Int] = []
        for ordinal in 0..<total {
            let wanted = count - chosen.count
            guard wanted > 0 else { break }
            if Int.random(in: 0..<(total - ordinal), using: &generator) < wanted { chosen.append(ordinal) }
        }
        return chosen
    }
}

/// A small generator whose numbers depend on the seed alone, on every platform.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

private final class FirstReader: RecordReader {
    private let base: any RecordReader
    private let left: Guarded<Int>

    init(_ base: any RecordReader, count: Int) {
        self.base = base
        left = Guarded(count)
    }

    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        let wanted = min(limit, left.withLock { $0 })
        guard wanted > 0, let batch = try base.next(limit: wanted, bytes: bytes) else { return nil }
        left.withLock { $0 -= batch.count }
        return batch
    }

    func countRest() throws(SourceError) -> Int { min(left.withLock { $0 }, try base.countRest()) }

    func pass(over batch: KnownBatch) throws(SourceError) -> Bool {
        guard batch.count <= left.withLock({ $0 }), try base.pass(over: batch) else { return false }
        left.withLock { $0 -= batch.count }
        return true
    }

    func again(_ known: KnownBatch, limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        guard known.count <= left.withLock({ $0 }),
            let batch = try base.again(known, limit: limit, bytes: bytes)
        else { return nil }
        left.withLock { $0 -= batch.count }
        return batch
    }
}

private final class SampleReader: RecordReader {
    private let base: any RecordReader
    private let chosen: [Int]
    /// How many of the chosen were given out.
    private let taken: Guarded<Int>

    init(_ base: any RecordReader, chosen: [Int], taken: Int) {
        self.base = base
        self.chosen = chosen
        self.taken = Guarded(taken)
    }

    func countRest() throws(SourceError) -> Int { chosen.count - taken.withLock { $0 } }

    /// A batch holds the drawn records of one batch of the input, which has its end from the bounds alone.
    func again(_ batch: KnownBatch, limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        try next(limit: limit, bytes: bytes)
    }

    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? {
        while let batch = try base.next(limit: limit, bytes: bytes) {
            let first = taken.withLock { $0 }
            let mine = chosen[first...].prefix { $0 < batch.first + batch.count }
            taken.withLock { $0 += mine.count }
            if !mine.isEmpty { return SampleBatch(base: batch, chosen: Array(mine), first: first) }
            if first == chosen.count { return nil }
        }
        return nil
    }
}

private struct SampleBatch: RecordBatch {
    var base: any RecordBatch
    /// The ordinals in the whole input, rising.
    let chosen: [Int]
    let first: Int

    var count: Int { chosen.count }
    var content: Fingerprint { base.content }
    var end: InputPosition {
        InputPosition(ordinal: first + chosen.count, offset: base.end.offset, line: base.end.line)
    }

    func prepared(_ wanted: Set<Int>?) async -> any RecordBatch {
        var batch = self
        let drawn = chosen.enumerated().filter { wanted?.contains(first + $0.offset) ?? true }
        batch.base = await base.prepared(Set(drawn.map(\.element)))
        return batch
    }

    func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
        var next = 0
        try base.forEach { read in
            guard next < chosen.count else { return }
            switch read {
            case .record(var record) where record.ordinal == chosen[next]:
                record.ordinal = first + next
                next += 1
                try body(.record(record))
            case .unreadable(var record) where record.ordinal == chosen[next]:
                record.ordinal = first + next
                next += 1
                try body(.unreadable(record))
            default: break
            }
        }
    }
}
