import Calls
import Runs
import Synchronization
import TestSupport
import Testing
import Values

@testable import Models

/// What the client makes of answers that a test writes itself.
@Suite struct ChatClientTests {
    /// Answers with what it was given, one after another, and keeps what it was asked.
    final class Answers: HTTPTransport {
        private let left: Mutex<[Result<HTTPReply, HTTPFault>]>
        private let bodies = Mutex<[String]>([])

        init(_ answers: [Result<HTTPReply, HTTPFault>]) { left = Mutex(answers) }

        var asked: [String] { bodies.withLock { $0 } }

        func send(_ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int) async throws(HTTPFault) -> HTTPReply
        {
            bodies.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
            guard let next = left.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
                throw .unsendable("nobody scripted this request")
            }
            return try next.get()
        }

        func close() async {}
    }

    private static let key = "sk-test-0123456789abcdef"
    private static let answer = #"{"choices":[{"message":{"content":"{}"}}]}"#

    private func ok(_ body: String) -> Result<HTTPReply, HTTPFault> {
        .success(HTTPReply(status: 200, body: Array(body.utf8)))
    }

    private func refused(_ message: String) -> Result<HTTPReply, HTTPFault> {
        .success(HTTPReply(status: 400, body: Array(#"{"error":{"message":"\#(message)"}}"#.utf8)))
    }

    private func client(_ transport: Answers, price: ModelSettings.Price? = nil) -> ChatClient {
        ChatClient(
            dialect: OpenAIDialect(),
            endpoint: Endpoint(
                transport: transport, limiter: ModelLimiter(.fixed(1), endpoint: EndpointLimits(name: "a.test")),
                policy: RetryPolicy(mostTries: 3),
                clock: ManualClock(movesItself: true)),
            baseURL: "https://a.test/v1", model: "m", key: Secret(Self.key), keyVariable: "K", name: "a.test#m",
            price: price)
    }

    private func ask(_ client: ChatClient) async -> ChatClient.Ending {
        await client.ask(
            ModelRequest(
                messages: [.init(.user, "hello")],
                schema: ["type": "object", "properties": ["a": ["type": "string", "maxLength": 3]]], maxTokens: 5),
            timeout: .seconds(1))
    }

    private func failure(_ ending: ChatClient.Ending) throws -> Failure {
        guard case .outcome(.failed(let failure, _)) = ending else {
            Issue.record("\(ending)")
            throw Failure(.empty, "no failure")
        }
        return failure
    }

    private func loss(_ ending: ChatClient.Ending) throws -> Failure {
        guard case .outcome(.outOfReach(let failure)) = ending else {
            Issue.record("\(ending)")
            throw Failure(.empty, "not out of reach")
        }
        return failure
    }

    private func refused(_ status: Int, _ kind: String) -> Result<HTTPReply, HTTPFault> {
        let body = #"{"error":{"message":"no, \#(Self.key)","type":"\#(kind)"}}"#
        return .success(HTTPReply(status: status, body: Array(body.utf8)))
    }

    @Test(arguments: [(401, ""), (402, ""), (429, "insufficient_quota")])
    func `without a key or money every request is lost, whatever was answered before`(
        status: Int, kind: String
    ) async throws {
        let client = client(Answers([ok(Self.answer), refused(status, kind)]))
        _ = await ask(client)
        let failure = try loss(await ask(client))
        #expect(failure.message.contains("\(status): no, •••"), "\(failure.message)")
    }

    @Test func `leave that is refused is about every request only while none was answered`() async throws {
        _ = try loss(await ask(client(Answers([refused(403, "permission_error")]))))
        // A filter for contents.
        _ = try failure(await ask(client(Answers([refused(403, "moderation")]))))
        for (status, kind) in [(403, "permission_error"), (404, "not_found_error"), (301, "")] {
            let client = client(Answers([ok(Self.answer), refused(status, kind)]))
            _ = await ask(client)
            _ = try failure(await ask(client))
        }
    }

    @Test func `a web page is told at once, but for one that comes between answers`() async throws {
        let page = ok("\n <!doctype html><title>Welcome</title>")
        let transport = Answers([page])
        #expect(try loss(await ask(client(transport))).message.contains("a.test#m answered with a web page"))
        #expect(transport.asked.count == 1)
        let known = client(Answers([ok(Self.answer), page, page, ok(Self.answer)]))
        _ = await ask(known)
        guard case .outcome(.reply) = await ask(known) else {
            Issue.record("a page between two answers is no answer")
            return
        }
    }

    @Test(arguments: [
        (
            #"{"error":{"message":"invalid value","code":422}}"#, 1, Cause.refusedRequest,
            "refused the request (422: invalid value)"
        ),
        (#"{"error":{"message":"busy","code":"429"}}"#, 3, .overloaded, "answered 429: busy, 3 tries"),
        (#"{"error":{"message":"upstream broke"}}"#, 3, .overloaded, "answered 200: upstream broke, 3 tries"),
        (#"{"detail":"out to lunch"}"#, 3, .overloaded, "no answer of its API, 3 tries: out to lunch"),
    ])
    func `an error that comes with a success is what it says`(
        body: String, tries: Int, cause: Cause, words: String
    ) async throws {
        let transport = Answers(Array(repeating: ok(body), count: 3))
        let failure = try failure(await ask(client(transport)))
        #expect(failure.cause == cause)
        #expect(failure.message.contains(words), "\(failure.message)")
        #expect(transport.asked.count == tries)
    }

    @Test func `what a refusal taught is kept only once it helped`() async throws {
        let refusal = refused("response_format is not supported: so says this letter")
        let transport = Answers(
            [refusal, refusal, refusal, refusal, ok(Self.answer), refusal, ok(Self.answer), ok(Self.answer)])
        let client = client(transport)
        _ = try failure(await ask(client))
        _ = await ask(client)
        #expect(transport.asked[4] == transport.asked[0], "a record that no form helped changes nothing for others")
        _ = await ask(client)
        _ = await ask(client)
        #expect(transport.asked[7] == transport.asked[6] && transport.asked[6] != transport.asked[5])
    }

    @Test func `a cost beyond every number is the largest there is`() async throws {
        let usage = #""usage":{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807}"#
        let transport = Answers([ok(#"{"choices":[{"message":{"content":"{}"}}],\#(usage)}"#)])
        guard
            case .outcome(.reply(let reply)) = await ask(client(transport, price: .init(input: 1e9, output: 1e9)))
        else {
            Issue.record("no reply")
            return
        }
        #expect(reply.usage.cost == .max)
    }

    @Test func `a key is taken out of the words of a fault, too`() async throws {
        let transport = Answers(Array(repeating: .failure(.broken("proxy \(Self.key)")), count: 3))
        guard case .fault(.broken(let why), _) = await ask(client(transport)) else {
            Issue.record("no fault")
            return
        }
        #expect(why == "proxy •••")
    }
}
