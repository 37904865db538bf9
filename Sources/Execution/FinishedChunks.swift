internal import Journaling
internal import Runs
internal import Values

/// Chunks whose rows are appended and not yet on the disk.
struct FinishedChunks: Sendable {
    private let options: Executor.Options
    private var results: [(result: ChunkResult, marks: [SinkMark])] = []
    /// Of rows that are in their files, and are to be brought to the disk.
    private var rowBytes = 0
    /// Of records that failed or wait, in memory until then.
    private var heldBytes = 0
    private var endings = 0
    private var answers = 0
    private let begun = ContinuousClock.now

    init(options: Executor.Options) { self.options = options }

    var isEmpty: Bool { results.isEmpty }

    /// Whether so much has gathered, in time, bytes or failed records, that it should go to the disk.
    var isDue: Bool {
        !results.isEmpty
            && (rowBytes >= options.markBytes || isPast(1) || ContinuousClock.now - begun >= options.markInterval)
    }

    /// Whether no more should gather while the disk is busy. Rows take no memory, only time if they have to be made again:
    /// work waits for a disk that is slower than it, and not for one that is busy for a moment.
    var isFull: Bool { rowBytes >= 8 * options.markBytes || isPast(2) }

    private func isPast(_ times: Int) -> Bool {
        heldBytes >= times * options.markBytes || endings >= times * 4096 || answers >= times * 8192
    }

    /// - Parameter marks: how far the outputs go with the chunk's rows.
    mutating func add(_ result: ChunkResult, at marks: [SinkMark]) {
        rowBytes += result.rowBytes
        heldBytes += result.heldBytes
        endings += result.endings.count
        answers += result.answers.count
        var kept = result
        kept.rows = []
        kept.left = kept.leavers.count
        kept.leavers = []
        results.append((kept, marks))
    }

    /// The journal's rows for all of them.
    var entries: [ChunkEntry] {
        results.map { result, marks in
            ChunkEntry(
                number: result.number, first: result.first, count: result.count, end: result.end,
                content: result.content, stamp: result.stamp, counts: result.counts, steps: result.steps,
                left: result.left, members: result.members, sinks: marks)
        }
    }

    /// What goes with them: answers that were given at once, and the ends of records that did not end plainly done.
    func events(at time: Timestamp) -> [JournalEntry] {
        results.flatMap(\.result.answers)
            + results.flatMap { $0.result.endings.map { .ended($0, at: time) } }
    }
}

extension ChunkResult {
    /// About how much of its records goes to the journal, and is held until then.
    fileprivate var heldBytes: Int {
        endings.reduce(0) { $0 + ($1.input?.textBytes ?? 0) } + answers.reduce(0) { $0 + $1.body.count }
    }
}
