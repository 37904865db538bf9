/// When the next request to an endpoint may leave, by everything that is known of it: rules only.
///
/// Puts together what the recipe allows (requests and tokens a minute), what the other side's answers asked for (holds),
/// and whether it is there at all (the breaker). Times are seconds on one clock that does not jump.
package struct EndpointRules: Sendable {
    package enum Entry: Hashable, Sendable {
        case go(looking: Bool)
        case wait(until: Double)
        case outOfReach
    }

    /// After a hold the first requests leave one by one, as many and as fast as were under way when it began: all at once
    /// would be the next sign of too many.
    fileprivate struct Restart {
        var left: Int
        var gap: Double
        var next: Double
    }

    private(set) var breaker: Breaker
    var service = Service()
    private var pacer: RequestPacer?
    private var bucket: TokenBucket?
    private var perMinute: (requests: Int?, tokens: Int?)
    private var heldUntil = -Double.infinity
    private var restart: Restart?
    private var open = 0
    /// How long answers take of late.
    private var latency: Double?

    /// - Parameter patience: how long, in seconds, an endpoint may be out of reach.
    package init(patience: Double = 30) { breaker = Breaker(patience: patience) }

    /// Holds it to what a model of this endpoint says. Where several say it, the strictest counts.
    ///
    /// - Parameter earlier: when requests of an earlier process left, below 0.
    package mutating func hold(requestsPerMinute: Int?, tokensPerMinute: Int?, earlier: [Double] = []) {
        if let requestsPerMinute, requestsPerMinute < perMinute.requests ?? .max {
            perMinute.requests = requestsPerMinute
            pacer = RequestPacer(perMinute: requestsPerMinute, earlier: earlier)
        }
        if let tokensPerMinute, tokensPerMinute < perMinute.tokens ?? .max {
            perMinute.tokens = tokensPerMinute
            bucket = TokenBucket(perMinute: tokensPerMinute)
        }
    }

    /// Lets a request leave, or says why not. Asked again when the time has come.
    ///
    /// - Parameter tokens: what it is expected to use.
    package mutating func enter(tokens: Int, now: Double) -> Entry {
        if breaker.state == .givenUp { return .outOfReach }
        let free = max(heldUntil, restart?.next ?? now, pacer?.earliest(now: now) ?? now)
        let time = max(free, bucket?.earliest(tokens, now: now) ?? now)
        // Somebody may come back from looking, or an answer give back tokens, at any moment.
        let looksUp = isOutOfReach || (time > free && open > 0)
        if time > now { return .wait(until: looksUp ? min(time, now + Breaker.glance) : time) }
        let looking: Bool
        switch breaker.enter(now: now) {
        case .go: looking = false
        case .look: looking = true
        case .wait(let until): return .wait(until: until)
        case .outOfReach: return .outOfReach
        }
        pacer?.take(now: now)
        bucket?.take(tokens, now: now)
        restart?.goOn(now)
        if restart?.left == 0 { restart = nil }
        open += 1
        return .go(looking: looking)
    }

    /// From now on nobody waits for an endpoint that is out of reach.
    package mutating func endWaiting() { breaker.endWaiting() }

    /// A request that had left has ended.
    package struct Ending: Sendable {
        package enum Reach: Hashable, Sendable { case reached, missed, unknown }

        package var reach: Reach
        /// Seconds in which nobody should leave, by the answer's headers.
        package var hold: Double?
        /// Nil where nothing is known.
        package var tokensUsed: Int?
        package var isAnswer: Bool
        /// See ``Service``; nil where nothing is known.
        package var isService: Bool?

        package init(reach: Reach, hold: Double? = nil, tokensUsed: Int? = nil, isAnswer: Bool = false) {
            self.reach = reach
            self.hold = hold
            self.tokensUsed = tokensUsed
            self.isAnswer = isAnswer
        }
    }

    /// What an ending brought that people should be told.
    package enum News: Hashable, Sendable {
        case outOfReach
        case givenUp
        case held(seconds: Double)
        /// For a while, and for the first time since the last answer.
        case onlyErrors
    }

    package mutating func ended(
        _ ending: Ending, tokens: Int, looking: Bool, start: Double, now: Double
    ) -> News? {
        var news: News?
        switch ending.reach {
        case .reached: breaker.reached(now: now)
        case .missed:
            if breaker.missed(start: start, looked: looking, now: now) { news = .outOfReach }
            if looking, breaker.state == .givenUp { news = .givenUp }
        case .unknown: if looking { breaker.gaveUpLooking(now: now) }
        }
        if let isService = ending.isService, service.ended(isService, now: now) { news = .onlyErrors }
        bucket?.settle(taken: tokens, used: ending.tokensUsed, start: start, now: now)
        if ending.isAnswer { latency = latency.map { $0 * 0.9 + (now - start) * 0.1 } ?? (now - start) }
        if let hold = ending.hold, now + hold > heldUntil {
            if hold >= 10, heldUntil <= now { news = .held(seconds: hold) }
            heldUntil = now + hold
            restart = Restart(left: open, gap: (latency ?? 0) / Double(max(1, open)), next: heldUntil)
        }
        open -= 1
        return news
    }

    package var countsTokens: Bool { bucket != nil }

    /// Whether the endpoint is known to be out of reach.
    package var isOutOfReach: Bool { breaker.isOpen }
}

extension EndpointRules.Restart {
    fileprivate mutating func goOn(_ now: Double) {
        left -= 1
        next = now + gap
    }
}
