internal import Calls
internal import Runs
internal import Synchronization

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
    /// Whether the model has answered a request of this process.
    private let hasAnswered = Atomic(false)

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

    /// Asks, and keeps the key out of whatever is said about a failure.
    ///
    /// - Parameters:
    ///   - dialect: for this request alone.
    ///   - repeats: asked before the next try, where the last may have been paid for.
    ///   - keepsTrying: whether to go on after this try; asked before every pause.
    func ask(
        _ request: ModelRequest, timeout: Swift.Duration, dialect: (any ChatDialect)? = nil,
        repeats: @Sendable () async -> Bool = { true },
        keepsTrying: (Result<HTTPReply, HTTPFault>) -> Bool = { _ in true }
    ) async -> Ending {
        let ending = await exchange(request, timeout: timeout, dialect ?? self.dialect, repeats, keepsTrying)
        return key.map { ending.scrubbed(of: $0) } ?? ending
    }

    private func exchange(
        _ request: ModelRequest, timeout: Swift.Duration, _ dialect: any ChatDialect,
        _ repeats: @Sendable () async -> Bool, _ keepsTrying: (Result<HTTPReply, HTTPFault>) -> Bool
    ) async -> Ending {
        // What this request's refusals taught beyond what is known of the endpoint.
        var trial: ChatManners?
        while true {
            let known = trial ?? manners.withLock { $0 }
            // Kept from the last look at the answer, so that it is read once.
            var answer: ChatAnswer?
            var error: ProviderError?
            var mayRepeat = true
            let exchange = await endpoint.send(
                message(for: request, dialect, known), timeout: timeout,
                tokens: request.mostBodyBytes(to: model, told: known.form(of: request.schemaName)) / Self.bytesOfToken
                    + request.maxTokens
            ) { reply in
                answer = reply.status == 200 ? dialect.read(reply.body, to: request) : nil
                guard answer == nil else { return false }
                error =
                    reply.status == 200
                    ? ProviderError(insideSuccess: reply, key: key) : ProviderError(reply, key: key)
                return error?.isPassing ?? !isStranger(reply)
            } used: {
                answer.map { $0.tokensIn + $0.tokensOut }
            } keepsTrying: { result in
                guard keepsTrying(result) else { return false }
                if result.mayCost { mayRepeat = await repeats() }
                return mayRepeat
            }
            guard mayRepeat else { return .outcome(.cancelled) }
            let reply: HTTPReply
            switch exchange.result {
            case .failure(let fault): return .fault(fault, tries: exchange.tries)
            case .success(let success): reply = success
            }
            if let answer {
                hasAnswered.store(true, ordering: .relaxed)
                if trial != nil { manners.withLock { $0.adopt(known, for: request) } }
                return .outcome(
                    .reply(
                        ModelReply(text: answer.text, finish: answer.finish, usage: usage(answer, took: exchange.took)))
                )
            }
            if error == nil, isStranger(reply) {
                let words = "\(name) answered with a web page, as no model does; look at the address in its `url`"
                return .outcome(.outOfReach(Failure(.refusedRequest, words)))
            }
            guard let error else {
                let said = ProviderError(reply, key: key).message
                return .outcome(
                    .failed(
                        Failure(
                            .overloaded,
                            "\(name) answered with what is no answer of its API, \(tried(exchange.tries))"
                                + (said.isEmpty ? "" : ": \(said)"), mayHaveActed: true),
                        nil))
            }
            // Others may have learned meanwhile what this request was sent without knowing.
            if trial == nil, manners.withLock({ $0.wouldSendDifferently(request, from: known) }) { continue }
            var learned = known
            guard learned.learn(from: error, request: request) else {
                let failure = error.failure(
                    of: name, asked: request.characters, tries: exchange.tries, keyVariable: keyVariable)
                let isLost = error.isAboutEveryRequest(hasAnswered: hasAnswered.load(ordering: .relaxed))
                return .outcome(isLost ? .outOfReach(failure) : .failed(failure, nil))
            }
            trial = learned
        }
    }

    /// Whether whoever answers there is no model: a page, where no request was answered yet.
    private func isStranger(_ reply: HTTPReply) -> Bool {
        !hasAnswered.load(ordering: .relaxed)
            && reply.body.first { !($0 == 0x20 || 0x09...0x0D ~= $0) } == UInt8(ascii: "<")
    }

    private func message(
        for request: ModelRequest, _ dialect: any ChatDialect, _ manners: ChatManners
    ) -> HTTPRequest {
        HTTPRequest(
            method: "POST", url: url, headers: dialect.headers(key: key),
            body: dialect.body(for: request, model: model, manners: manners))
    }

    private func usage(_ answer: ChatAnswer, took: Swift.Duration) -> Usage {
        var usage = Usage(tokensIn: answer.tokensIn, tokensOut: answer.tokensOut)
        if let price {
            usage.add(Usage(cost: price.cost(of: answer.tokensIn, at: price.input)))
            usage.add(Usage(cost: price.cost(of: answer.tokensOut, at: price.output)))
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

extension ChatClient.Ending {
    fileprivate func scrubbed(of key: Secret) -> Self {
        switch self {
        case .outcome(.failed(let failure, let usage)):
            .outcome(
                .failed(
                    Failure(failure.cause, key.scrubbed(from: failure.message), mayHaveActed: failure.mayHaveActed),
                    usage))
        case .outcome(.outOfReach(let failure)):
            .outcome(.outOfReach(Failure(failure.cause, key.scrubbed(from: failure.message))))
        case .outcome: self
        case .fault(.unreachable(let why), let tries): .fault(.unreachable(key.scrubbed(from: why)), tries: tries)
        case .fault(.outOfReach(let why), let tries): .fault(.outOfReach(key.scrubbed(from: why)), tries: tries)
        case .fault(.broken(let why), let tries): .fault(.broken(key.scrubbed(from: why)), tries: tries)
        case .fault(.unsendable(let why), let tries): .fault(.unsendable(key.scrubbed(from: why)), tries: tries)
        case .fault: self
        }
    }
}

extension ModelSettings.Price {
    /// In billionths: a price is for a million tokens, so one token costs a thousand times the price of them. Rounded up.
    func cost(of tokens: Int, at price: Double) -> Int64 {
        Int64(clamping: Int128((Double(tokens) * price * 1_000).rounded(.up)))
    }
}
