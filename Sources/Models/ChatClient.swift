internal import Runs
internal import Synchronization
internal import Transport

/// Asks one model at one endpoint in one dialect, and turns whatever comes back into an outcome.
final class ChatClient: Sendable {
    let dialect: any ChatDialect
    let endpoint: Endpoint
    /// The base URL and the path of the dialect.
    let url: String
    let model: String?
    let key: Secret?
    let keyVariable: String?
    /// How messages call the model.
    let name: String
    let price: ModelSettings.Price?

    private let manners = Mutex(ChatManners())

    /// As a rule, for what is reserved of a minute's tokens until the answer says how many there were.
    private static let bytesOfToken = 4

    init(
        dialect: any ChatDialect, endpoint: Endpoint, baseURL: String, model: String?, key: Secret?,
        keyVariable: String? = nil, name: String, price: ModelSettings.Price?
    ) {
        self.dialect = dialect
        self.endpoint = endpoint
        url = baseURL + dialect.path
        self.model = model
        self.key = key
        self.keyVariable = keyVariable
        self.name = name
        self.price = price
    }

    /// What came of it, and whether there was an answer to speak of: a fault is for the caller to explain.
    enum Ending {
        case outcome(ModelOutcome)
        case fault(HTTPFault, tries: Int)
    }

    /// - Parameters:
    ///   - dialect: for this request alone.
    ///   - repeats: asked before the next try, where the last may have been paid for.
    ///   - keepsTrying: whether to go on after this try; asked before every pause.
    func ask(
        _ request: ModelRequest, timeout: Swift.Duration, dialect: (any ChatDialect)? = nil,
        repeats: @Sendable () async -> Bool = { true },
        keepsTrying: (Result<HTTPReply, HTTPFault>) -> Bool = { _ in true }
    ) async -> Ending {
        let dialect = dialect ?? self.dialect
        while true {
            let known = manners.withLock { $0 }
            let message = HTTPRequest(
                method: "POST", url: url, headers: dialect.headers(key: key),
                body: dialect.body(for: request, model: model, manners: known))
            // Kept from the last look at the answer, so that it is read once.
            var answer: ChatAnswer?
            var mayRepeat = true
            let exchange = await endpoint.send(
                message, timeout: timeout, tokens: message.body.count / Self.bytesOfToken + request.maxTokens
            ) { reply in
                guard reply.status == 200 else { return ProviderError(reply, key: key).isPassing }
                answer = dialect.read(reply.body, to: request)
                return answer == nil
            } used: {
                answer.map { $0.tokensIn + $0.tokensOut }
            } keepsTrying: { result in
                guard keepsTrying(result) else { return false }
                if result.mayCost { mayRepeat = await repeats() }
                return mayRepeat
            }
            guard mayRepeat else { return .outcome(.cancelled) }
            switch exchange.result {
            case .failure(let fault): return .fault(fault, tries: exchange.tries)
            case .success(let reply) where reply.status == 200:
                guard let answer else {
                    return .outcome(
                        .failed(
                            Failure(
                                .overloaded,
                                "\(name) answered with what is no answer of its API, \(tried(exchange.tries))",
                                mayHaveActed: true),
                            nil))
                }
                return .outcome(
                    .reply(
                        ModelReply(text: answer.text, finish: answer.finish, usage: usage(answer, took: exchange.took)))
                )
            case .success(let reply):
                let error = ProviderError(reply, key: key)
                // Others may have learned meanwhile what this request was sent without knowing.
                let asksAgain = manners.withLock { now in
                    now.wouldSendDifferently(request, from: known) || now.learn(from: error, request: request)
                }
                if asksAgain { continue }
                return .outcome(
                    .failed(error.failure(of: name, tries: exchange.tries, keyVariable: keyVariable), nil))
            }
        }
    }

    private func usage(_ answer: ChatAnswer, took: Swift.Duration) -> Usage {
        var usage = Usage(tokensIn: answer.tokensIn, tokensOut: answer.tokensOut)
        if let price {
            usage.cost =
                price.cost(of: answer.tokensIn, at: price.input) + price.cost(of: answer.tokensOut, at: price.output)
        }
        let (seconds, attoseconds) = took.components
        usage.microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        return usage
    }
}

extension Result<HTTPReply, HTTPFault> {
    /// Whether the other side may have made an answer, and ask for its price, that did not come through.
    fileprivate var mayCost: Bool {
        switch self {
        case .success(let reply): reply.status == 200
        case .failure(let fault): fault.mayHaveActed
        }
    }
}

extension ModelSettings.Price {
    /// In billionths: a price is for a million tokens, so one token costs a thousand times the price of them. Rounded up.
    func cost(of tokens: Int, at price: Double) -> Int64 {
        Int64(clamping: Int128((Double(tokens) * price * 1_000).rounded(.up)))
    }
}
