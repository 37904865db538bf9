package import Calls
package import Runs
internal import Values

extension ProviderError {
    private static let longestMessage = 600

    /// Reads what providers send with a status that is no success: `{"error": {"message", "type", "code"}}` and its kin.
    init(_ reply: HTTPReply, key: Secret?) {
        status = reply.status
        let value = try? JSON.parse(reply.body)
        let error = value?["error"]
        kinds = [error?["type"]?.string, error?["code"]?.string, error?["status"]?.string].compactMap { $0 }
        parameter = error?["param"]?.string ?? ""
        let words =
            error?["message"]?.string ?? error?.string ?? value?["message"]?.string ?? value?["detail"]?.string
            ?? String(decoding: reply.body.prefix(Self.longestMessage), as: UTF8.self)
        let clean = (key?.scrubbed(from: words) ?? words).split { $0.isNewline }.joined(separator: " ")
        message = clean.unicodeScalars.count > Self.longestMessage ? "\(clean.prefix(Self.longestMessage))…" : clean
    }

    /// The error in an answer of status 200, as gateways send them that had answered before they knew; nil if the answer
    /// names none. Its own code, where it has one, counts as the status.
    init?(insideSuccess reply: HTTPReply, key: Secret?) {
        guard let value = try? JSON.parse(reply.body), let error = value["error"], !error.isNull else { return nil }
        self.init(reply, key: key)
        let codes = [error["code"], error["status"], value["code"], value["status"]]
        status =
            codes.lazy.compactMap { $0?.int.map { Int($0) } ?? $0?.string.flatMap { Int($0) } }
            .first { (400..<600).contains($0) } ?? status
    }

    /// Whether another try may go better. An error that came with a success and without a code tells nothing of that.
    var isPassing: Bool {
        (status == 200 || RetryPolicy.isPassing(status: status)) && !kinds.contains("insufficient_quota")
    }

    /// Whether every other request would be answered alike, so that the run need not find out record by record: the key is
    /// not accepted, or there is no money left. What could be about this one request counts only while the model has not
    /// answered once.
    func isAboutEveryRequest(hasAnswered: Bool) -> Bool {
        switch status {
        case 401, 402: true
        case _ where kinds.contains("insufficient_quota"): true
        case 300..<400, 404: !hasAnswered
        // A filter for contents says 403, too.
        case 403: !hasAnswered && !Set(kinds).isDisjoint(with: Self.kindsOfPermission)
        default: false
        }
    }

    private static let kindsOfPermission = [
        "permission_error", "PERMISSION_DENIED", "authentication_error", "invalid_api_key", "model_not_found",
    ]

    /// Whether the prompt does not fit the model, by the words of OpenAI, Anthropic and llama.cpp.
    private var saysTooLong: Bool {
        if status == 413 { return true }
        guard status == 400 else { return false }
        return kinds.contains("context_length_exceeded") || kinds.contains("exceed_context_size_error")
            || message.contains("prompt is too long") || message.contains("maximum context length")
    }

    /// The failure as a person reads it.
    ///
    /// - Parameters:
    ///   - model: as its description has it.
    ///   - characters: how many the request has.
    ///   - keyVariable: where the key came from.
    func failure(of model: String, asked characters: Int, tries: Int, keyVariable: String?) -> Failure {
        let said = message.isEmpty ? "\(status)" : "\(status): \(message)"
        switch status {
        case _ where saysTooLong:
            return Failure(
                .promptTooLong,
                "the prompt has \(characters) characters, more than \(model) takes (\(said)); cut the document up with a "
                    + "`split` step")
        case 401, 403:
            let key = keyVariable.map { "the key in \($0)" } ?? "a request without a key (none is set for it)"
            return Failure(.refusedRequest, "\(model) does not accept \(key) (\(said))")
        case 300..<400:
            return Failure(.refusedRequest, "\(model) has moved (\(said)); set its `url` to where it is now")
        case 408: return Failure(.timeout, "\(model) gave up waiting (\(said)), \(tried(tries))")
        case _ where isPassing: return Failure(.overloaded, "\(model) answered \(said), \(tried(tries))")
        default: return Failure(.refusedRequest, "\(model) refused the request (\(said))")
        }
    }
}

/// `1 try`, `6 tries`.
package func tried(_ tries: Int) -> String { tries == 1 ? "1 try" : "\(tries) tries" }

extension HTTPFault {
    /// The failure as a person reads it, once no further try is made; nil when the asking was cancelled.
    package func failure(of model: String, tries: Int, timeout: Swift.Duration) -> Failure? {
        switch self {
        case .timedOut:
            Failure(
                .timeout, "no answer from \(model) within \(timeout.words), \(tried(tries))",
                mayHaveActed: mayHaveActed)
        case .unreachable(let why): Failure(.unreachable, "\(model) cannot be reached (\(why)), \(tried(tries))")
        case .broken(let why):
            Failure(
                .unreachable, "the connection to \(model) broke (\(why)), \(tried(tries))", mayHaveActed: mayHaveActed)
        case .malformed(let why):
            Failure(.malformed, "what \(model) answered is no HTTP (\(why))", mayHaveActed: mayHaveActed)
        case .tooLong(let limit):
            Failure(
                .overloaded, "the answer of \(model) is longer than \(limit >> 20) MB", mayHaveActed: mayHaveActed)
        case .unsendable(let why): Failure(.refusedRequest, why)
        case .outOfReach(let why): Failure(.unreachable, why)
        case .cancelled: nil
        }
    }
}

extension Swift.Duration {
    /// `300 s`, `0.25 s`.
    package var words: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        return milliseconds == 0 ? "\(seconds) s" : "\(Double(seconds) + Double(milliseconds) / 1_000) s"
    }
}
