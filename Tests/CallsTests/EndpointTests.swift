import TestSupport
import Testing

@testable import Calls

@Suite struct EndpointTests {
    private let clock = ManualClock(movesItself: true)
    private let limiter = NotingLimiter()
    private let request = HTTPRequest(method: "POST", url: "http://example.test/", body: [1])

    private func endpoint(_ transport: ScriptedTransport, policy: RetryPolicy = RetryPolicy()) -> Endpoint {
        Endpoint(
            transport: transport, limiter: limiter, policy: policy, clock: clock, jitter: { 0.5 },
            wallClock: { 784_111_770 })
    }

    @Test func `a good answer is taken at once`() async throws {
        let transport = ScriptedTransport(.success(HTTPReply(status: 200)))
        let exchange = await endpoint(transport).send(request, timeout: .seconds(1))
        #expect(try exchange.result.get().status == 200)
        #expect(exchange.tries == 1)
        #expect(clock.slept.isEmpty)
    }

    @Test func `what may pass is tried again after growing pauses`() async throws {
        let transport = ScriptedTransport(
            .success(HTTPReply(status: 503)), .failure(.broken("reset")), .failure(.timedOut(sent: true)),
            .failure(.unreachable("refused")), .success(HTTPReply(status: 200)))
        let exchange = await endpoint(transport).send(request, timeout: .seconds(1))
        #expect(try exchange.result.get().status == 200)
        #expect(exchange.tries == 5)
        #expect(clock.slept == [.seconds(0.25), .seconds(0.5), .seconds(1), .seconds(2)])
    }

    @Test func `a request that pauses holds no place`() async {
        let transport = ScriptedTransport(.success(HTTPReply(status: 429)), .success(HTTPReply(status: 200)))
        let noting = limiter
        var endpoint = endpoint(transport)
        endpoint.jitter = {
            noting.note("pause")
            return 0
        }
        _ = await endpoint.send(request, timeout: .seconds(1))
        #expect(limiter.noted == ["enter", "leave 429", "pause", "enter", "leave 200"])
    }

    @Test func `a request is made when it may leave, anew for each try, so that none is held while it waits`() async {
        let transport = ScriptedTransport(.success(HTTPReply(status: 429)), .success(HTTPReply(status: 200)))
        func made() -> HTTPRequest {
            limiter.note("made")
            return request
        }
        _ = await endpoint(transport).send(made(), timeout: .seconds(1))
        #expect(limiter.noted == ["enter", "made", "leave 429", "enter", "made", "leave 200"])
    }

    @Test func `Retry-After is waited for, in seconds or to a date`() async {
        let transport = ScriptedTransport(
            .success(HTTPReply(status: 429, headers: ["retry-after": "17"])),
            .success(HTTPReply(status: 503, headers: ["Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"])),
            .success(HTTPReply(status: 200)))
        _ = await endpoint(transport).send(request, timeout: .seconds(1))
        #expect(clock.slept == [.seconds(17.25), .seconds(7.25)])
    }

    @Test(arguments: [400, 401, 403, 404, 422])
    func `any other refusal is not tried again`(status: Int) async throws {
        let transport = ScriptedTransport(.success(HTTPReply(status: status)))
        let exchange = await endpoint(transport).send(request, timeout: .seconds(1))
        #expect(try exchange.result.get().status == status)
        #expect(transport.sent == 1)
    }

    @Test func `the last answer stands when patience ends`() async throws {
        let transport = ScriptedTransport(
            .success(HTTPReply(status: 503)), .success(HTTPReply(status: 500)), .success(HTTPReply(status: 502)))
        let exchange = await endpoint(transport, policy: RetryPolicy(mostTries: 3)).send(request, timeout: .seconds(1))
        #expect(try exchange.result.get().status == 502)
        #expect(exchange.tries == 3)
    }

    @Test func `nothing is tried again once the asker says so`() async {
        let transport = ScriptedTransport(.failure(.broken("reset")))
        let exchange = await endpoint(transport).send(request, timeout: .seconds(1), keepsTrying: { _ in false })
        #expect(exchange.tries == 1)
        #expect(clock.slept.isEmpty)
    }

    @Test(.timeLimit(.minutes(5))) func `cancelling ends a pause`() async {
        let clock = ManualClock()
        let transport = ScriptedTransport(.success(HTTPReply(status: 503)))
        var endpoint = endpoint(transport)
        endpoint.clock = clock
        let (pauses, pausing) = AsyncStream<Void>.makeStream()
        endpoint.jitter = {
            pausing.yield()
            return 1
        }
        let task = Task { [endpoint] in await endpoint.send(request, timeout: .seconds(1)) }
        for await _ in pauses { break }
        task.cancel()
        #expect(await task.value.result == .failure(.cancelled))
    }
}

@Suite struct InFlightLimiterTests {
    @Test(.timeLimit(.minutes(5))) func `no more than the width are in at once, and all get in`() async {
        let limiter = InFlightLimiter(width: 3)
        let seen = Gauge()
        await withTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    do {
                        try await limiter.enter()
                    } catch {
                        Issue.record("nobody was cancelled")
                    }
                    seen.enter()
                    await Task.yield()
                    seen.leave()
                    limiter.leave()
                }
            }
        }
        #expect(seen.peak <= 3)
        #expect(seen.total == 200)
        #expect(limiter.load == (0, 0))
    }

    @Test(.timeLimit(.minutes(5))) func `who is cancelled while waiting leaves the line`() async throws {
        let limiter = InFlightLimiter(width: 1)
        try await limiter.enter()
        let waiting = Task { try await limiter.enter() }
        while limiter.load.waiting == 0 { await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(limiter.load == (1, 0))
        limiter.leave()
        #expect(limiter.load == (0, 0))
        try await limiter.enter()
    }

    @Test func `places go to who came first`() {
        var line = WaitingLine(places: 1)
        let first = line.enter()
        let waiting = [line.enter(), line.enter(), line.enter()].compactMap { $0 }
        let gaveUp = line.giveUp(waiting[1])
        let admitted = [line.leave(), line.leave(), line.leave()]
        let verdicts = waiting.map { line.takeVerdict($0) }
        #expect(first == nil)
        #expect(gaveUp)
        #expect(admitted == [waiting[0], waiting[2], nil])
        #expect(verdicts == [true, false, true])
        #expect(line.open == 0)
    }

    @Test func `a place that came before the giving up is kept`() {
        var line = WaitingLine(places: 1)
        _ = line.enter()
        let number = line.enter() ?? -1
        let admitted = line.leave()
        let gaveUp = line.giveUp(number)
        #expect(admitted == number)
        #expect(!gaveUp)
        #expect(line.open == 1)
    }
}

extension InFlightLimiterTests {
    @Test func `a wider line lets in who waits, and a narrower one waits for enough to leave`() {
        var line = WaitingLine(places: 1)
        _ = line.enter()
        let waiting = (1...4).compactMap { _ in line.enter() }
        let admitted = [line.resize(to: 3), line.resize(to: 2)]
        #expect(admitted == [Array(waiting[..<2]), []])
        #expect(line.open == 3)
        let next = [line.leave(), line.leave()]
        #expect(next == [nil, waiting[2]])
        #expect(line.open == 2)
    }
}
