internal import Processes
package import Runs
package import Transport

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Makes models from plain settings. One for each run: its models share connections.
package struct ModelFactory: Sendable {
    private let transport: any HTTPTransport
    private let clock: any Clock<Swift.Duration>
    private let policy: RetryPolicy
    private let environment: @Sendable (String) -> String?

    /// Requests at once where the recipe names no number, until the width finds itself.
    package static let hostedWidth = 64

    /// How many requests at once the embedded model takes on this machine.
    package static var localSlots: Int {
        LocalModel.defaultSlots(
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memory: UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))))
    }

    package init(
        transport: any HTTPTransport = LazyTransport(), policy: RetryPolicy = RetryPolicy(),
        clock: any Clock<Swift.Duration> = ContinuousClock(),
        environment: @escaping @Sendable (String) -> String? = { environmentValue($0) }
    ) {
        self.transport = transport
        self.policy = policy
        self.clock = clock
        self.environment = environment
    }

    /// What is missing or wrong, as far as it can be seen without asking anybody; for `plan` and `doctor`. Quick.
    package static func problem(
        with settings: ModelSettings, environment: (String) -> String? = { environmentValue($0) }
    ) -> Failure? {
        do throws(Failure) {
            switch settings.provider {
            case .local:
                _ = try LocalFiles(server: settings.server, weights: settings.model, environment: environment)
            case .openAI, .anthropic: _ = try Hosted(settings, environment)
            }
            return nil
        } catch {
            return error
        }
    }

    /// Makes a model. Starts nothing and asks nobody; for `local` it may read the weights once, to know who they are.
    package func model(_ settings: ModelSettings) async throws(Failure) -> any LanguageModel {
        switch settings.provider {
        case .local: try await local(settings)
        case .openAI, .anthropic: try hosted(settings)
        }
    }

    /// Ends every connection.
    package func close() async { await transport.close() }

    private func hosted(_ settings: ModelSettings) throws(Failure) -> any LanguageModel {
        let hosted = try Hosted(settings, environment)
        let width = settings.inFlight ?? Self.hostedWidth
        let client = ChatClient(
            dialect: settings.provider == .anthropic ? AnthropicDialect() : OpenAIDialect(),
            endpoint: Endpoint(
                transport: transport, limiter: InFlightLimiter(width: width), policy: policy, clock: clock),
            baseURL: hosted.baseURL, model: hosted.model, key: hosted.key, keyVariable: settings.keyVariable,
            name: "\(hosted.baseURL)#\(hosted.model)", price: settings.price)
        return HostedModel(
            provider: settings.provider, baseURL: hosted.baseURL, model: hosted.model, width: width, client: client)
    }

    private func local(_ settings: ModelSettings) async throws(Failure) -> any LanguageModel {
        let files = try LocalFiles(server: settings.server, weights: settings.model, environment: environment)
        let weights = try await WeightsHash(dataFolder: LocalFiles.dataFolder(environment)).hash(of: files.weights)
        let slots = settings.inFlight ?? Self.localSlots
        return LocalModel(
            launch: LlamaLaunch(files: files, slots: slots), weights: weights, transport: transport, clock: clock)
    }
}

/// What a hosted model needs, once it is known to be there.
private struct Hosted {
    var baseURL: String
    var model: String
    var key: Secret?

    init(_ settings: ModelSettings, _ environment: (String) -> String?) throws(Failure) {
        let provider = settings.provider.rawValue
        guard let model = settings.model else {
            throw Failure(.refusedRequest, "a model of provider '\(provider)' needs its name: `model: …`")
        }
        var url = settings.url ?? settings.provider.defaultURL
        while url.hasSuffix("/") { url.removeLast() }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw Failure(
                .refusedRequest, "the `url` of a model begins with http:// or https://, and '\(url)' does not")
        }
        if let variable = settings.keyVariable {
            guard let key = environment(variable), !key.isEmpty else {
                throw Failure(
                    .refusedRequest, "the key of model '\(model)' is not set: the environment has no \(variable)")
            }
            guard key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Failure(
                    .refusedRequest, "the key in \(variable) has characters that no key has (a line end, a blank?)")
            }
            self.key = Secret(key)
        }
        baseURL = url
        self.model = model
    }
}

extension ModelSettings.Provider {
    fileprivate var defaultURL: String {
        switch self {
        case .local: ""
        case .openAI: "https://api.openai.com/v1"
        case .anthropic: "https://api.anthropic.com/v1"
        }
    }
}
