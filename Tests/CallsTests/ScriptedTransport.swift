import Synchronization

@testable import Calls

/// Answers in the order of a script. A request that the script does not know fails loudly.
final class ScriptedTransport: HTTPTransport {
    private let script: Mutex<[Result<HTTPReply, HTTPFault>]>
    private let count = Mutex(0)

    init(_ script: Result<HTTPReply, HTTPFault>...) { self.script = Mutex(script) }

    init(all script: [Result<HTTPReply, HTTPFault>]) { self.script = Mutex(script) }

    var sent: Int { count.withLock { $0 } }
    var isUsedUp: Bool { script.withLock { $0.isEmpty } }

    func send(_ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int) async throws(HTTPFault) -> HTTPReply {
        count.withLock { $0 += 1 }
        let next = script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { throw .unsendable("the script has no answer for this request") }
        return try next.get()
    }

    func close() async {}
}

/// Notes who came and went.
final class NotingLimiter: CallLimiter {
    private let notes = Mutex<[String]>([])

    var noted: [String] { notes.withLock { $0 } }
    func note(_ text: String) { notes.withLock { $0.append(text) } }

    var isOutOfReach: Bool { false }
    var countsTokens: Bool { true }

    func enter(tokens: Int) async throws(HTTPFault) -> CallPass {
        note("enter")
        return CallPass(tokens: tokens)
    }

    func leave(_ pass: CallPass, after result: Result<HTTPReply, HTTPFault>, tokens: Int?) {
        switch result {
        case .success(let reply): note("leave \(reply.status)")
        case .failure(let fault): note("leave \(fault)")
        }
    }
}
