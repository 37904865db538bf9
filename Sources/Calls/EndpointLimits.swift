internal import Locks

/// The limits of one endpoint under one key, shared by all models that are asked there.
///
/// Requests wait in one line. Its head sleeps until the rules let it go and looks again, so that what an answer asked for
/// meanwhile holds for it, too. Where it waits for tokens it looks up now and then, because answers give some back.
package final class EndpointLimits: Sendable {
    /// How messages call the endpoint.
    private let name: String
    private let rules: Guarded<EndpointRules>
    /// Why it was not reached last.
    private let why = Guarded("")
    private let line = InFlightLimiter(width: 1)
    private let clock: any Clock<Swift.Duration>
    private let stopping: StopFlag
    private let elapsed: @Sendable () -> Swift.Duration
    private let wallClock: @Sendable () -> Int64
    private let tell: @Sendable (String) -> Void

    /// - Parameters:
    ///   - patience: how long it may be out of reach before it is given up.
    ///   - stopping: once it is raised, nobody waits for an endpoint that is out of reach any more.
    ///   - wallClock: seconds since 1970.
    ///   - tell: is told what makes a run wait.
    package init(
        name: String, patience: Swift.Duration = .seconds(30), clock: any Clock<Swift.Duration> = ContinuousClock(),
        stopping: StopFlag = StopFlag(), wallClock: @escaping @Sendable () -> Int64 = { Endpoint.secondsSince1970() },
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.name = name
        self.clock = clock
        self.stopping = stopping
        self.wallClock = wallClock
        self.tell = tell
        elapsed = clock.stopwatch()
        rules = Guarded(EndpointRules(patience: patience.inSeconds))
    }

    /// See ``EndpointRules/hold(requestsPerMinute:tokensPerMinute:earlier:)``.
    ///
    /// - Parameter earlier: how long ago requests of an earlier process left.
    package func hold(requestsPerMinute: Int?, tokensPerMinute: Int?, earlier: [Swift.Duration] = []) {
        let now = elapsed()
        rules.withLock {
            $0.hold(
                requestsPerMinute: requestsPerMinute, tokensPerMinute: tokensPerMinute,
                earlier: earlier.map { (now - $0).inSeconds })
        }
    }

    /// Seconds on the clock that all times of the limits are counted on.
    var now: Double { elapsed().inSeconds }

    var isOutOfReach: Bool { rules.withLock { $0.isOutOfReach } }
    var isGivenUp: Bool { rules.withLock { $0.service.isGivenUp } }
    func struggles(_ does: Bool) { rules.withLock { $0.service.struggles(does) } }
    func answersNobody(since start: Double) -> Bool { rules.withLock { $0.service.answersNobody(since: start) } }
    var countsTokens: Bool { rules.withLock { $0.countsTokens } }

    /// Waits until a request may leave.
    ///
    /// - Returns: whether it is the one that looks whether anybody is there.
    func enter(tokens: Int) async throws(HTTPFault) -> Bool {
        if line.load.open == 0, case .go(let looking) = entry(tokens: tokens, now: now) {
            return looking
        }
        do {
            try await line.enter()
        } catch {
            throw .cancelled
        }
        defer { line.leave() }
        while true {
            let now = now
            switch entry(tokens: tokens, now: now) {
            case .go(let looking): return looking
            case .outOfReach: throw .outOfReach(outOfReach)
            case .wait(let until):
                // What has not left is not in flight, and a run that stops does not wait for it.
                if stopping.raised { throw .cancelled }
                let pause = min(until - now, Breaker.glance)
                do {
                    try await clock.sleep(for: .nanoseconds(Int64((pause * 1e9).rounded(.up))))
                } catch {
                    throw .cancelled
                }
            }
        }
    }

    private func entry(tokens: Int, now: Double) -> EndpointRules.Entry {
        rules.withLock { rules in
            if stopping.raised { rules.endWaiting() }
            return rules.enter(tokens: tokens, now: now)
        }
    }

    func ended(
        _ result: Result<HTTPReply, HTTPFault>, tokens: Int, used: Int?, looking: Bool, start: Double, now: Double
    ) {
        var ending = EndpointRules.Ending(reach: result.reach, tokensUsed: used ?? result.leastUse)
        ending.isService = result.isService
        if case .success(let reply) = result {
            ending.isAnswer = reply.status == 200
            ending.hold = RateHeaders.hold(in: reply, now: wallClock())?.inSeconds
        }
        if case .failure(.unreachable(let words)) = result { why.withLock { $0 = " (\(words))" } }
        let news = rules.withLock { [ending] rules in
            rules.ended(ending, tokens: tokens, looking: looking, start: start, now: now)
        }
        switch news {
        case .outOfReach where stopping.raised: break
        case .outOfReach:
            let patience = rules.withLock { $0.breaker.patience }
            tell("\(outOfReach); waiting up to \(Int(patience)) s")
        case .held(let seconds): tell("\(name) asks to wait \(Int(seconds.rounded(.up))) s")
        case .onlyErrors: tell("\(name) has answered nothing but errors for a while (\(result.words)); trying on")
        case .givenUp, nil: break
        }
    }

    private var outOfReach: String { "\(name) cannot be reached\(why.withLock { $0 })" }
}

extension Result<HTTPReply, HTTPFault> {
    /// Whether somebody did what he is there for, or said that he will not; nil where nobody came to that.
    fileprivate var isService: Bool? {
        switch self {
        case .success(let reply): !RetryPolicy.isPassing(status: reply.status)
        case .failure(.broken), .failure(.malformed), .failure(.timedOut): false
        case .failure(.tooLong): true
        case .failure(.unreachable), .failure(.cancelled), .failure(.unsendable), .failure(.outOfReach): nil
        }
    }

    /// An error in a word or two.
    fileprivate var words: String {
        switch self {
        case .success(let reply): "\(reply.status)"
        case .failure(.timedOut): "no answer in time"
        case .failure: "the connection breaks"
        }
    }

    /// What it says of whether anybody is there.
    var reach: EndpointRules.Ending.Reach {
        switch self {
        case .success: .reached
        case .failure(.unreachable), .failure(.timedOut(sent: false)): .missed
        case .failure(.broken), .failure(.malformed), .failure(.timedOut(sent: true)), .failure(.tooLong): .reached
        case .failure(.cancelled), .failure(.unsendable), .failure(.outOfReach): .unknown
        }
    }

    /// Tokens that were certainly not used: an error, or nobody there, costs none. Nil where an answer may have been made.
    var leastUse: Int? {
        switch self {
        case .success(let reply): reply.status == 200 ? nil : 0
        case .failure(let fault): fault.mayHaveActed ? nil : 0
        }
    }
}

extension Swift.Duration {
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
