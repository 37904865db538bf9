internal import Locks

/// Says when the next request to an endpoint may start. Asked before every try; a request that pauses between two tries
/// holds no place.
package protocol CallLimiter: Sendable {
    /// Whether it looks at tokens: where not, nobody need know how many a request is expected to use.
    var countsTokens: Bool { get }

    /// Waits for leave to send a request. Every pass is given back with ``leave(_:after:tokens:)``.
    ///
    /// - Parameter tokens: what the request and its answer are expected to use.
    /// - Throws: ``HTTPFault/cancelled``, or ``HTTPFault/outOfReach(_:)`` where there is no use in waiting.
    func enter(tokens: Int) async throws(HTTPFault) -> CallPass

    /// - Parameter tokens: what was used, where the answer says it.
    func leave(_ pass: CallPass, after result: Result<HTTPReply, HTTPFault>, tokens: Int?)

    /// Whether nobody is there just now: who found nobody waits in ``enter(tokens:)`` until it is clear whether anybody
    /// comes back, and that is no try of its own.
    var isOutOfReach: Bool { get }

    /// A request has failed in a way that another try may mend, and tries again; or such a request has ended.
    func struggles(_ does: Bool)

    /// Whether whoever is there answers nobody any more: no request of the endpoint was answered since this one first
    /// left, and others fail like it. Asked by a request that is given up.
    func answersNobody(since first: CallPass) -> Bool

    /// Whether that was found already, and no answer has come since.
    var isGivenUp: Bool { get }
}

extension CallLimiter {
    package func struggles(_ does: Bool) {}
    package func answersNobody(since first: CallPass) -> Bool { false }
    package var isGivenUp: Bool { false }
}

/// A request under way, as its limiter remembers it.
package struct CallPass: Hashable, Sendable {
    var tokens: Int
    /// When it left, in seconds on the limiter's clock.
    var start: Double
    /// How many of the model's requests were open with it.
    var company: Int
    /// Whether it looks if anybody is there.
    var looking: Bool

    package init(tokens: Int = 0, start: Double = 0, company: Int = 0, looking: Bool = false) {
        self.tokens = tokens
        self.start = start
        self.company = company
        self.looking = looking
    }
}

/// At most so many open at once, first come first served. The width can change.
package final class InFlightLimiter: Sendable {
    private struct State {
        var queue: WaitingLine
        var continuations: [Int: CheckedContinuation<Bool, Never>] = [:]

        /// Who is to hear the verdict on a number; nil if it has not come to wait yet, and will ask.
        mutating func resumable(_ number: Int) -> CheckedContinuation<Bool, Never>? {
            guard let continuation = continuations.removeValue(forKey: number) else { return nil }
            _ = queue.takeVerdict(number)
            return continuation
        }
    }

    private let state: Guarded<State>

    package init(width: Int) {
        state = Guarded(State(queue: WaitingLine(places: max(1, width))))
    }

    /// Waits for a place. Every place taken is given back with ``leave()``.
    package func enter() async throws(CancellationError) {
        guard let number = state.withLock({ $0.queue.enter() }) else { return }
        let admitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state -> Bool? in
                    if let admitted = state.queue.takeVerdict(number) { return admitted }
                    state.continuations[number] = continuation
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.queue.giveUp(number) ? state.resumable(number) : nil
            }
            continuation?.resume(returning: false)
        }
        if !admitted { throw CancellationError() }
    }

    package func leave() {
        let continuation = state.withLock { state in
            state.queue.leave().flatMap { state.resumable($0) }
        }
        continuation?.resume(returning: true)
    }

    package var width: Int { state.withLock { $0.queue.places } }

    /// From now on so many may be open. Where that is fewer than are, nobody is let in until enough have left.
    ///
    /// - Returns: whether that is a change.
    package func resize(to width: Int) -> Bool {
        let (changed, admitted) = state.withLock { state in
            let changed = state.queue.places != max(1, width)
            let numbers = state.queue.resize(to: max(1, width))
            return (changed, numbers.compactMap { state.resumable($0) })
        }
        for continuation in admitted { continuation.resume(returning: true) }
        return changed
    }

    /// How many hold a place and how many wait for one.
    package var load: (open: Int, waiting: Int) {
        state.withLock { ($0.queue.open, $0.queue.waiting) }
    }
}

/// Who holds a place and who waits for one: numbers only.
struct WaitingLine {
    private(set) var places: Int
    private(set) var open = 0
    /// Numbers that wait, from `head` on; those who gave up are still among them and not in `isWaiting`.
    private var line: [Int] = []
    private var head = 0
    private var isWaiting: Set<Int> = []
    private var verdicts: [Int: Bool] = [:]
    private var nextNumber = 0

    init(places: Int) { self.places = places }

    var waiting: Int { isWaiting.count }

    /// Takes a place, or gives the number under which to wait for one.
    mutating func enter() -> Int? {
        if open < places {
            open += 1
            return nil
        }
        nextNumber += 1
        line.append(nextNumber)
        isWaiting.insert(nextNumber)
        return nextNumber
    }

    /// Gives a place back; it passes to the first who waits, whose number this is.
    mutating func leave() -> Int? {
        open -= 1
        return admitNext()
    }

    /// Has so many places from now on; these numbers got one of the new.
    mutating func resize(to places: Int) -> [Int] {
        self.places = places
        var admitted: [Int] = []
        while let number = admitNext() { admitted.append(number) }
        return admitted
    }

    private mutating func admitNext() -> Int? {
        while open < places, head < line.count {
            let number = line[head]
            head += 1
            if head > 1_024, head * 2 > line.count {
                line.removeFirst(head)
                head = 0
            }
            if isWaiting.remove(number) != nil {
                verdicts[number] = true
                open += 1
                return number
            }
        }
        return nil
    }

    /// Waits no longer; false if a place had come before.
    mutating func giveUp(_ number: Int) -> Bool {
        guard isWaiting.remove(number) != nil else { return false }
        verdicts[number] = false
        return true
    }

    /// Whether a number got its place (true), gave up (false), or waits still (nil). Told once.
    mutating func takeVerdict(_ number: Int) -> Bool? {
        verdicts.removeValue(forKey: number)
    }
}
