/// Tells an endpoint that is out of reach from a request that had bad luck: rules only.
///
/// Closed, until a request finds nobody there and none was answered since it left. Open, nobody leaves but one at a time
/// to see (half-open); the first that reaches somebody, whatever the answer, closes it. After the patience it is given
/// up for good: nobody leaves any more. Times are seconds on any clock that does not jump.
package struct Breaker: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case closed
        case open(since: Double, nextLook: Double)
        /// One has left to see.
        case halfOpen(since: Double)
        case givenUp
    }

    package enum Entry: Hashable, Sendable {
        case go
        /// Go, and tell what was found.
        case look
        case wait(until: Double)
        case outOfReach
    }

    private static let firstPause = 0.5
    private static let longestPause = 5.0
    /// How often who waits looks up: whether somebody came back from looking, gave back tokens, or ended the waiting.
    static let glance = 0.25

    package private(set) var patience: Double
    package private(set) var state = State.closed
    private var lastReached = -Double.infinity
    private var pause = Breaker.firstPause

    package init(patience: Double) { self.patience = patience }

    /// Whether nobody is there, as far as is known.
    package var isOpen: Bool { state != .closed }

    package mutating func enter(now: Double) -> Entry {
        switch state {
        case .closed: return .go
        case .open(let since, let nextLook):
            guard now >= nextLook else { return .wait(until: min(nextLook, now + Self.glance)) }
            state = .halfOpen(since: since)
            return .look
        case .halfOpen: return .wait(until: now + Self.glance)
        case .givenUp: return .outOfReach
        }
    }

    /// From now on nobody waits for anybody: who is out of reach is given up at once.
    package mutating func endWaiting() {
        patience = 0
        if isOpen { state = .givenUp }
    }

    /// A request came through to somebody, even if the answer was an error.
    package mutating func reached(now: Double) {
        lastReached = now
        guard state != .givenUp else { return }
        state = .closed
        pause = Self.firstPause
    }

    /// A request found nobody.
    ///
    /// - Parameters:
    ///   - start: when it left.
    ///   - looked: whether it was sent to see.
    /// - Returns: whether this is news: the breaker was closed before.
    package mutating func missed(start: Double, looked: Bool, now: Double) -> Bool {
        switch state {
        case .closed where lastReached < start:
            state = .open(since: now, nextLook: now + min(pause, patience))
            return true
        case .halfOpen(let since) where looked:
            if now >= since + patience {
                state = .givenUp
            } else {
                pause = min(Self.longestPause, pause * 2)
                state = .open(since: since, nextLook: min(now + pause, since + patience))
            }
            return false
        default: return false
        }
    }

    /// Who was sent to see came back without having seen anything.
    package mutating func gaveUpLooking(now: Double) {
        if case .halfOpen(let since) = state { state = .open(since: since, nextLook: now) }
    }
}
