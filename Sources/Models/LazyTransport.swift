internal import Synchronization
package import Transport

/// A transport that is made with the first request: whoever only looks at a recipe starts no threads for it.
package final class LazyTransport: HTTPTransport {
    private let made = Mutex<(any HTTPTransport)?>(nil)
    private let make: @Sendable () -> any HTTPTransport

    package init(_ make: @escaping @Sendable () -> any HTTPTransport = { NetworkTransport() }) { self.make = make }

    package func send(
        _ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        let transport = made.withLock { made in
            let transport = made ?? make()
            made = transport
            return transport
        }
        return try await transport.send(request, timeout: timeout, bodyLimit: bodyLimit)
    }

    package func close() async { await made.withLock { $0 }?.close() }
}
