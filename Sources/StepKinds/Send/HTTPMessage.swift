internal import Calls
internal import Diagnostics
internal import Expressions
internal import Models
internal import Recipes
internal import Runs
internal import Steps
internal import Transport
internal import Values

/// A request with a JSON body.
struct HTTPMessage: Message {
    let url: Template
    let method: String
    let headers: HeaderTemplates
    let json: JSONTemplate?
    private let headersSpan: SourceSpan?
    private let jsonSpan: SourceSpan?

    /// What a person says was sent, nobody saw an answer to.
    static let answer = ValueType.object(ObjectType([.init("status", .int.orNull), .init("key", .string)]))

    static let keys = [
        Key(
            "url", .template, required: true, about: "Where the request goes; its host is the recipe's choice.",
            example: "https://api.example/leads"),
        Key(
            "method", .choice(["POST", "PUT", "PATCH", "DELETE"]), default: "POST", about: "The request's method.",
            example: "PUT"),
        Key(
            "headers", .map(of: .template), about: "Headers of the request; a secret may stand in them.",
            example: "{Authorization: \"Bearer {{ secrets.crm }}\"}"),
        Key(
            "json", JSONTemplate.form, default: "no body",
            about: "The body: values by name, each an expression or a text.",
            example: "{id: record.id, note: \"{{ draft.body }}\"}"),
    ]

    struct Rendered: Sendable {
        var request: HTTPRequest
        /// Secrets as dots.
        var shownHeaders: String
    }

    /// Nil where something is broken, which has been reported.
    init?(_ fields: Fields, _ planning: inout StepPlanning, _ secrets: SecretStore) {
        let headers = HeaderTemplates(fields, key: "headers", &planning, from: secrets)
        let url = fields.template("url").flatMap { planning.address($0) }
        let json = fields["json"].map { JSONTemplate($0, &planning) }
        let isPlaced = url.map { Self.checkURL($0, &planning) } ?? false
        guard let headers, let url, isPlaced, !fields.isBroken("method") else { return nil }
        if case .some(nil) = json { return nil }
        self.url = url
        self.headers = headers
        self.json = json ?? nil
        method = fields.choice("method")?.value ?? "POST"
        headersSpan = fields.keySpan("headers")
        jsonSpan = fields.keySpan("json")
    }

    /// A URL without expressions is looked at before the run.
    private static func checkURL(_ url: Template, _ planning: inout StepPlanning) -> Bool {
        guard url.reads.isEmpty, !Template.contains(url.source.text) else { return true }
        do throws(WebURL.Mistake) {
            _ = try WebURL(url.source.text)
            return true
        } catch {
            planning.problems.error("'\(url.source.text)' \(error.words)", at: url.source.span)
            return false
        }
    }

    var reads: [ReadPath] { url.reads + headers.reads + (json?.reads ?? []) }
    var secretNames: [String] { headers.secrets }

    /// Behind the host a URL says what is asked, not whom.
    var exposures: [Exposure] {
        let role = Self.hostIsFixed(in: url.source.text) ? Exposure.Role.content : .destination("host")
        return [Exposure("http.url", role, reads: url.reads, span: url.source.span)]
            + [headersSpan.map { Exposure("http.headers", .content, reads: headers.reads, span: $0) }].compactMap(
                \.self)
            + [jsonSpan.map { Exposure("http.json", .content, reads: json?.reads ?? [], span: $0) }].compactMap(\.self)
    }

    private static func hostIsFixed(in text: String) -> Bool {
        guard let start = text.ranges(of: "://").first?.upperBound,
            let end = text[start...].firstIndex(where: { "/?#".contains($0) })
        else { return !Template.contains(text) }
        return !Template.contains(String(text[..<end]))
    }

    var parts: [QuestionPart] {
        [QuestionPart("url", url.source.text), QuestionPart("method", method)]
            + (headers.text.isEmpty ? [] : [QuestionPart("headers", headers.text)])
            + (json.map { [QuestionPart("json", $0.text)] } ?? [])
    }

    func render(_ row: borrowing Slots, about record: Record) throws(Failure) -> Rendered {
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
        var headers = try headers.render(row)
        var body: [UInt8] = []
        if let json {
            body = JSON.bytes(of: try json.value(row))
            if !self.headers.names("content-type") { headers.fields.add("Content-Type", "application/json") }
        }
        if !self.headers.names("user-agent") { headers.fields.add("User-Agent", "linecook") }
        // A connection that was kept may be closing just now, and nobody could tell what became of the request.
        headers.fields.add("Connection", "close")
        return Rendered(
            request: HTTPRequest(method: method, url: "\(place)", headers: headers.fields, body: body),
            shownHeaders: headers.shown)
    }

    func shown(_ rendered: Rendered) -> String {
        "\(method) \(rendered.request.url)\n\(rendered.shownHeaders)\n"
            + String(decoding: rendered.request.body, as: UTF8.self)
    }
}

/// Sends requests, and tells an answer from what may have happened.
struct HTTPOutlet: Outlet {
    let web: WebAccess
    let secrets: SecretStore

    var standardTimeout: Swift.Duration { .seconds(60) }
    var statusUnseen: Value { .null }

    func send(_ message: HTTPMessage.Rendered, key: String, timeout: Swift.Duration) async -> SendEnding {
        var request = message.request
        request.headers.add("Idempotency-Key", key)
        let name = request.url
        guard let place = try? WebURL(request.url) else { return .failed(Failure(.field, "'\(name)' is no address")) }
        let sent = request
        let exchange = await web.targets.using(place) { limiter in
            await Endpoint(transport: web.transport, limiter: limiter, policy: web.policy, clock: web.clock).send(
                sent, timeout: timeout, bodyLimit: 1 << 20,
                // The other side says that it did nothing, and to come again.
                isPassing: { $0.status == 429 || $0.status == 503 },
                keepsTrying: { result in
                    if case .failure(let fault) = result { return !fault.mayHaveActed }
                    return true
                })
        }
        switch exchange.result {
        case .success(let reply) where exchange.isOutage:
            let words = "\(place.authority) answered \(reply.status), \(tried(exchange.tries)), and takes nothing"
            return .outOfReach(Failure(.unreachable, words))
        case .success(let reply): return ending(reply, name, tries: exchange.tries)
        case .failure(.outOfReach(let why)): return .outOfReach(Failure(.unreachable, why))
        case .failure(let fault):
            guard let failure = fault.failure(of: name, tries: exchange.tries, timeout: timeout) else {
                return .stopped
            }
            return .failed(failure)
        }
    }

    /// Any answer is known: it has been taken, or it has not.
    private func ending(_ reply: HTTPReply, _ name: String, tries: Int) -> SendEnding {
        if (200..<300).contains(reply.status) { return .sent(status: .int(Int64(reply.status))) }
        let said = String(decoding: reply.body.prefix(400), as: UTF8.self)
            .split { $0.isNewline || $0 == "\0" }.joined(separator: " ")
        let words = said.isEmpty ? "\(reply.status)" : "\(reply.status): \(said)"
        switch reply.status {
        case 300..<400:
            let place = reply.headers["location"].map { " to \($0)" } ?? ""
            return .failed(
                Failure(
                    .refusedRequest, "\(name) has moved\(place) (\(reply.status)); a request that acts follows nowhere")
            )
        case 429, 500...: return .failed(Failure(.overloaded, "\(name) answered \(words), \(tried(tries))"))
        default: return .failed(Failure(.refusedRequest, "\(name) refused the request (\(words))"))
        }
    }
}
