internal import Calls
internal import Runs
internal import Values

/// A model that somebody hosts: OpenAI-compatible or Anthropic's.
final class HostedModel: LanguageModel {
    let identity: Value
    let description: String
    let contextTokens: Int? = nil
    let defaultWidth: Int
    let defaultTimeout: Swift.Duration = .seconds(300)

    private let client: ChatClient
    private let limiter: ModelLimiter

    init(
        provider: ModelSettings.Provider, baseURL: String, model: String, limiter: ModelLimiter, client: ChatClient
    ) {
        identity = Self.identity(provider, baseURL: baseURL, model: model)
        description = client.name
        defaultWidth = limiter.width
        self.limiter = limiter
        self.client = client
    }

    /// Whoever answers at this address under this name; how it is reached and paid is no part of that.
    static func identity(_ provider: ModelSettings.Provider, baseURL: String, model: String) -> Value {
        ["provider": .string(provider.rawValue), "origin": .string(baseURL), "model": .string(model)]
    }

    var width: Int { limiter.width }

    func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) { limiter.whenWidthChanges(tell) }

    func prepare(progress: @escaping @Sendable (String) -> Void) async throws(Failure) {}

    func reply(
        to request: ModelRequest, timeout: Swift.Duration, repeats: @escaping @Sendable () async -> Bool
    ) async -> ModelOutcome {
        switch await client.ask(request, timeout: timeout, repeats: repeats) {
        case .outcome(let outcome): return outcome
        case .fault(.outOfReach(let why), _): return .outOfReach(Failure(.unreachable, why))
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
