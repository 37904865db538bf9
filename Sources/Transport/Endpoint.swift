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
        wallClock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) {
        self.transport = transport
        self.limiter = limiter
        self.policy = policy
        self.clock = clock
        self.jitter = jitter
        self.wallClock = wallClock
    }

    /// Sends a request until there is an answer worth having or the policy gives up.
    ///
    /// - Parameters:
    ///   - timeout: for one try.
    ///   - isPassing: whether an answer is of a kind that another try may mend. Asked for every answer.
    ///   - keepsTrying: whether to go on after this; asked before every pause.
    package func send(
        _ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int = Endpoint.bodyLimit,
        isPassing: (HTTPReply) -> Bool = { RetryPolicy.isPassing(status: $0.status) },
        keepsTrying: (Result<HTTPReply, HTTPFault>) -> Bool = { _ in true }
    ) async -> Exchange {
        let elapsed = clock.stopwatch()
        var tries = 0
        while true {
            do {
                try await limiter.enter()
            } catch {
                return Exchange(result: .failure(.cancelled), tries: tries, took: .zero)
            }
            tries += 1
            let tryStart = elapsed()
            let result: Result<HTTPReply, HTTPFault>
            do throws(HTTPFault) {
                result = .success(try await transport.send(request, timeout: timeout, bodyLimit: bodyLimit))
            } catch {
                result = .failure(error)
            }
            limiter.leave(after: result)
            let now = elapsed()
            let exchange = Exchange(result: result, tries: tries, took: now - tryStart)

            let asked: Swift.Duration?
            switch result {
            case .success(let reply):
                guard isPassing(reply) else { return exchange }
                asked = RetryAfter.pause(in: reply, now: wallClock())
            case .failure(let fault):
                guard RetryPolicy.isPassing(fault) else { return exchange }
                asked = nil
            }
            guard keepsTrying(result),
                let pause = policy.pause(
                    after: tries, elapsed: now, asked: asked, jitter: jitter())
            else { return exchange }
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
}

extension Clock where Duration == Swift.Duration {
    /// Starts counting; each call says how long it has been since.
    fileprivate func stopwatch() -> @Sendable () -> Swift.Duration {
        let start = now
        return { start.duration(to: now) }
    }
}
