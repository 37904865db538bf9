internal import AsyncHTTPClient
package import Calls
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// HTTP/1.1 over real connections, kept and used again, as many at once as are asked for.
///
/// One client slows down with its connections (each request walks its pool), so they are spread over several clients,
/// each made when those before it are full. HTTP/2 is left out: it would put all requests of a host on one connection
/// and queue those beyond the server's limit out of our sight.
package final class NetworkTransport: HTTPTransport {
    private struct Lane {
        let client: HTTPClient
        var open = 0
    }

    /// Who reads and writes, and keeps time.
    private struct Loops {
        let group: MultiThreadedEventLoopGroup
        let deadlines: DeadlineWatch

        init() {
            // One event loop serves two cores: the other half of the work is ours.
            group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))
            deadlines = DeadlineWatch(loop: group.next())
        }
    }

    private struct State {
        /// Started by the first request: a command that asks nobody needs neither their threads nor their files.
        var loops: Loops?
        var lanes: [Lane] = []
        /// Parsing a URL costs more than the rest of making a request.
        var templates: [String: HTTPClient.Request] = [:]
        var isClosed = false
    }

    /// Requests a client takes before the next one is opened.
    private static let laneWidth = 1_024
    private static let mostTemplates = 64

    private let configuration: HTTPClient.Configuration
    private let state = Mutex(State())

    package init() {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)), decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.laneWidth
        // Servers close an idle connection after 5 s or more; a request sent into a closing one is lost.
        configuration.connectionPool.idleTimeout = .seconds(4)
        // A refused connection is known at once; whether to try again is for RetryPolicy to say.
        configuration.connectionPool.retryConnectionEstablishment = false
        // A tracer that does nothing is asked with each request all the same.
        configuration.tracing.tracer = nil
        self.configuration = configuration
    }

    package func send(
        _ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        let prepared = try prepare(request)
        guard let (client, lane, deadlines) = enterLane() else { throw .cancelled }
        defer { state.withLock { $0.lanes[lane].open -= 1 } }

        let collector = ReplyCollector(bodyLimit: bodyLimit)
        let task = client.execute(request: prepared, delegate: collector)
        // The client's own deadline waits for a connection that is being made; this one does not.
        let watched = deadlines.watch(until: .now() + TimeAmount(timeout)) { task.fail(reason: TimeIsOver()) }
        defer { deadlines.forget(watched) }
        do {
            return try await withTaskCancellationHandler {
                try await task.futureResult.get()
            } onCancel: {
                task.cancel()
            }
        } catch {
            throw HTTPFault(error, sent: collector.hasSent, bodyLimit: bodyLimit)
        }
    }

    deinit {
        // Forgotten without being closed: what it opened ends all the same, and nobody waits for it.
        guard let (lanes, loops) = takeAll() else { return }
        Task { await Self.shutDown(lanes, loops) }
    }

    package func close() async {
        guard let (lanes, loops) = takeAll() else { return }
        await Self.shutDown(lanes, loops)
    }

    /// What there is to end; nil where that is nothing, or done.
    private func takeAll() -> ([Lane], Loops)? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            guard let loops = state.loops else { return nil }
            return (state.lanes, loops)
        }
    }

    private static func shutDown(_ lanes: [Lane], _ loops: Loops) async {
        for lane in lanes {
            // An error here says that requests were still open, and that is what closing is for.
            _ = try? await lane.client.shutdown()
        }
        // The loops end whether or not their last tasks liked it.
        _ = try? await loops.group.shutdownGracefully()
    }

    private func prepare(_ request: HTTPRequest) throws(HTTPFault) -> HTTPClient.Request {
        let name = request.method + " " + request.url
        var prepared: HTTPClient.Request
        if let template = state.withLock({ $0.templates[name] }) {
            prepared = template
        } else {
            do {
                prepared = try HTTPClient.Request(url: request.url, method: HTTPMethod(rawValue: request.method))
            } catch {
                throw .unsendable("'\(request.url)' is no URL that can be asked")
            }
            let template = prepared
            state.withLock { state in
                if state.templates.count >= Self.mostTemplates { state.templates = [:] }
                state.templates[name] = template
            }
        }
        prepared.headers = HTTPHeaders(request.headers.fields.map { ($0.name, $0.value) })
        if !request.body.isEmpty { prepared.body = .byteBuffer(ByteBuffer(bytes: request.body)) }
        return prepared
    }

    /// The first client with room, so that connections are used again before new ones are made.
    private func enterLane() -> (HTTPClient, Int, DeadlineWatch)? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            let loops = state.loops ?? Loops()
            state.loops = loops
            let lane: Int
            if let free = state.lanes.firstIndex(where: { $0.open < Self.laneWidth }) {
                lane = free
            } else {
                lane = state.lanes.count
                state.lanes.append(
                    Lane(client: HTTPClient(eventLoopGroupProvider: .shared(loops.group), configuration: configuration))
                )
            }
            state.lanes[lane].open += 1
            return (state.lanes[lane].client, lane, loops.deadlines)
        }
    }
}

private struct TimeIsOver: Error {}
private struct BodyTooLong: Error {}

/// Puts one answer together; every call comes from the request's event loop.
private final class ReplyCollector: HTTPClientResponseDelegate {
    private struct Parts {
        var sent = false
        var reply = HTTPReply(status: 0)
    }

    private let bodyLimit: Int
    private let parts = Mutex(Parts())

    init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    var hasSent: Bool { parts.withLock { $0.sent } }

    func didSendRequestHead(task: HTTPClient.Task<HTTPReply>, _ head: HTTPRequestHead) {
        parts.withLock { $0.sent = true }
    }

    func didReceiveHead(task: HTTPClient.Task<HTTPReply>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        parts.withLock { parts in
            parts.reply.status = Int(head.status.code)
            parts.reply.headers = HTTPFields(head.headers.map { HTTPFields.Field(name: $0.name, value: $0.value) })
        }
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<HTTPReply>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let fits = parts.withLock { parts in
            guard parts.reply.body.count + buffer.readableBytes <= bodyLimit else { return false }
            buffer.withUnsafeReadableBytes { parts.reply.body.append(contentsOf: $0) }
            return true
        }
        return fits ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(BodyTooLong())
    }

    func didFinishRequest(task: HTTPClient.Task<HTTPReply>) throws -> HTTPReply {
        parts.withLock { $0.reply }
    }
}

extension HTTPFault {
    /// What an error of the client means to us.
    fileprivate init(_ error: any Error, sent: Bool, bodyLimit: Int) {
        switch error {
        case is TimeIsOver: self = .timedOut(sent: sent)
        case is BodyTooLong: self = .tooLong(limit: bodyLimit)
        case is CancellationError: self = .cancelled
        case let error as HTTPClientError where error == .cancelled: self = .cancelled
        case let error as HTTPClientError where error == .connectTimeout:
            self = .unreachable("no connection within 10 s")
        case let error as HTTPClientError where error == .remoteConnectionClosed && sent:
            self = .broken("the connection was closed")
        case let error as NIOConnectionError: self = .unreachable(Self.words(for: error))
        case let error as IOError where sent: self = .broken(String(cString: strerror(error.errnoCode)))
        case let error as IOError: self = .unreachable(String(cString: strerror(error.errnoCode)))
        default: self = sent ? .broken("\(error)") : .unreachable("\(error)")
        }
    }

    private static func words(for error: NIOConnectionError) -> String {
        let place = "\(error.host):\(error.port)"
        if let failure = error.connectionErrors.first?.error {
            if let failure = failure as? IOError { return "\(place): \(String(cString: strerror(failure.errnoCode)))" }
            return "\(place): \(failure)"
        }
        return "there is no host '\(error.host)'"
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Swift.Duration) {
        let (seconds, attoseconds) = duration.components
        // A day is as good as no limit, and far from what overflows.
        self = .nanoseconds(min(seconds, 86_400) * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
