package import Calls
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Asks for pages of hosts that recipes and records name, and connects to nothing that an allow list does not let through.
///
/// The address that was looked at is the one that is connected to, so a name that leads elsewhere a moment later leads
/// nobody astray. Connections are kept for a moment and used again. HTTP/1.1; gzip and deflate are unpacked within the
/// bound of the body.
package final class WebClient: Sendable {
    /// Where a connection leads, and for whom.
    private struct Place: Hashable {
        var host: String
        var address: IPAddress
        var port: Int
        var isSecure: Bool
    }

    private struct State {
        /// Started by the first request.
        var loops: MultiThreadedEventLoopGroup?
        var idle: [Place: [any Channel]] = [:]
        var isClosed = false
    }

    private static let mostIdle = 64
    /// Servers close an idle connection after 5 s or more.
    private static let idleTime = TimeAmount.seconds(3)

    private let overrides: [HostOverride]
    private let state = Mutex(State())
    private let resolver = Mutex<HostResolver?>(nil)
    private let tls: Mutex<NIOSSLContext?> = Mutex(nil)

    package init(overrides: [HostOverride] = []) { self.overrides = overrides }

    /// Asks for a page; a redirect is an answer like any other.
    ///
    /// - Parameter timeout: from now to the last byte of the answer.
    package func get(
        _ url: WebURL, headers: HTTPFields, allow: AllowList, timeout: Swift.Duration, bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        guard let loop = nextLoop() else { throw .cancelled }
        let override = overrides.first { $0.covers(url) }
        guard override != nil || allow.allows(url) else { throw .unsendable(Self.refusal(of: url)) }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: url.target)
        head.headers.add(name: "Host", value: url.authority)
        head.headers.add(name: "Accept-Encoding", value: "gzip, deflate")
        for field in headers.fields { head.headers.replaceOrAdd(name: field.name, value: field.value) }
        let deadline = NIODeadline.now() + TimeAmount.nanoseconds(timeout.nanosecondsWithinADay)
        do {
            return try await ask(url, head, allow, override, deadline, bodyLimit, on: loop)
        } catch let fault as HTTPFault {
            throw fault
        } catch {
            throw .unreachable("\(error)")
        }
    }

    /// Ends every connection; requests that are open end as cancelled or broken.
    package func close() async {
        let loops = state.withLock { state in
            state.isClosed = true
            state.idle = [:]
            defer { state.loops = nil }
            return state.loops
        }
        await resolver.withLock { $0 }?.close()
        // The loops end whether or not their last tasks liked it.
        if let loops { _ = try? await loops.shutdownGracefully() }
    }

    deinit {
        guard let loops = state.withLock({ $0.loops }) else { return }
        loops.shutdownGracefully { _ in }
    }

    // MARK: One request

    private func ask(
        _ url: WebURL, _ head: HTTPRequestHead, _ allow: AllowList, _ override: HostOverride?, _ deadline: NIODeadline,
        _ bodyLimit: Int, on loop: any EventLoop
    ) async throws -> HTTPReply {
        let places = try await places(of: url, allow, override, deadline, on: loop)
        if let channel = takeIdle(places) {
            do {
                return try await exchange(head, by: channel, deadline, bodyLimit)
            } catch HTTPFault.broken {
                // The other side closed it in the same moment; asking for a page again does no harm.
            }
        }
        var last = HTTPFault.unreachable("\(url.host) has no address")
        for place in places {
            do throws(HTTPFault) {
                let channel = try await connect(to: place, deadline, on: loop)
                return try await exchange(head, by: channel, deadline, bodyLimit)
            } catch {
                guard case .unreachable = error else { throw error }
                last = error
            }
        }
        throw last
    }

    /// Where a page may be asked for, looked at address by address.
    private func places(
        of url: WebURL, _ allow: AllowList, _ override: HostOverride?, _ deadline: NIODeadline, on loop: any EventLoop
    ) async throws -> [Place] {
        if let override {
            return [
                Place(
                    host: url.host, address: override.address, port: override.port,
                    isSecure: url.isSecure && !override.isPlain)
            ]
        }
        let found = searcher().addresses(of: url.host, on: loop)
        let addresses = try await Self.value(of: found, by: deadline, on: loop)
        let allowed = addresses.filter { allow.allows(url, at: $0) }
        guard !allowed.isEmpty else {
            throw HTTPFault.unsendable(
                "\(url.host) is at \(addresses.map(\.description).joined(separator: ", ")), which is no public address; "
                    + "such a host must stand in `allow` by its own name")
        }
        return allowed.map { Place(host: url.host, address: $0, port: url.port, isSecure: url.isSecure) }
    }

    private static func refusal(of url: WebURL) -> String {
        "'\(url.host)' is no host that `allow` names"
    }

    /// A search that takes too long is left to itself.
    private static func value(
        of found: EventLoopFuture<[IPAddress]>, by deadline: NIODeadline, on loop: any EventLoop
    ) async throws -> [IPAddress] {
        let promise = loop.makePromise(of: [IPAddress].self)
        let box = Mutex(false)
        let first: @Sendable () -> Bool = {
            box.withLock { isDone in
                defer { isDone = true }
                return !isDone
            }
        }
        let timer = loop.scheduleTask(deadline: deadline) {
            if first() { promise.fail(HTTPFault.timedOut(sent: false)) }
        }
        found.whenComplete { result in
            timer.cancel()
            if first() { promise.completeWith(result) }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            if first() { promise.fail(HTTPFault.cancelled) }
        }
    }

    private func connect(
        to place: Place, _ deadline: NIODeadline, on loop: any EventLoop
    ) async throws(HTTPFault) -> any Channel {
        let left = deadline - .now()
        guard left > .nanoseconds(0) else { throw .timedOut(sent: false) }
        let free: @Sendable (any Channel) -> Void = { [weak self] in self?.keep($0, at: place) }
        do {
            let tls = place.isSecure ? try securing() : nil
            let bootstrap = ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connectTimeout(min(left, .seconds(10)))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls {
                            let name = IPAddress(place.host) == nil ? place.host : nil
                            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                        }
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(NIOHTTPResponseDecompressor(limit: .size(Endpoint.bodyLimit)))
                        try pipeline.addHandler(PageHandler(free: free))
                    }
                }
            let bytes = ByteBuffer(bytes: place.address.bytes)
            return try await bootstrap.connect(to: SocketAddress(packedIPAddress: bytes, port: place.port)).get()
        } catch let error as IOError {
            throw .unreachable("\(place.address):\(place.port): \(String(cString: strerror(error.errnoCode)))")
        } catch is ChannelError {
            throw .unreachable(
                "\(place.address):\(place.port): no connection within \(min(10, left.nanoseconds / 1_000_000_000)) s")
        } catch {
            throw .unreachable("\(place.address):\(place.port): \(error)")
        }
    }

    private func exchange(
        _ head: HTTPRequestHead, by channel: any Channel, _ deadline: NIODeadline, _ bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        let request = PageRequest(head, bodyLimit: bodyLimit, on: channel.eventLoop)
        let timer = channel.eventLoop.scheduleTask(deadline: deadline) { request.timeIsOver() }
        defer { timer.cancel() }
        channel.eventLoop.execute {
            do {
                let context = try channel.pipeline.syncOperations.context(handlerType: PageHandler.self)
                guard channel.isActive, let handler = context.handler as? PageHandler else {
                    return request.fail(.broken("the connection was closed"))
                }
                handler.begin(request, context: context)
            } catch {
                request.fail(.broken("the connection was closed"))
            }
        }
        do {
            return try await withTaskCancellationHandler {
                try await request.promise.futureResult.get()
            } onCancel: {
                request.fail(.cancelled)
            }
        } catch {
            throw error as? HTTPFault ?? .broken("\(error)")
        }
    }

    // MARK: What requests share

    private func nextLoop() -> (any EventLoop)? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            // One event loop serves two cores: the other half of the work is ours.
            let loops = state.loops ?? MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))
            state.loops = loops
            return loops.next()
        }
    }

    private func searcher() -> HostResolver {
        resolver.withLock { resolver in
            let made = resolver ?? HostResolver()
            resolver = made
            return made
        }
    }

    /// The system's certificates, or those of `SSL_CERT_FILE`, as OpenSSL has it.
    private func securing() throws -> NIOSSLContext {
        try tls.withLock { context in
            if let context { return context }
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let file = getenv("SSL_CERT_FILE") { configuration.trustRoots = .file(String(cString: file)) }
            let made = try NIOSSLContext(configuration: configuration)
            context = made
            return made
        }
    }

    private func takeIdle(_ places: [Place]) -> (any Channel)? {
        state.withLock { state in
            for place in places {
                while let channel = state.idle[place]?.popLast() { if channel.isActive { return channel } }
            }
            return nil
        }
    }

    private func keep(_ channel: any Channel, at place: Place) {
        let isKept = state.withLock { state in
            guard !state.isClosed, state.idle[place]?.count ?? 0 < Self.mostIdle, state.idle.count < Self.mostIdle
            else { return false }
            state.idle[place, default: []].append(channel)
            return true
        }
        guard isKept else { return channel.close(promise: nil) }
        _ = channel.eventLoop.scheduleTask(in: Self.idleTime) { [weak self] in
            if self?.forget(channel, at: place) ?? false { channel.close(promise: nil) }
        }
    }

    /// Whether it was still idle. One that was used since and is idle again goes a little early.
    private func forget(_ channel: any Channel, at place: Place) -> Bool {
        state.withLock { state in
            guard let index = state.idle[place]?.firstIndex(where: { $0 === channel }) else { return false }
            state.idle[place]?.remove(at: index)
            if state.idle[place]?.isEmpty ?? false { state.idle[place] = nil }
            return true
        }
    }
}

extension Swift.Duration {
    /// A day is as good as no limit, and far from what overflows.
    fileprivate var nanosecondsWithinADay: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 86_400) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
