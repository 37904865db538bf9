import Synchronization
import TestSupport
import Testing

@testable import Calls

@Suite(.timeLimit(.minutes(5))) struct EndpointLimitsTests {
    private let clock = ManualClock(movesItself: true)
    private let told = Told()

    private final class Told: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func tell(_ text: String) { texts.withLock { $0.append(text) } }
    }

    private func limits() -> EndpointLimits {
        EndpointLimits(name: "http://model.test/v1", clock: clock, wallClock: { 0 }) { [told] in told.tell($0) }
    }

    private func reply(_ status: Int, _ headers: HTTPFields = [:]) -> Result<HTTPReply, HTTPFault> {
        .success(HTTPReply(status: status, headers: headers))
    }

    @Test func `a Retry-After is for every model that is asked there, and told where it is long`() async throws {
        let limits = limits()
        let one = ModelLimiter(.fixed(4), endpoint: limits)
        let other = ModelLimiter(.found(most: 100), endpoint: limits)
        let pass = try await one.enter(tokens: 10)
        one.leave(pass, after: reply(429, ["Retry-After": "30"]), tokens: nil)
        #expect(clock.slept == [])
        _ = try await other.enter(tokens: 10)
        #expect(clock.slept.reduce(.zero, +) == .seconds(30))
        #expect(told.all == ["http://model.test/v1 asks to wait 30 s"])
    }

    @Test func `requests a minute count every try, whoever makes it`() async throws {
        let limits = limits()
        limits.hold(requestsPerMinute: 60, tokensPerMinute: nil)
        let limiters = [ModelLimiter(.fixed(9), endpoint: limits), ModelLimiter(.fixed(9), endpoint: limits)]
        let start = clock.now
        for number in 0..<20 {
            let limiter = limiters[number % 2]
            limiter.leave(try await limiter.enter(tokens: 0), after: reply(500), tokens: nil)
        }
        let took = start.duration(to: clock.now)
        #expect(took >= .seconds(19) && took <= .seconds(20))
    }

    @Test func `tokens are settled by what the answer says`() async throws {
        let limits = limits()
        let limiter = ModelLimiter(.fixed(9), endpoint: limits)
        #expect(!limiter.countsTokens)
        limits.hold(requestsPerMinute: nil, tokensPerMinute: 30_000)
        #expect(limiter.countsTokens)
        for _ in 0..<20 {
            limiter.leave(try await limiter.enter(tokens: 500), after: reply(200), tokens: 10)
        }
        #expect(clock.slept == [])
        for _ in 0..<2 { limiter.leave(try await limiter.enter(tokens: 500), after: reply(200), tokens: nil) }
        _ = try await limiter.enter(tokens: 500)
        #expect(clock.slept != [])
    }

    @Test func `who waits for tokens sees within a moment that an answer gave some back`() async throws {
        let clock = ManualClock()
        let limits = EndpointLimits(name: "there", clock: clock, wallClock: { 0 })
        limits.hold(requestsPerMinute: nil, tokensPerMinute: 6_000)
        let limiter = ModelLimiter(.fixed(9), endpoint: limits)
        let pass = try await limiter.enter(tokens: 184)
        let waiting = Task { try await limiter.enter(tokens: 184) }
        while clock.slept.isEmpty { await Task.yield() }
        limiter.leave(pass, after: reply(200), tokens: 30)
        clock.advance(by: .seconds(0.25))
        clock.advance(by: .seconds(2))
        _ = try await waiting.value
        #expect(clock.slept == [.seconds(0.25)])
    }

    @Test func `the width that is found is told, and places follow it`() async throws {
        let limiter = ModelLimiter(.found(most: 100), endpoint: limits())
        let widths = Mutex<[Int]>([])
        limiter.whenWidthChanges { [weak limiter] in widths.withLock { $0.append(limiter?.width ?? 0) } }
        #expect(limiter.width == ModelLimiter.firstWidth)
        let passes = [try await limiter.enter(tokens: 0), try await limiter.enter(tokens: 0)]
        let full = [try await limiter.enter(tokens: 0), try await limiter.enter(tokens: 0)]
        clock.advance(by: .seconds(0.2))
        for pass in full { limiter.leave(pass, after: reply(200), tokens: nil) }
        #expect(limiter.width == ModelLimiter.firstWidth + 2)
        limiter.leave(passes[0], after: reply(503), tokens: nil)
        #expect(limiter.width < ModelLimiter.firstWidth + 2)
        #expect(widths.withLock { $0 } == [5, 6, limiter.width])
    }

    @Test func `who waits for an endpoint that is gone is told so at the end`() async throws {
        let limiter = ModelLimiter(.fixed(2), endpoint: limits())
        await #expect(throws: HTTPFault.outOfReach("http://model.test/v1 cannot be reached (refused)")) {
            while true {
                let pass = try await limiter.enter(tokens: 0)
                limiter.leave(pass, after: .failure(.unreachable("refused")), tokens: nil)
            }
        }
        #expect(told.all == ["http://model.test/v1 cannot be reached (refused); waiting up to 30 s"])
        // Nobody keeps a place.
        await #expect(throws: HTTPFault.self) { _ = try await limiter.enter(tokens: 0) }
        await #expect(throws: HTTPFault.self) { _ = try await limiter.enter(tokens: 0) }
        await #expect(throws: HTTPFault.self) { _ = try await limiter.enter(tokens: 0) }
    }

    @Test func `a stop is heard by all who wait for an endpoint that is out of reach, within a moment`() async throws {
        let clock = ManualClock()
        let stopping = StopFlag()
        let limits = EndpointLimits(name: "there", clock: clock, stopping: stopping, wallClock: { 0 })
        limits.hold(requestsPerMinute: 1, tokensPerMinute: nil)
        let limiter = ModelLimiter(.fixed(4), endpoint: limits)
        let pass = try await limiter.enter(tokens: 0)
        limiter.leave(pass, after: .failure(.unreachable("refused")), tokens: nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await #expect(throws: HTTPFault.outOfReach("there cannot be reached (refused)")) {
                        _ = try await limiter.enter(tokens: 0)
                    }
                }
            }
            while clock.slept.isEmpty { await Task.yield() }
            stopping.raise()
            clock.advance(by: .seconds(0.25))
            try await group.waitForAll()
        }
    }

    @Test func `who is cancelled while it waits leaves the line`() async throws {
        let clock = ManualClock()
        let limits = EndpointLimits(name: "there", clock: clock, wallClock: { 0 })
        let limiter = ModelLimiter(.fixed(1), endpoint: limits)
        let pass = try await limiter.enter(tokens: 0)
        limiter.leave(pass, after: reply(429, ["Retry-After": "30"]), tokens: nil)
        let waiting = Task { try await limiter.enter(tokens: 0) }
        while clock.slept.isEmpty { await Task.yield() }
        waiting.cancel()
        await #expect(throws: HTTPFault.cancelled) { _ = try await waiting.value }
        clock.advance(by: .seconds(30))
        _ = try await limiter.enter(tokens: 0)
    }
}
