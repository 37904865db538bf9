/// What a recipe, the command line and the environment say of one model, as plain values.
package struct ModelSettings: Hashable, Sendable {
    package enum Provider: String, Sendable, CaseIterable {
        /// The embedded model: a server of our own on this machine.
        case local
        /// Anything that speaks OpenAI's chat completions.
        case openAI = "openai"
        /// Anthropic's Messages API.
        case anthropic
    }

    /// Money for a million tokens.
    package struct Price: Hashable, Sendable {
        package var input: Double
        package var output: Double

        package init(input: Double, output: Double) {
            self.input = input
            self.output = output
        }
    }

    package var provider: Provider
    /// Up to and with the version: `https://api.example.com/v1`. Nil is the provider's own.
    package var url: String?
    /// The provider's name of the model; for `local` the path of a GGUF file.
    package var model: String?
    /// The name of the environment variable that holds the key.
    package var keyVariable: String?
    package var price: Price?
    /// Open requests at once; nil leaves it to the model: its slots where it is the embedded one, else what is found.
    package var inFlight: Int?
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    /// For `local`: the program to run instead of the one that is found.
    package var server: String?

    package init(
        provider: Provider, url: String? = nil, model: String? = nil, keyVariable: String? = nil, price: Price? = nil,
        inFlight: Int? = nil, server: String? = nil
    ) {
        self.provider = provider
        self.url = url
        self.model = model
        self.keyVariable = keyVariable
        self.price = price
        self.inFlight = inFlight
        self.server = server
    }
}
