internal import Digests
package import Journaling
package import Runs
internal import Values

/// What the calls of a run took, by step: what later calls are expected to take.
package struct PastCalls: Sendable {
    package struct Step: Hashable, Sendable {
        /// Requests that left.
        package var calls = 0
        /// Records that they were made for, or items of theirs, or groups of records.
        package var records = 0
        package var usage = Usage()
    }

    /// What calls are expected to come to.
    package struct Forecast: Hashable, Sendable {
        package var calls = 0.0
        package var tokensIn = 0.0
        package var tokensOut = 0.0
        /// Of all answers together, one behind the other.
        package var seconds = 0.0

        package init(calls: Double = 0, tokensIn: Double = 0, tokensOut: Double = 0, seconds: Double = 0) {
            self.calls = calls
            self.tokensIn = tokensIn
            self.tokensOut = tokensOut
            self.seconds = seconds
        }

        package mutating func add(_ other: Forecast) {
            calls += other.calls
            tokensIn += other.tokensIn
            tokensOut += other.tokensOut
            seconds += other.seconds
        }
    }

    /// By the step's name.
    package private(set) var steps: [String: Step] = [:]
    /// How many calls were open at once, over the time when any was; 1 where nothing is known.
    package private(set) var width = 1.0

    /// Reads all events once, and holds what is in flight and which groups were asked about.
    package init(reading journal: any JournalReading) throws {
        let history = try journal.history()
        let doubtful = Set(try journal.inDoubt().map(\.number))
        var open = OpenCalls()
        // By their ordinals: a group takes one question or many.
        var groups: Set<Int> = []
        // Questions that came to nothing: asked again, each is the same call once more.
        var settled: Set<SettledQuestion> = []
        try journal.forEachEvent { event in
            let entry = event.entry
            if entry.kind == .collecting { groups = [] }
            guard let name = history.start(of: event.number).outline.name(of: entry.step) else { return }
            switch entry.kind {
            case .start:
                if settled.remove(SettledQuestion(entry)) == nil {
                    steps[name, default: Step()].calls += 1
                    let isFirst = entry.ordinal < 0 ? groups.insert(entry.ordinal).inserted : entry.draw == 1
                    if isFirst { steps[name, default: Step()].records += 1 }
                }
                if !doubtful.contains(event.number) { open.begin(entry) }
            case .answer, .failed, .effect: open.end(entry)
            case .settled: settled.insert(SettledQuestion(entry))
            case .decision, .ended, .retried, .waiting, .withdrawn, .collecting: break
            }
            if entry.kind != .settled, let usage = entry.usage { steps[name, default: Step()].usage.add(usage) }
        }
        width = open.width
    }

    /// What asking so many records comes to; nil where the step was never asked in this run.
    package func forecast(_ step: String, records: Int) -> Forecast? {
        guard let past = steps[step], past.calls > 0 else { return nil }
        let share = Double(records) / Double(max(1, past.records))
        return Forecast(
            calls: Double(past.calls) * share, tokensIn: Double(past.usage.tokensIn) * share,
            tokensOut: Double(past.usage.tokensOut) * share,
            seconds: Double(past.usage.microseconds) / 1e6 * share)
    }
}

private struct SettledQuestion: Hashable {
    var ordinal: Int
    var item: Int?
    var question: SHA256Digest?

    init(_ entry: JournalEntry) { (ordinal, item, question) = (entry.ordinal, entry.item, entry.key) }
}

/// Which calls are open, and for how long any was.
private struct OpenCalls {
    private struct Call: Hashable {
        var ordinal: Int
        var step: Int
        var item: Int?
        var draw: Int
    }

    private var open: Set<Call> = []
    private var last = 0.0
    /// Seconds in which some call was open, and the sum over all calls.
    private var busy = 0.0
    private var whole = 0.0

    var width: Double { busy > 0 ? max(1, whole / busy) : 1 }

    mutating func begin(_ entry: JournalEntry) {
        move(to: entry)
        open.insert(Call(ordinal: entry.ordinal, step: entry.step, item: entry.item, draw: entry.draw))
    }

    mutating func end(_ entry: JournalEntry) {
        let call = Call(ordinal: entry.ordinal, step: entry.step, item: entry.item, draw: entry.draw)
        guard open.contains(call) else { return }
        move(to: entry)
        open.remove(call)
    }

    private mutating func move(to entry: JournalEntry) {
        let now = Double(entry.at.seconds) + Double(entry.at.nanoseconds) / 1e9
        // A clock that was set back makes no time.
        let passed = max(0, now - last)
        if !open.isEmpty {
            busy += passed
            whole += passed * Double(open.count)
        }
        last = now
    }
}
