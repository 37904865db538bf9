package import Calls
internal import Processes
package import Runs
internal import Transport
package import Values

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
    private let endpoints: SharedEndpoints
    private let stopping: StopFlag

    /// The largest width that is found without being told one.
    private static let mostOpen = 1_024

    /// How many requests at once the embedded model takes on this machine.
    package static var localSlots: Int {
        LocalModel.defaultSlots(
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memory: UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE)))))
    }

    /// - Parameters:
    ///   - patience: how long an endpoint may be out of reach before the run stops.
    ///   - stopping: once it is raised, nobody waits for an endpoint that is out of reach, or for a model that is loaded.
    ///   - tell: is told what makes the run wait: an endpoint out of reach, or one that asks for a long pause.
    package init(
        transport: any HTTPTransport = NetworkTransport(), policy: RetryPolicy = RetryPolicy(),
        clock: any Clock<Swift.Duration> = ContinuousClock(), patience: Swift.Duration = .seconds(30),
        stopping: StopFlag = StopFlag(),
        environment: @escaping @Sendable (String) -> String? = { environmentValue($0) },
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        endpoints = SharedEndpoints(patience: patience, clock: clock, stopping: stopping, tell: tell)
        self.transport = transport
        self.policy = policy
        self.clock = clock
        self.environment = environment
        self.stopping = stopping
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

    /// What is wrong with the settings themselves, whatever machine they are used on; for `check`.
    package static func mistakes(in settings: ModelSettings) -> [Mistake] {
        guard settings.provider != .local else { return [] }
        return [
            HostedPlace.problem(withNameIn: settings).map { Mistake(key: .model, message: $0.message) },
            HostedPlace.problem(withURLIn: settings).map { Mistake(key: .url, message: $0.message) },
        ].compactMap(\.self)
    }

    /// One of ``mistakes(in:)``.
    package struct Mistake: Hashable, Sendable {
        package enum Key: Sendable { case model, url }

        package var key: Key
        package var message: String
    }

    /// Why a model will hardly answer though nothing is wrong with its settings: its provider answers nobody without a
    /// key, and none is named.
    package static func missingKey(of settings: ModelSettings) -> String? {
        guard settings.provider != .local, settings.url == nil, settings.keyVariable == nil else { return nil }
        return
            "its key is not set: \(settings.provider.defaultURL) answers nobody without one; write `key: {env: NAME}`"
    }

    /// Makes a model. Starts nothing and asks nobody; for `local` it may read the weights once, to know who they are.
    ///
    /// - Parameter earlier: how long ago an earlier process sent requests to it, for `requests_per_minute`.
    package func model(
        _ settings: ModelSettings, earlier: [Swift.Duration] = []
    ) async throws(Failure) -> any LanguageModel {
        switch settings.provider {
        case .local: try await local(settings)
        case .openAI, .anthropic: try hosted(settings, earlier)
        }
    }

    /// What the identity of such a model is (``LanguageModel/identity``), whether or not it could be asked: needs no
    /// key and no server. For `local` it may read the weights once.
    package func identity(of settings: ModelSettings) async throws(Failure) -> Value {
        guard settings.provider == .local else {
            let place = try HostedPlace(settings)
            return HostedModel.identity(settings.provider, baseURL: place.baseURL, model: place.model)
        }
        let path = try LocalFiles.findWeights(named: settings.model, environment)
        return LocalModel.identity(
            weights: try await WeightsHash(dataFolder: LocalFiles.dataFolder(environment)).hash(of: path))
    }

    /// Ends every connection.
    package func close() async { await transport.close() }

    private func hosted(
        _ settings: ModelSettings, _ earlier: [Swift.Duration]
    ) throws(Failure) -> any LanguageModel {
        let hosted = try Hosted(settings, environment)
        let endpoint = endpoints.limits(of: hosted.baseURL, key: hosted.key)
        endpoint.hold(
            requestsPerMinute: settings.requestsPerMinute, tokensPerMinute: settings.tokensPerMinute, earlier: earlier)
        let limiter = ModelLimiter(
            settings.inFlight.map(ModelLimiter.Width.fixed)
                ?? .found(most: min(Self.mostOpen, OpenFileLimit.raise().connections(beside: 48))),
            endpoint: endpoint)
        let client = ChatClient(
            dialect: settings.provider == .anthropic ? AnthropicDialect() : OpenAIDialect(),
            endpoint: Endpoint(
                transport: transport, limiter: limiter, policy: policy, clock: clock),
            baseURL: hosted.baseURL, model: hosted.model, key: hosted.key, keyVariable: settings.keyVariable,
            name: "\(hosted.baseURL)#\(hosted.model)", price: settings.price)
        return HostedModel(
            provider: settings.provider, baseURL: hosted.baseURL, model: hosted.model, limiter: limiter,
            client: client)
    }

    private func local(_ settings: ModelSettings) async throws(Failure) -> any LanguageModel {
        let files = try LocalFiles(server: settings.server, weights: settings.model, environment: environment)
        let weights = try await WeightsHash(dataFolder: LocalFiles.dataFolder(environment)).hash(of: files.weights)
        let slots = settings.inFlight ?? Self.localSlots
        return LocalModel(
            launch: LlamaLaunch(files: files, slots: slots), weights: weights, transport: transport, clock: clock,
            stopping: stopping)
    }
}

/// Where a hosted model is, and what it is called there.
private struct HostedPlace {
    var baseURL: String
    var model: String

    init(_ settings: ModelSettings) throws(Failure) {
        if let problem = Self.problem(withNameIn: settings) ?? Self.problem(withURLIn: settings) { throw problem }
        baseURL = Self.baseURL(of: settings)
        model = settings.model ?? ""
    }

    static func problem(withNameIn settings: ModelSettings) -> Failure? {
        guard settings.model == nil else { return nil }
        return Failure(
            .refusedRequest, "a model of provider '\(settings.provider.rawValue)' needs its name: `model: …`")
    }

    static func problem(withURLIn settings: ModelSettings) -> Failure? {
        let url = baseURL(of: settings)
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            return Failure(
                .refusedRequest, "the `url` of a model begins with http:// or https://, and '\(url)' does not")
        }
        guard hasAddress(url) else {
            return Failure(
                .refusedRequest,
                "the `url` of a model names a host, and perhaps a port from 1 to 65535: http://127.0.0.1:8080/v1")
        }
        return nil
    }

    private static func baseURL(of settings: ModelSettings) -> String {
        var url = settings.url ?? settings.provider.defaultURL
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    /// Whether a URL has a host that can be asked. The parts that talk to it end the program at a port that is none.
    private static func hasAddress(_ url: String) -> Bool {
        guard let scheme = url.firstRange(of: "://") else { return false }
        let authority = url[scheme.upperBound...].prefix { !"/?#".contains($0) }
        guard authority.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return false }
            let rest = authority[authority.index(after: close)...]
            host = authority[...close]
            guard rest.isEmpty || rest.hasPrefix(":") else { return false }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty else { return false }
        return port.map { (UInt16($0) ?? 0) > 0 } ?? true
    }
}

/// What a hosted model needs, once it is known to be there.
private struct Hosted {
    var baseURL: String
    var model: String
    var key: Secret?

    init(_ settings: ModelSettings, _ environment: (String) -> String?) throws(Failure) {
        let place = try HostedPlace(settings)
        (baseURL, model) = (place.baseURL, place.model)
        guard let variable = settings.keyVariable else { return }
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
}

extension ModelSettings {
    /// Who answers, as people call it: `local`, `local (small.gguf)`, `https://api.example.com/v1#large`.
    package var who: String {
        guard provider != .local else { return model.map { "local (\($0))" } ?? "local" }
        return "\(url ?? provider.defaultURL)#\(model ?? "")"
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
