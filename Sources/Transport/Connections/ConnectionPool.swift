internal import Calls
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

/// Connections to servers, as many at once as there are calls, kept for a moment and used again.
///
/// HTTP/1.1, one call at a time on each: HTTP/2 would put all calls of a host on one connection and queue those beyond the
/// server's limit out of our sight. A call visits its event loop once to leave and once with its answer; everything
/// else (finding a connection, watching the time) is done where it is asked for.
final class ConnectionPool: Sendable {
    /// Where a connection leads, and for whom.
    struct Place: Hashable, Sendable {
        var host: String
        var address: IPAddress
        var port: Int
        var isSecure: Bool
    }

    /// Who reads and writes, looks names up, and keeps time.
    private struct Loops {
        let group: MultiThreadedEventLoopGroup
        let deadlines: DeadlineWatch
        let resolver = HostResolver()

        init() {
            // One event loop serves two cores: the other half of the work is ours.
            group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))
            deadlines = DeadlineWatch(loop: group.next())
        }

        func close() async {
            deadlines.close()
            resolver.close()
            do {
                try await group.shutdownGracefully()
            } catch {
                // Of a connection that did not close as it should. Its file is closed and the loops have ended all the same,
                // and every call has had its end before.
            }
        }
    }

    private struct State {
        /// Started by the first call: a command that asks nobody needs neither their threads nor their files.
        var loops: Loops?
        /// The one that was used last is the last.
        var idle: [Place: [(connection: Connection, until: NIODeadline)]] = [:]
        var idleCount = 0
        var isSwept = false
        var isClosed = false
    }

    /// Servers close an idle connection after 5 s or more; a call sent into a closing one is lost.
    private static let idleTime = TimeAmount.seconds(4)

    private let mostIdle: Int
    private let unpacks: Bool
    private let state = Mutex(State())
    private let tls: Mutex<NIOSSLContext?> = Mutex(nil)

    /// - Parameters:
    ///   - mostIdle: how many connections are kept that nobody uses.
    ///   - unpacks: whether gzip and deflate are asked for and undone, within the bound of the body.
    init(mostIdle: Int, unpacks: Bool) {
        self.mostIdle = mostIdle
        self.unpacks = unpacks
    }

    /// Sends a call to the first of the places that takes it, and waits for the whole answer.
    ///
    /// - Parameters:
    ///   - timeout: from now to the last byte of the answer.
    ///   - places: of the addresses that were found for a host, where to connect, in the order in which to try.
    func send(
        _ call: HTTPCall, to host: String, timeout: Swift.Duration,
        places: @escaping @Sendable ([IPAddress]) throws(HTTPFault) -> [Place]
    ) async throws(HTTPFault) -> HTTPReply {
        guard let loops = start() else { throw .cancelled }
        let watched = loops.deadlines.watch(call, until: .now() + TimeAmount(withinADay: timeout))
        defer { loops.deadlines.forget(watched) }
        return try await call.wait {
            let loop = loops.group.next()
            if let known = loops.resolver.known(host) {
                begin(call, places, of: known, on: loop)
            } else {
                loops.resolver.find(host) { [self] found in
                    switch found {
                    case .success(let addresses): begin(call, places, of: addresses, on: loop)
                    case .failure(let fault): call.fail(fault)
                    }
                }
            }
        }
    }

    /// Ends every connection; calls that are open end as cancelled.
    func close() async { await takeLoops()?.close() }

    deinit {
        // Forgotten without being closed: what it opened ends all the same, and nobody waits for it.
        guard let loops = takeLoops() else { return }
        Task { await loops.close() }
    }

    private func start() -> Loops? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let loops = state.loops ?? Loops()
            state.loops = loops
            return loops
        }
    }

    private func takeLoops() -> Loops? {
        state.withLock { state in
            state.isClosed = true
            state.idle = [:]
            state.idleCount = 0
            defer { state.loops = nil }
            return state.loops
        }
    }

    // MARK: One call

    private func begin(
        _ call: HTTPCall, _ places: ([IPAddress]) throws(HTTPFault) -> [Place], of addresses: [IPAddress],
        on loop: any EventLoop
    ) {
        // After a long search nobody may wait any more, and the loops may be gone.
        guard !call.hasEnded else { return }
        do throws(HTTPFault) {
            begin(call, at: try places(addresses)[...], on: loop)
        } catch {
            call.fail(error)
        }
    }

    private func begin(_ call: HTTPCall, at places: ArraySlice<Place>, on loop: any EventLoop) {
        // A kept connection may be closing just now; who must not lose a call that way has one of its own.
        guard call.keepsAlive, let idle = takeIdle(places) else { return connect(call, to: places, on: loop) }
        idle.begin(call, usedAgain: true) { self.begin(call, at: places, on: loop) }
    }

    private func connect(_ call: HTTPCall, to places: ArraySlice<Place>, on loop: any EventLoop) {
        guard let place = places.first else { return call.fail(.unreachable("the host has no address")) }
        guard !call.hasEnded else { return }
        connect(to: place, isLast: places.count == 1, on: loop).whenComplete { [self] made in
            switch made {
            case .success(let connection):
                // Where an address leads nowhere, the next call begins with the one that does.
                if places.startIndex > 0 { resolver()?.prefer(place.address, of: place.host) }
                // What was made for a call that has ended serves the next one.
                guard !call.hasEnded else { return keep(connection, at: place) }
                connection.begin(call, usedAgain: false) {
                    call.fail(.unreachable("\(place.address):\(place.port): the connection was closed at once"))
                }
            case .failure(let error):
                if let fault = error as? HTTPFault { return call.fail(fault) }
                guard places.count == 1 else { return connect(call, to: places.dropFirst(), on: loop) }
                call.fail(.unreachable("\(place.address):\(place.port): \(words(for: error))"))
            }
        }
    }

    private func connect(
        to place: Place, isLast: Bool, on loop: any EventLoop
    ) -> EventLoopFuture<Connection> {
        let free: @Sendable (Connection) -> Void = { [weak self] connection in
            guard let self else { return connection.channel.close(promise: nil) }
            keep(connection, at: place)
        }
        let ready = loop.makePromise(of: Void.self)
        do {
            let tls = place.isSecure ? try securing() : nil
            let address = try SocketAddress(
                packedIPAddress: ByteBuffer(bytes: place.address.bytes), port: place.port)
            let unpacks = unpacks
            let connected = ClientBootstrap(group: loop)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                // Where there is another address, this one need not be waited for so long.
                .connectTimeout(.seconds(isLast ? 10 : 3))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls {
                            let name = IPAddress(place.host) == nil ? place.host : nil
                            try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name))
                        }
                        try pipeline.addHTTPClientHandlers()
                        if unpacks {
                            try pipeline.addHandler(NIOHTTPResponseDecompressor(limit: .size(Endpoint.bodyLimit)))
                        }
                        try pipeline.addHandler(CallHandler(isSecure: tls != nil, ready: ready, free: free))
                    }
                }
                .connect(to: address)
            // What fails before there is a connection fails the same way for who waits until it is ready.
            connected.whenFailure { ready.fail($0) }
            return connected.and(ready.futureResult).flatMapThrowing { [weak self] channel, _ in
                // One that the server closes is no idle one, and takes no place of one.
                channel.closeFuture.whenComplete { [weak self] _ in self?.forget(channel, at: place) }
                let handler = try channel.pipeline.syncOperations.handler(type: CallHandler.self)
                return Connection(channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
        } catch {
            ready.fail(error)
            return loop.makeFailedFuture(error)
        }
    }

    /// The system's certificates, or those of `SSL_CERT_FILE`, as OpenSSL has it.
    private func securing() throws -> NIOSSLContext {
        try tls.withLock { context in
            if let context { return context }
            var configuration = TLSConfiguration.makeClientConfiguration()
            let file = getenv("SSL_CERT_FILE").map { String(cString: $0) }
            if let file { configuration.trustRoots = .file(file) }
            let made: NIOSSLContext
            do {
                made = try NIOSSLContext(configuration: configuration)
            } catch {
                guard let file else { throw error }
                throw HTTPFault.unsendable(
                    "SSL_CERT_FILE names '\(file)', which holds no certificates that can be read")
            }
            context = made
            return made
        }
    }

    // MARK: Idle ones

    private func takeIdle(_ places: ArraySlice<Place>) -> Connection? {
        let now = NIODeadline.now()
        return state.withLock { state in
            for place in places {
                while let (connection, until) = state.idle[place]?.popLast() {
                    state.idleCount -= 1
                    if until > now, connection.channel.isActive { return connection }
                    connection.channel.close(promise: nil)
                }
            }
            return nil
        }
    }

    private func resolver() -> HostResolver? { state.withLock { $0.loops?.resolver } }

    private func forget(_ channel: any Channel, at place: Place) {
        state.withLock { state in
            guard let index = state.idle[place]?.firstIndex(where: { $0.connection.channel === channel }) else {
                return
            }
            state.idle[place]?.remove(at: index)
            if state.idle[place]?.isEmpty ?? false { state.idle[place] = nil }
            state.idleCount -= 1
        }
    }

    private func keep(_ connection: Connection, at place: Place) {
        guard connection.channel.isActive else { return }
        let (isKept, needsSweep) = state.withLock { state in
            guard !state.isClosed, state.idleCount < mostIdle else { return (false, false) }
            state.idle[place, default: []].append((connection, .now() + Self.idleTime))
            state.idleCount += 1
            defer { state.isSwept = true }
            return (true, !state.isSwept)
        }
        guard isKept else { return connection.channel.close(promise: nil) }
        if needsSweep { sweepLater(on: connection.channel.eventLoop) }
    }

    /// One timer for all of them, as long as there are any.
    private func sweepLater(on loop: any EventLoop) {
        _ = loop.scheduleTask(in: Self.idleTime) { [weak self] in
            if self?.sweep() ?? false { self?.sweepLater(on: loop) }
        }
    }

    /// Whether any are left.
    private func sweep() -> Bool {
        let now = NIODeadline.now()
        let (late, isLeft) = state.withLock { state in
            var late: [Connection] = []
            for (place, idle) in state.idle {
                late += idle.filter { $0.until <= now }.map(\.connection)
                let kept = idle.filter { $0.until > now }
                state.idle[place] = kept.isEmpty ? nil : kept
            }
            state.idleCount -= late.count
            state.isSwept = !state.idle.isEmpty
            return (late, state.isSwept)
        }
        for connection in late { connection.channel.close(promise: nil) }
        return isLeft
    }
}

extension TimeAmount {
    /// A day is as good as no limit, and far from what overflows.
    init(withinADay duration: Swift.Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(min(seconds, 86_400) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
