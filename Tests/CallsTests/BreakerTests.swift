import Testing

@testable import Calls

@Suite final class BreakerTests {
    private var breaker = Breaker(patience: 30)

    private func enter(_ now: Double) -> Breaker.Entry { breaker.enter(now: now) }

    private func missed(_ start: Double, looked: Bool = false, now: Double) -> Bool {
        breaker.missed(start: start, looked: looked, now: now)
    }

    @Test func `one that finds nobody opens it, and one at a time looks again`() {
        #expect(enter(0) == .go)
        #expect(missed(0, looked: false, now: 1))
        #expect(enter(1) == .wait(until: 1.25))
        #expect(enter(1.5) == .look)
        #expect(enter(1.5) == .wait(until: 1.75))
        #expect(!missed(1.5, looked: true, now: 2))
        #expect(enter(2) == .wait(until: 2.25))
        #expect(enter(2.75) == .wait(until: 3))
        #expect(breaker.isOpen)
    }

    @Test func `once nobody is to wait, who is out of reach is given up at once`() {
        #expect(missed(0, now: 1))
        breaker.endWaiting()
        #expect(enter(1.1) == .outOfReach)
    }

    @Test func `once nobody is to wait, who is there is asked, and given up when it goes`() {
        breaker.endWaiting()
        #expect(enter(1) == .go)
        #expect(missed(1, now: 2))
        breaker.endWaiting()
        #expect(enter(2) == .outOfReach)
    }

    @Test func `whoever answers closes it`() {
        _ = breaker.missed(start: 0, looked: false, now: 1)
        _ = breaker.enter(now: 1.5)
        breaker.reached(now: 2)
        #expect(breaker.state == .closed)
        #expect(enter(2) == .go)
    }

    @Test func `a success since it left makes a miss bad luck`() {
        breaker.reached(now: 5)
        #expect(!missed(4, looked: false, now: 6))
        #expect(breaker.state == .closed)
        #expect(missed(5.5, looked: false, now: 6))
    }

    @Test func `others that miss while it is open change nothing`() {
        #expect(missed(0, looked: false, now: 1))
        #expect(!missed(0, looked: false, now: 1.1))
        #expect(breaker.state == .open(since: 1, nextLook: 1.5))
    }

    @Test func `after the patience it is given up, with a last look at its end`() {
        _ = breaker.missed(start: 0, looked: false, now: 0)
        var (now, looks) = (0.0, [Double]())
        while looks.count < 100 {
            switch breaker.enter(now: now) {
            case .wait(let until): now = until
            case .look:
                looks.append(now)
                _ = breaker.missed(start: now, looked: true, now: now)
            case .go:
                Issue.record("nobody answered")
                return
            case .outOfReach:
                #expect(looks.last == 30)
                #expect((6...12).contains(looks.count))
                breaker.reached(now: 40)
                #expect(breaker.state == .givenUp)
                return
            }
        }
    }

    @Test func `who was cancelled while looking leaves it to the next`() {
        _ = breaker.missed(start: 0, looked: false, now: 0)
        _ = breaker.enter(now: 1)
        breaker.gaveUpLooking(now: 2)
        #expect(enter(2) == .look)
    }
}

@Suite final class EndpointRulesTests {
    private var rules = EndpointRules()

    private func leave(at now: Double, tokens: Int = 0) -> EndpointRules.Entry {
        rules.enter(tokens: tokens, now: now)
    }

    @Test func `an answer's hold is for everybody, and they come back one by one`() {
        for _ in 0..<4 { #expect(leave(at: 0) == .go(looking: false)) }
        _ = rules.ended(.init(reach: .reached, isAnswer: true), tokens: 0, looking: false, start: 0, now: 0.2)
        let news = rules.ended(.init(reach: .reached, hold: 10), tokens: 0, looking: false, start: 0, now: 0.3)
        #expect(news == .held(seconds: 10))
        #expect(leave(at: 1) == .wait(until: 10.3))
        #expect(leave(at: 10.3) == .go(looking: false))
        guard case .wait(let next) = leave(at: 10.3) else { return #expect(Bool(false), "all at once") }
        #expect(next > 10.3 && next < 10.5)
        _ = leave(at: next)
        _ = leave(at: 11)
        #expect(leave(at: 11) == .go(looking: false))
    }

    @Test func `a shorter hold does not end a longer one`() {
        _ = leave(at: 0)
        _ = leave(at: 0)
        _ = rules.ended(.init(reach: .reached, hold: 5), tokens: 0, looking: false, start: 0, now: 1)
        _ = rules.ended(.init(reach: .reached, hold: 1), tokens: 0, looking: false, start: 0, now: 1)
        #expect(leave(at: 3) == .wait(until: 6))
    }

    @Test func `of two models at one endpoint the stricter numbers hold`() {
        rules.hold(requestsPerMinute: 600, tokensPerMinute: nil)
        rules.hold(requestsPerMinute: 60, tokensPerMinute: 6_000)
        rules.hold(requestsPerMinute: 6_000, tokensPerMinute: 60_000)
        #expect(leave(at: 0, tokens: 300) == .go(looking: false))
        let next = timeOfNext(from: 0)
        #expect(next > 1 && next < 1.1)
        #expect(timeOfNext(from: 1.1, tokens: 200) > 2)
    }

    /// When the next request may leave if nothing ends before.
    private func timeOfNext(from start: Double, tokens: Int = 0) -> Double {
        var (rules, time) = (rules, start)
        while case .wait(let until) = rules.enter(tokens: tokens, now: time) { time = until }
        return time
    }

    @Test func `an endpoint out of reach is told once, and given up at the end`() {
        #expect(leave(at: 0) == .go(looking: false))
        #expect(leave(at: 0) == .go(looking: false))
        let first = rules.ended(.init(reach: .missed), tokens: 0, looking: false, start: 0, now: 0)
        #expect(first == .outOfReach)
        let second = rules.ended(.init(reach: .missed), tokens: 0, looking: false, start: 0, now: 0)
        #expect(second == nil)
        #expect(rules.isOutOfReach)
        #expect(leave(at: 30) == .go(looking: true))
        let last = rules.ended(.init(reach: .missed), tokens: 0, looking: true, start: 30, now: 30)
        #expect(last == .givenUp)
        #expect(leave(at: 31) == .outOfReach)
    }
}
