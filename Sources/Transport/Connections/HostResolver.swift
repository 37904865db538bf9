internal import Calls
internal import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Finds the addresses of hosts. The system's own search blocks, so it has threads of its own, few of them.
final class HostResolver: Sendable {
    private struct Known {
        var addresses: [IPAddress]
        var until: NIODeadline
    }

    private static let mostKnown = 4_096
    private static let lifetime = TimeAmount.seconds(30)

    private let threads = NIOThreadPool(numberOfThreads: 8)
    private let found = Mutex<[String: Known]>([:])

    /// What is known without a search: an address itself, or what was found a moment ago.
    func known(_ host: String) -> [IPAddress]? {
        if let literal = IPAddress(host) { return [literal] }
        return found.withLock { found in found[host].flatMap { $0.until > .now() ? $0.addresses : nil } }
    }

    /// In the order in which they should be tried; at least one. The search has no end of its own: who is done waiting
    /// leaves it to itself.
    func addresses(of host: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        // Started by the first search; a second start changes nothing.
        threads.start()
        return threads.runIfActive(eventLoop: loop) { [self] in
            let addresses = try Self.lookUp(host)
            found.withLock { found in
                if found.count >= Self.mostKnown { found = [:] }
                found[host] = Known(addresses: addresses, until: .now() + Self.lifetime)
            }
            return addresses
        }
    }

    func close() {
        // Who still searches is not waited for with an answer in mind; the threads end when they are done.
        threads.shutdownGracefully { _ in }
    }

    private static func lookUp(_ host: String) throws(HTTPFault) -> [IPAddress] {
        var hints = addrinfo()
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        let failure = getaddrinfo(host, nil, &hints, &first)
        defer { if let first { freeaddrinfo(first) } }
        guard failure == 0 else {
            // That there is no such host is an answer; anything else may be mended by waiting.
            if failure == EAI_NONAME { throw .unsendable("there is no host '\(host)'") }
            throw .unreachable("the address of '\(host)' cannot be found: \(String(cString: gai_strerror(failure)))")
        }
        var addresses: [IPAddress] = []
        var next = first
        while let entry = next {
            if let address = address(of: entry.pointee), !addresses.contains(address) {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw .unsendable("the host '\(host)' has no address") }
        return addresses
    }

    /// Nil for one of another kind, or of a link.
    private static func address(of entry: addrinfo) -> IPAddress? {
        var text = [CChar](repeating: 0, count: 64)
        let failure = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        guard failure == 0 else { return nil }
        return IPAddress(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
