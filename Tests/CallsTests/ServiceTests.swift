import TestSupport
import Testing

@testable import Calls

@Suite struct ServiceTests {
    @Test func `a request whose kind alone fails says nothing of the others`() {
        var service = Service()
        service.struggles(true)
        let told = [1.0, 60].map { service.ended(false, now: $0) }
        let alone = service.answersNobody(since: 0)
        #expect(told == [false, false] && !alone)
        // Others fail, too, but somebody was answered since.
        for _ in 0..<5 { service.struggles(true) }
        _ = service.ended(true, now: 61)
        let answered = service.answersNobody(since: 0)
        #expect(!answered && !service.isGivenUp)
    }

    @Test func `where nobody was answered and others fail alike it is given up, until an answer comes`() {
        var service = Service()
        for _ in 0..<4 { service.struggles(true) }
        _ = service.ended(true, now: 0)
        _ = service.ended(false, now: 2)
        let first = service.answersNobody(since: 1)
        #expect(first && service.isGivenUp)
        // The last of them, too, for whom nobody is left to witness.
        for _ in 0..<3 { service.struggles(false) }
        let last = service.answersNobody(since: 1)
        _ = service.ended(true, now: 3)
        let behind = service.answersNobody(since: 1)
        #expect(last && !behind && !service.isGivenUp)
    }

    @Test func `people are told once, after a while of errors`() {
        var service = Service()
        for _ in 0..<4 { service.struggles(true) }
        let first = [0.0, 5, 10, 11].map { service.ended(false, now: $0) }
        _ = service.ended(true, now: 12)
        let second = [13.0, 24].map { service.ended(false, now: $0) }
        #expect(first == [false, false, true, false] && second == [false, true])
    }

    @Test func `a server that answers everybody with an error is nobody's failure`() async {
        let told = Noted()
        let clock = ManualClock(movesItself: true)
        let limits = EndpointLimits(name: "a.test", clock: clock, tell: { told.note($0) })
        let transport = ScriptedTransport(all: Array(repeating: .success(HTTPReply(status: 503)), count: 20))
        let limiter = ModelLimiter(.fixed(6), endpoint: limits)
        let endpoint = Endpoint(transport: transport, limiter: limiter, clock: clock, jitter: { 0.9 })
        let request = HTTPRequest(method: "POST", url: "http://a.test/", body: [1])
        // Alone, it may be about what it asks.
        #expect(await !endpoint.send(request, timeout: .seconds(1)).isOutage && told.noted.isEmpty)
        for _ in 0..<3 { limiter.struggles(true) }
        #expect(await endpoint.send(request, timeout: .seconds(1)).isOutage)
        #expect(told.noted.count == 1 && told.noted[0].contains("nothing but errors"), "\(told.noted)")
        #expect(transport.isUsedUp)
    }

    @Test func `what one was asked to wait counts against no patience`() async throws {
        let clock = ManualClock(movesItself: true)
        let wait = HTTPReply(status: 429, headers: ["retry-after": "700"])
        let transport = ScriptedTransport(.success(wait), .success(wait), .success(HTTPReply(status: 200)))
        let endpoint = Endpoint(transport: transport, limiter: NotingLimiter(), clock: clock, jitter: { 0 })
        let exchange = await endpoint.send(
            HTTPRequest(method: "POST", url: "http://a.test/", body: [1]), timeout: .seconds(1))
        #expect(try exchange.result.get().status == 200)
        #expect(clock.slept == [.seconds(700), .seconds(700)])
    }
}

private final class Noted: Sendable {
    private let limiter = NotingLimiter()
    var noted: [String] { limiter.noted }
    func note(_ text: String) { limiter.note(text) }
}
