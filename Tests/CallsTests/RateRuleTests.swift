import Testing

@testable import Calls

@Suite struct RequestPacerTests {
    /// When requests leave that are always ready to, with a timer that wakes late by up to `late` seconds.
    private func departures(_ pacer: RequestPacer, for seconds: Double, late: Double = 0) -> [Double] {
        var pacer = pacer
        var random = SeededGenerator(state: 7)
        var (now, times) = (0.0, [Double]())
        while true {
            let time = pacer.earliest(now: now)
            now = time > now ? time + late * Double.random(in: 0...1, using: &random) : now
            guard now < seconds else { return times }
            pacer.take(now: now)
            times.append(now)
        }
    }

    /// The most in any window of 60 s, its ends included.
    private func mostInAMinute(_ times: [Double]) -> Int {
        var (most, first) = (0, 0)
        for (index, time) in times.enumerated() {
            while times[first] < time - 60 { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    @Test(arguments: [1, 6, 60, 600, 6_000, 60_000], [0, 0.004, 0.2])
    func `no window of 60 s has more than it may, and five minutes have nearly all`(perMinute: Int, late: Double) {
        let times = departures(RequestPacer(perMinute: perMinute), for: 300, late: late)
        #expect(mostInAMinute(times) <= perMinute)
        // What a late timer costs where each request waits for its own is the timer's.
        #expect(Double(times.count) >= 0.97 * 5 * Double(perMinute) || perMinute == 1 && times.count == 5)
    }

    @Test func `they leave evenly, without a burst at the start or after a rest`() {
        var pacer = RequestPacer(perMinute: 600)
        pacer.take(now: 0)
        #expect(pacer.earliest(now: 0) > 0.1)
        pacer.take(now: 50)
        pacer.take(now: pacer.earliest(now: 50))
        let inASecond = departures(pacer, for: 51).count { $0 >= 50 }
        #expect(inASecond <= 14)
    }

    @Test(arguments: [600, 60, 3])
    func `requests of an earlier process count`(perMinute: Int) {
        // It was held to another number, so that the minute is full, and some more.
        let earlier = (0..<perMinute + 5).map { -50 + Double($0) * 45 / Double(perMinute + 5) }
        let times = departures(RequestPacer(perMinute: perMinute, earlier: earlier), for: 300)
        #expect(mostInAMinute(times) <= perMinute)
        let across = earlier + times
        for time in times { #expect(across.count { $0 > time - 60 && $0 <= time } <= perMinute) }
        #expect(Double(times.count) >= 0.97 * 4 * Double(perMinute))
    }

    @Test func `requests that a clock which was turned back puts into the future hold up for a minute at most`() {
        let times = departures(RequestPacer(perMinute: 60, earlier: (0..<3_600).map(Double.init)), for: 300)
        #expect(mostInAMinute(times) <= 60)
        #expect(times.first ?? 300 <= 61)
        #expect(times.count >= 200)
    }

    @Test func `after an earlier process that kept to the pace it goes on at once, a place later`() {
        let pacer = RequestPacer(perMinute: 600, earlier: [-0.4, -0.3, -0.2, -0.1])
        #expect(abs(pacer.earliest(now: 0) - 0.1) < 0.01)
    }
}

@Suite struct TokenBucketTests {
    @Test func `a minute's tokens are not passed, and nearly all of them are used`() {
        var bucket = TokenBucket(perMinute: 60_000)
        var (now, used) = (0.0, [(time: Double, tokens: Int)]())
        while now < 300 {
            now = max(now, bucket.earliest(700, now: now))
            bucket.take(700, now: now)
            bucket.settle(taken: 700, used: 700, start: now, now: now)
            used.append((now, 700))
        }
        for (time, _) in used {
            #expect(used.filter { $0.time > time - 60 && $0.time <= time }.reduce(0) { $0 + $1.tokens } <= 60_000)
        }
        #expect(used.count * 700 >= 5 * 60_000 * 95 / 100)
    }

    @Test func `what was not used is given back, and what was used beyond it is owed`() {
        var bucket = TokenBucket(perMinute: 30_000)
        bucket.take(1_000, now: 0)
        #expect(bucket.earliest(500, now: 0) > 0)
        bucket.settle(taken: 1_000, used: 100, start: 0, now: 0)
        #expect(bucket.earliest(500, now: 0) == 0)
        bucket.settle(taken: 0, used: 5_000, start: 0, now: 0)
        #expect(bucket.earliest(1, now: 0) > 8)
    }

    private struct Request {
        var start: Double
        var end: Double
        var tokens: Int
    }

    /// What 64 callers use of 6,000 tokens a minute in five minutes: each request, by when it left and was answered.
    ///
    /// - Parameters:
    ///   - taken: by each request.
    ///   - used: what it uses of that, and for how many seconds it is under way.
    private func fiveMinutes(
        taken: Int = 184, _ used: () -> (tokens: Int, seconds: Double)
    ) -> [Request] {
        var rules = EndpointRules()
        rules.hold(requestsPerMinute: nil, tokensPerMinute: 6_000)
        var now = 0.0
        var (open, ended) = ([Request](), [Request]())
        func endFirst() {
            let first = open.remove(at: open.indices.min { open[$0].end < open[$1].end } ?? 0)
            _ = rules.ended(
                EndpointRules.Ending(reach: .reached, tokensUsed: first.tokens, isAnswer: true), tokens: taken,
                looking: false, start: first.start, now: first.end)
            now = max(now, first.end)
            ended.append(first)
        }
        while now < 300 {
            guard open.count < 64 else {
                endFirst()
                continue
            }
            switch rules.enter(tokens: taken, now: now) {
            case .go:
                let (tokens, seconds) = used()
                open.append(Request(start: now, end: now + seconds, tokens: tokens))
            case .wait(let until):
                while (open.map(\.end).min() ?? .infinity) <= until { endFirst() }
                now = max(now, until)
            case .outOfReach: Issue.record("nobody is out of reach here")
            }
        }
        while !open.isEmpty { endFirst() }
        return ended
    }

    private func most(_ requests: [Request], at time: (Int) -> Double) -> Int {
        let moments = requests.indices.map(time)
        return moments.map { moment in
            requests.indices.filter { moments[$0] > moment - 60 && moments[$0] <= moment }
                .reduce(0) { $0 + requests[$1].tokens }
        }.max() ?? 0
    }

    @Test(arguments: [0.05, 0.2, 0.5])
    func `requests that take six times what they use leave nothing of a minute unused`(latency: Double) {
        let requests = fiveMinutes { (30, latency) }
        let sum = requests.filter { $0.end <= 300 }.reduce(0) { $0 + $1.tokens }
        #expect(sum >= 5 * 6_000 * 90 / 100)
        #expect(most(requests) { requests[$0].start } <= 6_000)
        #expect(most(requests) { requests[$0].end } <= 6_000)
    }

    @Test(arguments: [184, 700, 4_000], [0.1, 2, 20])
    func `no minute is passed, whatever answers use of what they took`(taken: Int, latency: Double) {
        var random = SeededGenerator(state: 7)
        let requests = fiveMinutes(taken: taken) {
            let isLong = Int.random(in: 0..<10, using: &random) == 0
            return (isLong ? taken : taken / 20, Double.random(in: 0.5...1.5, using: &random) * latency)
        }
        #expect(most(requests) { requests[$0].start } <= 6_000)
        #expect(most(requests) { requests[$0].end } <= 6_000)
        #expect(requests.count > 5)
    }

    @Test func `a request larger than the bucket goes when it is full`() {
        var bucket = TokenBucket(perMinute: 600)
        #expect(bucket.earliest(10_000, now: 0) == 0)
        bucket.take(10_000, now: 0)
        #expect(bucket.earliest(1, now: 0) > 900)
    }
}

@Suite struct RateHeaderTests {
    private func hold(_ status: Int, _ headers: HTTPFields) -> Swift.Duration? {
        RateHeaders.hold(in: HTTPReply(status: status, headers: headers), now: 784_111_770)
    }

    @Test(arguments: [
        ("1s", 1.0), ("6m0s", 360), ("12ms", 0.012), ("1h2m3.5s", 3_723.5), ("2", 2), ("0s", 0), ("500us", 0.001),
    ])
    func `a time to the reset is read`(text: String, seconds: Double) {
        #expect(RateHeaders.duration(text) == .seconds(seconds))
    }

    @Test(arguments: ["", "s", "1 s", "soon", "-1s", "1x", "1e400s"])
    func `what is no time is passed over`(text: String) {
        #expect(RateHeaders.duration(text) == nil)
        #expect(hold(200, ["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": text]) == nil)
    }

    @Test func `requests or tokens used up hold until their reset, the later of them`() {
        let headers: HTTPFields = [
            "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1s",
            "X-RateLimit-Remaining-Tokens": "0", "X-RateLimit-Reset-Tokens": "2s",
        ]
        #expect(hold(200, headers) == .seconds(2))
        #expect(hold(200, ["x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1s"]) == nil)
    }

    @Test(arguments: ["requests", "tokens", "input-tokens", "output-tokens"])
    func `Anthropic's resets are moments, by the clock of the answer`(what: String) {
        let headers: HTTPFields = [
            "anthropic-ratelimit-\(what)-limit": "50", "anthropic-ratelimit-\(what)-remaining": "0",
            "anthropic-ratelimit-\(what)-reset": "1994-11-06T08:49:37Z",
        ]
        #expect(hold(200, headers) == .seconds(7))
        var told = headers
        told.add("Date", "Sun, 06 Nov 1994 08:49:35 GMT")
        #expect(hold(200, told) == .seconds(2))
        #expect(hold(200, ["anthropic-ratelimit-\(what)-remaining": "0"]) == nil)
    }

    @Test func `Retry-After holds with 429, 503 and 529, and no longer than an hour`() {
        #expect(hold(429, ["Retry-After": "3"]) == .seconds(3))
        #expect(hold(503, ["Retry-After": "3"]) == .seconds(3))
        #expect(hold(529, ["Retry-After": "3"]) == .seconds(3))
        #expect(hold(500, ["Retry-After": "3"]) == nil)
        #expect(hold(429, ["Retry-After": "86400"]) == .seconds(3_600))
        #expect(hold(429, [:]) == nil)
    }
}
