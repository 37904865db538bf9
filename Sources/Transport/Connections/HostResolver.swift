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

    typealias Found = Result<[IPAddress], HTTPFault>

    private struct State {
        var known: [String: Known] = [:]
        /// Who waits for a host that is searched for: one search serves all who ask meanwhile.
        var waiting: [String: [@Sendable (Found) -> Void]] = [:]
        var isClosed = false
    }

    private static let mostKnown = 4_096
    private static let lifetime = TimeAmount.seconds(30)

    private let threads = NIOThreadPool(numberOfThreads: 8)
    private let state = Mutex(State())

    /// What is known without a search: an address itself, or what was found a moment ago.
    func known(_ host: String) -> [IPAddress]? {
        if let literal = IPAddress(host) { return [literal] }
        return state.withLock { state in state.known[host].flatMap { $0.until > .now() ? $0.addresses : nil } }
    }

    /// Finds addresses in the order in which they should be tried; at least one.
    ///
    /// - Parameter tell: called on a thread of the search, and never once this is closed. The search has no end of its
    ///   own: who is done waiting leaves it to itself.
    func find(_ host: String, _ tell: @escaping @Sendable (Found) -> Void) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            let isFirst = state.waiting[host] == nil
            state.waiting[host, default: []].append(tell)
            // Under the lock: what is being closed must not be started, which ends the process. A second start changes
            // nothing.
            if isFirst { threads.start() }
            return isFirst
        }
        guard isFirst else { return }
        threads.submit { [self] state in if state == .active { search(host) } }
    }

    /// Puts an address before the others of its host, for as long as those are known.
    func prefer(_ address: IPAddress, of host: String) {
        state.withLock { state in
            guard let others = state.known[host]?.addresses.filter({ $0 != address }) else { return }
            state.known[host]?.addresses = [address] + others
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.waiting = [:]
        }
        // The threads end when they are done.
        threads.shutdownGracefully { _ in }
    }

    private func search(_ host: String) {
        let found = Result(catching: { () throws(HTTPFault) in try Self.lookUp(host) })
        let waiting = state.withLock { state in
            if case .success(let addresses) = found {
                if state.known.count >= Self.mostKnown { state.known = [:] }
                state.known[host] = Known(addresses: addresses, until: .now() + Self.lifetime)
            }
            return state.waiting.removeValue(forKey: host) ?? []
        }
        for tell in waiting { tell(found) }
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
