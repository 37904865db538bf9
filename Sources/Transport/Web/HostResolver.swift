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
    private let known = Mutex<[String: Known]>([:])

    init() { threads.start() }

    /// In the order in which they should be tried; at least one.
    func addresses(of host: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        if let literal = IPAddress(host) { return loop.makeSucceededFuture([literal]) }
        let now = NIODeadline.now()
        if let known = known.withLock({ $0[host] }), known.until > now {
            return loop.makeSucceededFuture(known.addresses)
        }
        return threads.runIfActive(eventLoop: loop) { [self] in
            let addresses = try Self.lookUp(host)
            known.withLock { known in
                if known.count >= Self.mostKnown { known = [:] }
                known[host] = Known(addresses: addresses, until: now + Self.lifetime)
            }
            return addresses
        }
    }

    func close() async {
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
            if let address = entry.pointee.ai_addr.flatMap({ IPAddress($0) }), !addresses.contains(address) {
                addresses.append(address)
            }
            next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw .unsendable("the host '\(host)' has no address") }
        return addresses
    }
}

extension IPAddress {
    fileprivate init?(_ address: UnsafeMutablePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            self = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                IPAddress(bytes: withUnsafeBytes(of: address.pointee.sin_addr) { Array($0) })
            }
        case AF_INET6:
            self = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                IPAddress(bytes: withUnsafeBytes(of: address.pointee.sin6_addr) { Array($0) })
            }
        default: return nil
        }
    }
}
