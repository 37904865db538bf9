extension ModelSettings {
    /// What providers add to a prompt of ours: the words of their chat template, of a tool, of a schema.
    private static let addedToRequest = 1_024
    private static let addedToMessage = 32
    /// A schema may be sent as JSON and told in words again.
    private static let timesSchemaCounts = 2

    /// The most that a request can cost, in billionths of the currency: a token is at least a byte of the prompt, and an
    /// answer ends at its limit. 0 for the embedded model; nil where no price is known.
    package func worstCost(of request: ModelRequest, schemaBytes: Int) -> Int64? {
        guard provider != .local else { return 0 }
        guard let price else { return nil }
        let bytes = request.messages.reduce(request.system?.utf8.count ?? 0) {
            $0 + $1.text.utf8.count + Self.addedToMessage
        }
        let tokensIn = bytes + Self.timesSchemaCounts * schemaBytes + Self.addedToRequest
        return price.cost(of: tokensIn, at: price.input) + price.cost(of: request.maxTokens, at: price.output)
    }

    /// What an answer of so many tokens costs, in billionths of the currency: 0 for the embedded model; nil where no
    /// price is known.
    package func cost(tokensIn: Int, tokensOut: Int) -> Int64? {
        guard provider != .local else { return 0 }
        return price.map { $0.cost(of: tokensIn, at: $0.input) + $0.cost(of: tokensOut, at: $0.output) }
    }

    /// The most that a thousand bytes of prompt cost, and an answer of so many tokens; nil where no price is known.
    package func worstCosts(maxTokens: Int) -> (promptKilobyte: Int64, answer: Int64)? {
        guard provider != .local else { return (0, 0) }
        return price.map {
            ($0.cost(of: 1_000, at: $0.input), $0.cost(of: maxTokens, at: $0.output))
        }
    }
}
