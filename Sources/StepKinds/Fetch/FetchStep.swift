internal import Calls
internal import Diagnostics
internal import Digests
internal import Expressions
internal import Models
internal import Runs
internal import Steps
internal import Transport
internal import Values

/// Asks for one page a record, and follows its redirects within the allow list.
struct FetchStep: AnsweredStep {
    let web: WebAccess
    let url: Template
    let allow: AllowList
    let headers: HeaderTemplates
    let secrets: SecretStore

    static let type = ValueType.object(
        ObjectType([
            .init("status", .int), .init("text", .string), .init("headers", .map(key: .string, value: .string)),
        ]))

    private static let standardTimeout = Swift.Duration.seconds(30)
    private static let mostRedirects = 10

    private struct Request: Sendable {
        var url: WebURL
        var headers: HTTPFields
    }

    var lack: Failure? { secrets.lack(of: headers.secrets) }

    var parts: [QuestionPart] {
        [
            QuestionPart("url", url.source.text),
            QuestionPart("allow", allow.entries.map(\.description).joined(separator: ", ")),
        ] + (headers.text.isEmpty ? [] : [QuestionPart("headers", headers.text)])
    }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let text: String
        do throws(EvaluationError) {
            text = try url.render(row)
        } catch {
            throw Failure(error)
        }
        let place: WebURL
        do throws(WebURL.Mistake) {
            place = try WebURL(text)
        } catch {
            throw Failure(.field, "the address '\(text)' \(error.words)")
        }
        let headers = try headers.render(row)
        let shown = "GET \(place)\n\(headers.shown)"
        var hash = SHA256Stream()
        hash.addPart("fetch".utf8)
        hash.addPart(shown.utf8)
        hash.addPart(String(attempt.number).utf8)
        return Question(key: hash.digest, shown: shown, content: Request(url: place, headers: headers.fields))
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let request = question.content as? Request else {
            preconditionFailure("a question is performed by the step that made it")
        }
        let timeout = context.timeout ?? Self.standardTimeout
        var url = request.url
        var taken = Swift.Duration.zero
        for _ in 0...Self.mostRedirects {
            // A key for one site is none for another.
            let own = url.isSameSite(as: request.url) ? request.headers : HTTPFields()
            let exchange = await ask(url, own, timeout: timeout)
            taken += exchange.took
            switch exchange.result {
            // Nobody waited long enough for that host to fail anybody.
            case .failure(.outOfReach(let why)) where web.stopping.raised:
                return .outOfReach(secrets.scrubbed(Failure(.unreachable, why)))
            // As a file of a folder that is too large.
            case .failure(.tooLong(let limit)):
                let why = "\(url) is larger than \(limit >> 20) MB, the most that 'fetch' reads"
                return .failed(secrets.scrubbed(Failure(.unreadable, why)), nil)
            case .failure(let fault):
                guard let failure = fault.failure(of: "\(url)", tries: exchange.tries, timeout: timeout) else {
                    return .stopped
                }
                return .failed(secrets.scrubbed(failure), nil)
            case .success(let reply):
                if RetryPolicy.isPassing(status: reply.status) {
                    return .failed(
                        Failure(.overloaded, "\(url) answered \(reply.status), \(tried(exchange.tries))"), nil)
                }
                do throws(Failure) {
                    guard let next = try Self.redirect(of: reply, from: url) else {
                        return .answered(try answer(reply, from: url, took: taken))
                    }
                    url = next
                } catch {
                    return .failed(secrets.scrubbed(error), nil)
                }
            }
        }
        return .failed(
            Failure(.refusedRequest, "\(request.url) leads on and on; more than \(Self.mostRedirects) redirects"), nil)
    }

    private func ask(_ url: WebURL, _ headers: HTTPFields, timeout: Swift.Duration) async -> Exchange {
        var fields = headers
        if fields["user-agent"] == nil { fields.add("User-Agent", "linecook") }
        if fields["accept"] == nil { fields.add("Accept", "text/html, text/*;q=0.9, */*;q=0.1") }
        let request = HTTPRequest(url: "\(url)", headers: fields)
        return await web.hosts.using(url) { limiter in
            await Endpoint(
                transport: GuardedTransport(web.client, allow: allow), limiter: limiter, policy: web.policy,
                clock: web.clock
            ).send(request, timeout: timeout, bodyLimit: PageText.byteLimit)
        }
    }

    /// Where an answer leads; nil for one that is the end of the way.
    private static func redirect(of reply: HTTPReply, from url: WebURL) throws(Failure) -> WebURL? {
        guard [301, 302, 303, 307, 308].contains(reply.status), let location = reply.headers["location"] else {
            return nil
        }
        do throws(WebURL.Mistake) {
            return try url.following(location)
        } catch {
            throw Failure(.refusedRequest, "\(url) leads to '\(location)', which \(error.words)")
        }
    }

    private func answer(_ reply: HTTPReply, from url: WebURL, took: Swift.Duration) throws(Failure) -> Answer {
        let text = try PageText.read(reply, from: url)
        var headers: [(String, Value)] = []
        for field in reply.headers.fields {
            let name = field.name.lowercased()
            guard name != "set-cookie" else { continue }
            let value = secrets.scrubbed(from: field.value)
            if let index = headers.firstIndex(where: { $0.0 == name }) {
                headers[index].1 = .string("\(headers[index].1.string ?? ""), \(value)")
            } else {
                headers.append((name, .string(value)))
            }
        }
        var usage = Usage()
        let (seconds, attoseconds) = took.components
        usage.microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let body = JSON.bytes(of: [
            "status": .int(Int64(reply.status)), "text": .string(secrets.scrubbed(from: text)),
            "headers": .map(ValueMap(headers)),
        ])
        return Answer(body: body, usage: usage)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        do throws(JSONError) {
            return .value(try JSON.parse(answer.body))
        } catch {
            return .unusable(Failure(.notJSON, "the kept answer is no answer of a page: \(error)"))
        }
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}
