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
    /// Whether it may share a connection with the calls before it and after it: nothing in its head says otherwise.
    let keepsAlive: Bool
    private let state = Mutex(State())

    init(_ head: HTTPRequestHead, body: ByteBuffer? = nil, bodyLimit: Int) {
        self.head = head
        self.body = body
        self.bodyLimit = bodyLimit
        keepsAlive = head.isKeepAlive
    }

    var hasEnded: Bool { state.withLock { $0.result != nil } }

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
    ///
    /// - Returns: false if it has ended, and is not to be sent.
    func leaves(by channel: any Channel, usedAgain: Bool) -> Bool {
        state.withLock { state in
            guard state.result == nil else { return false }
            (state.channel, state.usedAgain) = (channel, usedAgain)
            return true
        }
    }

    /// Ends it with its answer, unless it has ended before.
    ///
    /// - Parameter first: what is done once nothing can close the connection on the call's behalf any more, and before who
    ///   waits has the answer.
    func succeed(_ reply: HTTPReply, first: () -> Void) {
        guard let ended = end({ _ in .success(reply) }) else { return }
        first()
        ended.waiter?.resume(returning: .success(reply))
    }

    /// Ends it, and the connection that it has.
    func fail(_ fault: HTTPFault) { fail { _ in fault } }

    /// In one moment it is ended and looked at whether it had left: a call that leaves a moment later is not sent.
    func timeIsOver() { fail { .timedOut(sent: $0.channel != nil) } }

    private func fail(_ fault: (State) -> HTTPFault) {
        guard let ended = end({ .failure(fault($0)) }), let result = ended.result else { return }
        ended.channel?.close(promise: nil)
        ended.waiter?.resume(returning: result)
    }

    /// How it stands at its end, with who waits, to be told by the caller alone; nil if it had ended before.
    private func end(_ result: (State) -> Result<HTTPReply, HTTPFault>) -> State? {
        state.withLock { state in
            guard state.result == nil else { return nil }
            state.result = result(state)
            defer { state.waiter = nil }
            return state
        }
    }
}
