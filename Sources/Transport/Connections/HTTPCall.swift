internal import Calls
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// One request on its way: what is sent, who waits for the answer, and how far it has come. Whoever ends it first has
/// ended it.
final class HTTPCall: Sendable {
    private struct State {
        var waiter: UnsafeContinuation<Result<HTTPReply, HTTPFault>, Never>?
        /// Where it has been sent, to be closed if nobody wants the answer any more.
        var channel: (any Channel)?
        var usedAgain = false
        var result: Result<HTTPReply, HTTPFault>?
    }

    let head: HTTPRequestHead
    let body: ByteBuffer?
    let bodyLimit: Int
    private let state = Mutex(State())

    init(_ head: HTTPRequestHead, body: ByteBuffer? = nil, bodyLimit: Int) {
        self.head = head
        self.body = body
        self.bodyLimit = bodyLimit
    }

    var hasEnded: Bool { state.withLock { $0.result != nil } }
    private var hasSent: Bool { state.withLock { $0.channel != nil } }

    /// Whether it went over a connection that had been idle: the other side may have closed it at the same moment.
    var usedAgain: Bool { state.withLock { $0.usedAgain } }

    /// Waits for the end; `start` is called once somebody waits, and not at all for a call that has ended before.
    func wait(_ start: () -> Void) async throws(HTTPFault) -> HTTPReply {
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { waiter in
                let ended = state.withLock { state in
                    if state.result == nil { state.waiter = waiter }
                    return state.result
                }
                if let ended { waiter.resume(returning: ended) } else { start() }
            }
        } onCancel: {
            fail(.cancelled)
        }
        return try result.get()
    }

    /// From here on the other side may act on it.
    func leaves(by channel: any Channel, usedAgain: Bool) {
        let isLate = state.withLock { state in
            (state.channel, state.usedAgain) = (channel, usedAgain)
            return state.result != nil
        }
        if isLate { channel.close(promise: nil) }
    }

    func succeed(_ reply: HTTPReply) { _ = end(.success(reply)) }

    /// Ends it, and the connection that it has.
    func fail(_ fault: HTTPFault) {
        if end(.failure(fault)) { state.withLock { $0.channel }?.close(promise: nil) }
    }

    func timeIsOver() { fail(.timedOut(sent: hasSent)) }

    /// False if it had ended before.
    private func end(_ result: Result<HTTPReply, HTTPFault>) -> Bool {
        let (isFirst, waiter) = state.withLock { state in
            guard state.result == nil else { return (false, state.waiter) }
            state.result = result
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        if isFirst { waiter?.resume(returning: result) }
        return isFirst
    }
}
