internal import Calls
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import Synchronization

/// One request for a page: who waits for its answer, and how far it has come. Whoever ends it first has ended it.
final class PageRequest: Sendable {
    private struct State {
        var channel: (any Channel)?
        var hasSent = false
        var hasEnded = false
    }

    let head: HTTPRequestHead
    let bodyLimit: Int
    let promise: EventLoopPromise<HTTPReply>
    private let state = Mutex(State())

    init(_ head: HTTPRequestHead, bodyLimit: Int, on loop: any EventLoop) {
        self.head = head
        self.bodyLimit = bodyLimit
        promise = loop.makePromise()
    }

    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    var hasSent: Bool { state.withLock { $0.hasSent } }

    func leaves(by channel: any Channel) {
        let isLate = state.withLock { state in
            (state.channel, state.hasSent) = (channel, true)
            return state.hasEnded
        }
        if isLate { channel.close(promise: nil) }
    }

    func succeed(_ reply: HTTPReply) {
        guard end() else { return }
        promise.succeed(reply)
    }

    /// Ends it, and the connection that it has.
    func fail(_ fault: HTTPFault) {
        guard end() else { return }
        state.withLock { $0.channel }?.close(promise: nil)
        promise.fail(fault)
    }

    func timeIsOver() { fail(.timedOut(sent: hasSent)) }

    private func end() -> Bool {
        state.withLock { state in
            defer { state.hasEnded = true }
            return !state.hasEnded
        }
    }
}

/// The end of a connection's pipeline: sends one request after another and puts their answers together.
final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private var request: PageRequest?
    private var reply = HTTPReply(status: 0)
    private var keepsAlive = false
    /// Takes the connection back once it is free.
    private let free: @Sendable (any Channel) -> Void

    init(free: @escaping @Sendable (any Channel) -> Void) { self.free = free }

    func begin(_ request: PageRequest, context: ChannelHandlerContext) {
        self.request = request
        reply = HTTPReply(status: 0)
        request.leaves(by: context.channel)
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let request else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            reply.status = Int(head.status.code)
            reply.headers = HTTPFields(head.headers.map { HTTPFields.Field(name: $0.name, value: $0.value) })
            keepsAlive = head.isKeepAlive
        case .body(let buffer):
            guard reply.body.count + buffer.readableBytes <= request.bodyLimit else {
                return request.fail(.tooLong(limit: request.bodyLimit))
            }
            buffer.withUnsafeReadableBytes { reply.body.append(contentsOf: $0) }
        case .end:
            self.request = nil
            if keepsAlive, !request.hasEnded { free(context.channel) } else { context.close(promise: nil) }
            request.succeed(reply)
            reply = HTTPReply(status: 0)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        request?.fail(Self.fault(of: error, limit: request?.bodyLimit ?? 0))
        request = nil
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        request?.fail(.broken("the connection was closed"))
        request = nil
        context.fireChannelInactive()
    }

    private static func fault(of error: any Error, limit: Int) -> HTTPFault {
        if case .limit? = error as? NIOHTTPDecompression.DecompressionError { return .tooLong(limit: limit) }
        return .broken("\(error)")
    }
}
