import Synchronization
import Testing
import Transport

@testable import Models

@Suite struct LazyTransportTests {
    private final class Echo: HTTPTransport {
        let closed = Mutex(false)

        func send(
            _ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int
        ) async throws(HTTPFault) -> HTTPReply { HTTPReply(status: 200, body: request.body) }

        func close() async { closed.withLock { $0 = true } }
    }

    @Test func `nothing is made until the first request, and one for all of them`() async throws {
        let made = Mutex<[Echo]>([])
        let transport = LazyTransport {
            let echo = Echo()
            made.withLock { $0.append(echo) }
            return echo
        }
        await transport.close()
        #expect(made.withLock { $0.isEmpty })
        for _ in 0..<3 {
            _ = try await transport.send(HTTPRequest(url: "http://a.test"), timeout: .seconds(1), bodyLimit: 10)
        }
        await transport.close()
        #expect(made.withLock { $0.count } == 1)
        #expect(made.withLock { $0.first }?.closed.withLock { $0 } == true)
    }
}
