internal import Runs
internal import Transport
internal import Values

/// A model that somebody hosts: OpenAI-compatible or Anthropic's.
final class HostedModel: LanguageModel {
    let identity: Value
    let description: String
    let contextTokens: Int? = nil
    let defaultWidth: Int
    let defaultTimeout: Swift.Duration = .seconds(300)

    private let client: ChatClient

    init(provider: ModelSettings.Provider, baseURL: String, model: String, width: Int, client: ChatClient) {
        // Whoever answers at this address under this name; how it is reached and paid is no part of that.
        identity = ["provider": .string(provider.rawValue), "origin": .string(baseURL), "model": .string(model)]
        description = client.name
        defaultWidth = width
        self.client = client
    }

    func prepare(progress: @escaping @Sendable (String) -> Void) async throws(Failure) {}

    func reply(to request: ModelRequest, timeout: Swift.Duration) async -> ModelOutcome {
        switch await client.ask(request, timeout: timeout) {
        case .outcome(let outcome): return outcome
        case .fault(let fault, let tries):
            guard let failure = fault.failure(of: client.name, tries: tries, timeout: timeout) else {
                return .cancelled
            }
            return .failed(failure, nil)
        }
    }

    /// Connections belong to the transport, which other models share.
    func close() async {}
}
