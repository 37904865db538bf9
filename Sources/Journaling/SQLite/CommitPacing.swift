/// When the writer commits: rules only, no clock, queue or file.
///
/// A commit costs the same for one entry as for thirty, so under load entries are gathered; and between two commits the
/// file is left alone for a moment, or another process that wants to write, a reviewer's, would starve. A lone caller
/// waits for nobody.
struct CommitPacing: Equatable {
    typealias Duration = Swift.Duration

    /// How long a caller is made to wait for others.
    static let window = Duration.microseconds(2500)
    /// The same where ``many`` are open. They come in a stream, and of a call's cost the sync of its commit would be the
    /// largest part; that each waits a millisecond longer is nothing beside so many.
    static let wideWindow = Duration.milliseconds(5)
    /// As many open requests as answer in a stream, without lulls to look out for.
    static let many = 512
    /// How long a group of callers waits for one more. Answers come in bursts, and a burst that is over is not worth
    /// the rest of the window.
    static let lull = Duration.microseconds(500)
    /// How long notes, for which nobody waits, wait for a caller to ride with.
    static let noteWindow = Duration.milliseconds(50)
    /// How long the file is left alone between commits under load.
    static let rest = Duration.milliseconds(2)
    /// As many callers, or sixteen times as many entries, wait for no more.
    static let full = 64
    /// Up to this many are no load.
    static let few = 4

    enum Next: Equatable {
        case commit
        /// Looks again at this time, or earlier when rung for.
        case wait(until: ContinuousClock.Instant)
        /// Leaves the file alone until then, whatever comes.
        case rest(until: ContinuousClock.Instant)
    }

    /// What waits to be committed.
    struct Line: Equatable {
        var entries = 0
        var callers = 0
        /// Since when somebody waits; nil while only notes lie there.
        var firstCaller: ContinuousClock.Instant?
        var lastCaller: ContinuousClock.Instant?
        var firstNote: ContinuousClock.Instant?
        /// No more will come.
        var isLast = false

        var isFull: Bool { callers >= CommitPacing.full || entries >= 16 * CommitPacing.full }
    }

    /// How many requests have left and are not answered: so many callers may come at any moment.
    private(set) var open = 0
    private var lastCommit: ContinuousClock.Instant?
    private var lastCallers = 0
    /// How many commits followed their predecessors without a pause.
    private var streak = 0

    /// Takes in what is put into the line.
    mutating func noticed(_ entries: [JournalEntry]) {
        // What was wrong with an answer stands right behind it, and ends no further call.
        var hasAnswer = false
        for entry in entries {
            switch entry.kind {
            case .start: open += 1
            // An answer that took nothing was given to somebody else, or to an earlier process.
            case .answer where entry.usage == nil: break
            case .failed where entry.key == nil || hasAnswer: break
            case .answer, .failed, .settled: open = max(0, open - 1)
            // What happened stands behind its answer.
            case .effect: continue
            case .decision, .ended, .retried, .waiting, .withdrawn, .collecting: break
            }
            hasAnswer = entry.kind == .answer
        }
    }

    /// - Parameter line: Not empty.
    func next(_ line: Line, now: ContinuousClock.Instant) -> Next {
        if line.isLast { return .commit }
        if let lastCommit, now < lastCommit + Self.rest, lastCallers > Self.few || streak >= Self.few {
            return .rest(until: lastCommit + Self.rest)
        }
        guard let deadline = deadline(of: line), now < deadline else { return .commit }
        return .wait(until: deadline)
    }

    /// Until when more may join the line; nil when nobody is worth waiting for.
    func deadline(of line: Line) -> ContinuousClock.Instant? {
        if line.isFull { return nil }
        guard let firstCaller = line.firstCaller else { return line.firstNote.map { $0 + Self.noteWindow } }
        if open <= Self.few || line.callers >= open { return nil }
        guard open < Self.many else { return firstCaller + Self.wideWindow }
        let end = firstCaller + Self.window
        guard line.callers > Self.few, let lastCaller = line.lastCaller else { return end }
        return min(end, lastCaller + Self.lull)
    }

    /// Takes in that a commit has ended.
    mutating func committed(callers: Int, from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) {
        let pause = lastCommit.map { $0.duration(to: start) }
        streak = pause.map { $0 < Self.rest } ?? false ? streak + 1 : 0
        lastCallers = callers
        lastCommit = end
    }
}
