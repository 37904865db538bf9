internal import Journaling
internal import Locks
internal import Runs
internal import Values

/// The records of this process that wait for a person, some bytes each: their values are in the journal.
final class ParkedRecords: Sendable {
    struct Parked: Sendable {
        /// Where its rows belong once it is done.
        var place: LeaverPlace
        /// As the run's counts have them.
        var marks: [StepMark]
        /// The same of its items.
        var items: [StepCounts]
        var deadline: Timestamp?
    }

    private struct State {
        var parked: [Int: Parked] = [:]
        /// Whether every other record has ended.
        var isThrough = false
        /// Records that went on and have not ended yet.
        var goingOn = 0
        /// Decisions that were taken up before their record came to wait here.
        var early: [Int: OpenWait] = [:]
    }

    private let state = Guarded(State())
    private let bell: AsyncStream<Void>.Continuation
    /// Rings when it is time to look for decisions.
    let rings: AsyncStream<Void>

    init() { (rings, bell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func ring() { bell.yield() }

    func add(_ record: Parked) {
        let isDecided = state.withLock { state in
            state.parked[record.place.ordinal] = record
            return state.early[record.place.ordinal] != nil
        }
        if isDecided { ring() }
    }

    /// Takes in what was said of records, whether they wait here yet or not.
    ///
    /// - Returns: what was said of those that wait here.
    func decided(_ said: [OpenWait]) -> [Int: OpenWait] {
        state.withLock { state in
            for wait in said { state.early[wait.ordinal] = wait }
            let waiting = state.early.filter { state.parked[$0.key] != nil }
            for ordinal in waiting.keys { state.early[ordinal] = nil }
            return waiting
        }
    }

    /// Nothing rings any more: whoever looks for decisions ends.
    func end() { bell.finish() }

    /// Nothing but what waits is left, unless a decision comes.
    func isThrough() {
        state.withLock { $0.isThrough = true }
        ring()
    }

    /// Whether no record is under way any more: what is decided by now is the last that this run takes up.
    var isQuiet: Bool { state.withLock { $0.isThrough && $0.goingOn == 0 } }

    /// Takes a record that goes on; nil for one that does not wait here.
    func take(_ ordinal: Int) -> Parked? {
        state.withLock { state in
            guard let record = state.parked.removeValue(forKey: ordinal) else { return nil }
            state.goingOn += 1
            return record
        }
    }

    /// A record that went on has ended, or waits again.
    func ended() {
        state.withLock { $0.goingOn -= 1 }
        ring()
    }

    /// The records that nobody answered in time, by place.
    func expired(at time: Timestamp) -> [Int] {
        state.withLock { state in
            state.parked.filter { $0.value.deadline.map { $0 < time } ?? false }.keys.sorted()
        }
    }
}
