internal import Synchronization

/// Says when the next request to an endpoint may start. Asked before every try; a request that pauses between two tries
/// holds no place.
///
/// The width is fixed today. Requests and tokens a minute, a width that finds itself and a breaker are further limiters:
/// they learn what they need from ``leave(after:)``.
package protocol CallLimiter: Sendable {
    /// Waits for a place. Every place taken is given back with ``leave(after:)``.
    func enter() async throws(CancellationError)
    func leave(after result: Result<HTTPReply, HTTPFault>)
}

/// At most so many requests open at once, first come first served.
package final class InFlightLimiter: CallLimiter {
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

    private let state: Mutex<State>

    package init(width: Int) {
        state = Mutex(State(queue: WaitingLine(places: max(1, width))))
    }

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

    package func leave(after result: Result<HTTPReply, HTTPFault>) {
        let continuation = state.withLock { state in
            state.queue.leave().flatMap { state.resumable($0) }
        }
        continuation?.resume(returning: true)
    }

    /// How many hold a place and how many wait for one.
    package var load: (open: Int, waiting: Int) {
        state.withLock { ($0.queue.open, $0.queue.waiting) }
    }
}

/// Who holds a place and who waits for one: numbers only.
struct WaitingLine {
    private let places: Int
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
        while head < line.count {
            let number = line[head]
            head += 1
            if head > 1_024, head * 2 > line.count {
                line.removeFirst(head)
                head = 0
            }
            if isWaiting.remove(number) != nil {
                verdicts[number] = true
                return number
            }
        }
        open -= 1
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
