#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Somebody who answers requests, with all that guards the way there: who may go, when to try again, by which clock.
///
/// Shared by everyone who asks the same host with the same key, because limits are the host's.
package struct Endpoint: Sendable {
    package var transport: any HTTPTransport
    package var limiter: any CallLimiter
    package var policy: RetryPolicy
    /// Pauses and patience are counted on it; the time limit of one try is the transport's.
    package var clock: any Clock<Swift.Duration>
    /// From 0 up to 1.
    package var jitter: @Sendable () -> Double
    /// Seconds since 1970.
    package var wallClock: @Sendable () -> Int64

    package init(
        transport: any HTTPTransport, limiter: any CallLimiter, policy: RetryPolicy = RetryPolicy(),
        clock: any Clock<Swift.Duration> = ContinuousClock(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        wallClock: @escaping @Sendable () -> Int64 = { Endpoint.secondsSince1970() }
    ) {
        self.transport = transport
        self.limiter = limiter
        self.policy = policy
        self.clock = clock
        self.jitter = jitter
        self.wallClock = wallClock
    }

    package static func secondsSince1970() -> Int64 { Int64(time(nil)) }

    /// Sends a request until there is an answer worth having or the policy gives up.
    ///
    /// - Parameters:
    ///   - request: made anew for each try: one that waits for leave, or for its next try, holds no body meanwhile.
    ///   - timeout: for one try.
    ///   - tokens: what the request and its answer are expected to use; asked before each try, where the limiter counts.
    ///   - isPassing: whether an answer is of a kind that another try may mend. Asked for every answer.
    ///   - used: the tokens of the answer that was looked at last.
    ///   - keepsTrying: whether to go on after this; asked before every pause.
    package func send(
        _ request: @autoclosure () -> HTTPRequest, timeout: Swift.Duration, bodyLimit: Int = Endpoint.bodyLimit,
        tokens: @autoclosure () -> Int = 0,
        isPassing: (HTTPReply) -> Bool = { RetryPolicy.isPassing(status: $0.status) }, used: () -> Int? = { nil },
        keepsTrying: (Result<HTTPReply, HTTPFault>) async -> Bool = { _ in true }
    ) async -> Exchange {
        let elapsed = clock.stopwatch()
        var tries = 0
        // Waiting for leave is no trying, nor is a pause that the other side asked for.
        var begun: Swift.Duration?
        var asleep = Swift.Duration.zero
        var first: CallPass?
        var isStruggling = false
        defer { if isStruggling { limiter.struggles(false) } }
        while true {
            let pass: CallPass
            do throws(HTTPFault) {
                pass = try await limiter.enter(tokens: limiter.countsTokens ? tokens() : 0)
            } catch {
                return Exchange(result: .failure(error), tries: tries, took: .zero)
            }
            tries += 1
            let firstPass = first ?? pass
            first = firstPass
            let tryStart = elapsed()
            let since = begun ?? tryStart
            begun = since
            let result = await transport.result(of: request(), timeout: timeout, bodyLimit: bodyLimit)
            var isPassed = false
            if case .success(let reply) = result { isPassed = !isPassing(reply) }
            limiter.leave(pass, after: result, tokens: isPassed ? used() : nil)
            let now = elapsed()
            var exchange = Exchange(result: result, tries: tries, took: now - tryStart)

            let asked: Swift.Duration?
            switch result {
            case .success(let reply):
                if isPassed { return exchange }
                asked = RetryAfter.pause(in: reply, now: wallClock())
            case .failure(let fault):
                guard RetryPolicy.isPassing(fault) else { return exchange }
                if result.reach == .missed, limiter.isOutOfReach {
                    tries -= 1
                    continue
                }
                asked = nil
            }
            if !isStruggling {
                isStruggling = true
                limiter.struggles(true)
            }
            let pause = policy.pause(after: tries, elapsed: now - since - asleep, asked: asked, jitter: jitter())
            guard let pause, !limiter.isGivenUp else {
                // Who asks everybody to wait so long is not asking it of this request.
                let isHeld = asked.map { $0 > RetryPolicy.longestWish } ?? false
                exchange.isOutage = isHeld || limiter.answersNobody(since: firstPass)
                return exchange
            }
            guard await keepsTrying(result) else { return exchange }
            asleep += asked ?? .zero
            do {
                try await clock.sleep(for: pause)
            } catch {
                return Exchange(result: .failure(.cancelled), tries: tries, took: exchange.took)
            }
        }
    }

    /// Far above any answer of a model.
    package static let bodyLimit = 16 << 20
}

/// How sending a request ended.
package struct Exchange: Sendable {
    /// The last answer or fault.
    package var result: Result<HTTPReply, HTTPFault>
    package var tries: Int
    /// The last try, from its start to its end.
    package var took: Swift.Duration
    /// Whether it was given up because nobody is answered there, and not for what it asks.
    package var isOutage = false
}

extension HTTPTransport {
    fileprivate func result(
        of request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int
    ) async -> Result<HTTPReply, HTTPFault> {
        do throws(HTTPFault) {
            return .success(try await send(request, timeout: timeout, bodyLimit: bodyLimit))
        } catch {
            return .failure(error)
        }
    }
}

extension Clock where Duration == Swift.Duration {
    /// Starts counting; each call says how long it has been since.
    func stopwatch() -> @Sendable () -> Swift.Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
