internal import Locks
internal import Planning
internal import Runs
internal import Values

/// What one lane works with: a compiled plan that no other lane touches.
///
/// Every record that passes counts references to the plan's parts. Two lanes that count at the same objects wait for
/// each other's cache lines, which costs more than the work: two lanes on one plan were hardly faster than one.
struct Bench: Sendable {
    let walk: RowWalk
    /// For ``RecordSink/format(_:into:)`` only; never opened.
    let formats: [any RecordSink]
}

/// The benches of a run, handed to whoever works on a chunk.
final class Benches: Sendable {
    private let free: Guarded<[Bench]>
    private let spare: Bench
    let buffers = RowBuffers()

    /// - Parameter copies: the same plan, compiled once more for each further lane.
    init(_ plan: Plan, copies: [Plan], run: Value) {
        let all = ([plan] + copies.map { $0.sharingAnswers(of: plan) }).map {
            Bench(walk: RowWalk(plan: $0, run: run), formats: $0.outputs)
        }
        spare = all[0]
        free = Guarded(all)
    }

    /// Of the plan that records waiting for answers use, too.
    var main: RowWalk { spare.walk }

    /// Lends a bench for the length of a call. When all are lent, one is used twice: slower, and as right.
    func withBench<Result>(_ body: (Bench) -> Result) -> Result {
        let bench = free.withLock { $0.popLast() }
        defer { if let bench { free.withLock { $0.append(bench) } } }
        return body(bench ?? spare)
    }
}

/// The memory of rows that are written, for the rows of a later chunk: a megabyte that is fresh from the system costs more
/// than the rows that are put there.
final class RowBuffers: Sendable {
    /// What a chunk with a few very long rows needed is not kept.
    private static let mostBytes = 4 << 20

    private let free = Guarded<[[[UInt8]]]>([])

    /// A buffer for each output, empty; nil where there is none to use again.
    func take() -> [[UInt8]]? {
        guard var buffers = free.withLock({ $0.popLast() }) else { return nil }
        for index in buffers.indices { buffers[index].removeAll(keepingCapacity: true) }
        return buffers
    }

    func give(_ buffers: consuming [[UInt8]]) {
        guard buffers.reduce(0, { $0 + $1.capacity }) <= Self.mostBytes else { return }
        free.withLock { [buffers] in $0.append(buffers) }
    }
}
