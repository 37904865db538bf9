import Calls
import TestSupport
import Testing

@testable import Transport

/// Real connections to a real server process.
@Suite(.timeLimit(.minutes(5))) struct NetworkTransportTests {
    private func send(
        _ prompt: String, to server: ModelServer, by transport: NetworkTransport = NetworkTransport(),
        timeout: Swift.Duration = .seconds(20), bodyLimit: Int = 1 << 20
    ) async -> Result<HTTPReply, HTTPFault> {
        let request = HTTPRequest(
            method: "POST", url: server.url + "/chat/completions", headers: ["Content-Type": "application/json"],
            body: Array("{\"messages\":[{\"role\":\"user\",\"content\":\"\(prompt)\"}]}".utf8))
        do throws(HTTPFault) {
            return .success(try await transport.send(request, timeout: timeout, bodyLimit: bodyLimit))
        } catch {
            return .failure(error)
        }
    }

    private func stats(of server: ModelServer, by transport: NetworkTransport) async throws -> String {
        let request = HTTPRequest(url: server.origin + "/stats")
        let reply = try await transport.send(request, timeout: .seconds(20), bodyLimit: 1 << 20)
        return String(decoding: reply.body, as: UTF8.self)
    }

    @Test func `an answer comes with status, headers and body`() async throws {
        let server = try ModelServer()
        let reply = try await send("hello", to: server).get()
        #expect(reply.status == 200)
        #expect(reply.headers["content-TYPE"] == "application/json")
        #expect(String(decoding: reply.body, as: UTF8.self).contains("\"finish_reason\":\"stop\""))
    }

    @Test func `a connection is used again`() async throws {
        let server = try ModelServer()
        let transport = NetworkTransport()
        for i in 0..<20 { _ = try await send("prompt \(i)", to: server, by: transport).get() }
        // On a machine so busy that one stays idle for seconds, a second may be needed.
        let stats = try await stats(of: server, by: transport)
        #expect((1...4).contains { stats.contains("\"connections\":\($0),") }, "\(stats)")
        await transport.close()
    }

    @Test func `many requests are open at once`() async throws {
        let server = try ModelServer()
        let transport = NetworkTransport()
        try await withThrowingTaskGroup { group in
            for i in 0..<100 { group.addTask { _ = await send("[fault hang] \(i)", to: server, by: transport) } }
            while try await !stats(of: server, by: transport).contains("\"requests\":100,") {}
            // One more is the look at it. For a moment it may be two, where it takes another connection.
            while try await !stats(of: server, by: transport).contains("\"open\":101,") {}
            group.cancelAll()
        }
    }

    @Test func `the time limit covers a body that comes byte by byte`() async throws {
        let server = try ModelServer("--slow", "1000")
        let clock = ContinuousClock()
        let start = clock.now
        #expect(await send("[fault slow]", to: server, timeout: .seconds(3)) == .failure(.timedOut(sent: true)))
        // The whole body would take many minutes.
        #expect(start.duration(to: clock.now) < .seconds(60))
    }

    @Test func `the time limit covers the wait for a head`() async throws {
        let server = try ModelServer()
        #expect(await send("[fault hang]", to: server, timeout: .seconds(3)) == .failure(.timedOut(sent: true)))
    }

    @Test func `a request that timed out or was cancelled leaves the server`() async throws {
        let server = try ModelServer()
        let transport = NetworkTransport()
        _ = await send("[fault hang]", to: server, by: transport, timeout: .milliseconds(100))
        // The server closes its side as soon as ours is gone; the next look at it is another connection.
        while try await !stats(of: server, by: transport).contains("\"open\":1,") {}
    }

    @Test func `cancelling the task ends the request`() async throws {
        let server = try ModelServer()
        let transport = NetworkTransport()
        let task = Task { await send("[fault hang]", to: server, by: transport) }
        while try await !stats(of: server, by: transport).contains("\"requests\":1,") {}
        task.cancel()
        #expect(await task.value == .failure(.cancelled))
    }

    @Test func `a connection that drops without an answer is broken`() async throws {
        let result = await send("[fault drop]", to: try ModelServer())
        #expect(result == .failure(.broken("the connection was closed")))
    }

    @Test func `a connection that drops in the middle of a body is broken`() async throws {
        let result = await send("[fault truncate]", to: try ModelServer())
        guard case .failure(.broken) = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test func `a refused connection is known at once and nothing was sent`() async throws {
        var server: ModelServer? = try ModelServer()
        let origin = try #require(server).origin
        server = nil
        let transport = NetworkTransport()
        let error = await #expect(throws: HTTPFault.self) {
            try await transport.send(HTTPRequest(url: origin), timeout: .seconds(20), bodyLimit: 10)
        }
        guard case .unreachable(let why) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(why.contains("refused"))
        #expect(error?.mayHaveActed == false)
    }

    @Test func `a host that does not exist is named`() async {
        let transport = NetworkTransport()
        let error = await #expect(throws: HTTPFault.self) {
            try await transport.send(
                HTTPRequest(url: "http://no-such-host.invalid/"), timeout: .seconds(20), bodyLimit: 10)
        }
        #expect(error == .unreachable("there is no host 'no-such-host.invalid'"))
    }

    @Test func `an answer that is too long ends`() async throws {
        let result = await send("hello", to: try ModelServer("--text", "5000"), bodyLimit: 1_000)
        #expect(result == .failure(.tooLong(limit: 1_000)))
    }

    @Test func `a redirect is an answer, so that no key follows it`() async throws {
        #expect(try await send("[fault 307]", to: try ModelServer()).get().status == 307)
    }

    @Test(arguments: ["", "nonsense", "ftp://example.test/", "http://"])
    func `what is no URL is not sent`(url: String) async {
        let transport = NetworkTransport()
        let error = await #expect(throws: HTTPFault.self) {
            try await transport.send(HTTPRequest(url: url), timeout: .seconds(1), bodyLimit: 10)
        }
        guard case .unsendable(let why) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(why.hasPrefix("'\(url)' is no URL that can be asked: it "))
    }

    @Test func `a closed resolver searches for nobody and tells nobody`() async {
        let resolver = HostResolver()
        await withCheckedContinuation { continuation in
            resolver.find("localhost") { _ in continuation.resume() }
        }
        #expect(resolver.known("localhost") != nil)
        resolver.close()
        resolver.find("localhost") { _ in Issue.record("told after closing") }
    }

    @Test func `after closing nothing is sent`() async throws {
        let server = try ModelServer()
        let transport = NetworkTransport()
        _ = try await send("hello", to: server, by: transport).get()
        await transport.close()
        #expect(await send("hello", to: server, by: transport) == .failure(.cancelled))
    }
}
