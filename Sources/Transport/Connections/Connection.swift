internal import Calls
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOTLS

/// A connection that is there, and the end of its pipeline, which its event loop alone may touch.
struct Connection: Sendable {
    let channel: any Channel
    let handler: NIOLoopBound<CallHandler>

    /// Sends a call over it; if it was closed in the meantime, nothing was sent, and `ifClosed` says what then.
    func begin(_ call: HTTPCall, usedAgain: Bool, ifClosed: @escaping @Sendable () -> Void) {
        channel.eventLoop.execute {
            if !handler.value.begin(call, usedAgain: usedAgain) { ifClosed() }
        }
    }
}

/// The end of a connection's pipeline: sends one call after another and puts their answers together.
final class CallHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private var call: HTTPCall?
    private var reply = HTTPReply(status: 0)
    private var keepsAlive = false
    private var context: ChannelHandlerContext?
    /// Kept once the connection can be used: at once, or when both sides have agreed on TLS.
    private var ready: EventLoopPromise<Void>?
    /// Ends a connection whose other side does not agree.
    private var patience: Scheduled<Void>?
    /// Whether all of the call has been handed to the system: an answer can come before.
    private var isSent = false
    private let isSecure: Bool
    /// Takes the connection back when it is free.
    private let free: @Sendable (Connection) -> Void

    init(isSecure: Bool, ready: EventLoopPromise<Void>, free: @escaping @Sendable (Connection) -> Void) {
        self.isSecure = isSecure
        self.ready = ready
        self.free = free
    }

    /// False if the connection is closed.
    func begin(_ call: HTTPCall, usedAgain: Bool) -> Bool {
        guard let context, context.channel.isActive else { return false }
        guard call.leaves(by: context.channel, usedAgain: usedAgain) else {
            // It ended before anything was sent, and the next one can have the connection.
            free(connection(context))
            return true
        }
        self.call = call
        isSent = false
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.whenSuccess { handler.value.isSent = true }
        context.write(wrapOutboundOut(.head(call.head)), promise: nil)
        if let body = call.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
        return true
    }

    private func connection(_ context: ChannelHandlerContext) -> Connection {
        Connection(channel: context.channel, handler: NIOLoopBound(self, eventLoop: context.eventLoop))
    }

    // MARK: What the connection says

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        isLost(.broken("the connection was closed"))
    }

    func channelActive(context: ChannelHandlerContext) {
        if isSecure { agree(within: .seconds(10), context) } else { isReady() }
        context.fireChannelActive()
    }

    /// Another side that never says anything is not waited for.
    private func agree(within time: TimeAmount, _ context: ChannelHandlerContext) {
        let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
        patience = context.eventLoop.scheduleTask(in: time) {
            guard handler.value.ready != nil, let context = handler.value.context else { return }
            handler.value.errorCaught(context: context, error: ChannelError.connectTimeout(time))
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { isReady() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let call else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            reply = HTTPReply(
                status: Int(head.status.code),
                headers: HTTPFields(head.headers.map { HTTPFields.Field(name: $0.name, value: $0.value) }))
            keepsAlive = head.isKeepAlive
        case .body(let buffer):
            guard reply.body.count + buffer.readableBytes <= call.bodyLimit else {
                return call.fail(.tooLong(limit: call.bodyLimit))
            }
            buffer.withUnsafeReadableBytes { reply.body.append(contentsOf: $0) }
        case .end:
            self.call = nil
            let reply = reply
            self.reply = HTTPReply(status: 0)
            // Free before the answer is given: who has it may ask again at once. Behind a call that is still being sent,
            // to a server that may have stopped reading, nobody is put.
            call.succeed(reply) {
                if keepsAlive, call.keepsAlive, isSent {
                    free(connection(context))
                } else {
                    context.close(promise: nil)
                }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An answer without a body may still say how that would be packed.
        if (error as? NIOHTTPDecompression.ExtraDecompressionError) == .truncatedData, reply.body.isEmpty { return }
        switch error {
        case NIOHTTPDecompression.DecompressionError.limit: isLost(.tooLong(limit: call?.bodyLimit ?? 0))
        // These two are how the parser says that the connection ended too early.
        case HTTPParserError.invalidEOFState, HTTPParserError.closedConnection:
            isLost(.broken(words(for: error)), ready: error)
        case is HTTPParserError: isLost(.malformed(words(for: error)), ready: error)
        default: isLost(.broken(words(for: error)), ready: error)
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        isLost(.broken("the connection was closed"))
        context.fireChannelInactive()
    }

    private func isReady() {
        ready?.succeed()
        ready = nil
        patience?.cancel()
        patience = nil
    }

    private func isLost(_ fault: HTTPFault, ready error: (any Error)? = nil) {
        ready?.fail(error ?? ChannelError.eof)
        ready = nil
        patience?.cancel()
        patience = nil
        call?.fail(fault)
        call = nil
    }
}
