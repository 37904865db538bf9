internal import Calls
internal import Runs
internal import Values

/// How one kind of provider wants to be asked, and how it answers.
protocol ChatDialect: Sendable {
    /// What comes behind the base URL.
    var path: String { get }
    func headers(key: Secret?) -> HTTPFields
    func body(for request: ModelRequest, model: String?, manners: ChatManners) -> [UInt8]
    /// What an answer of status 200 says; nil if it is not of this API's form.
    func read(_ body: [UInt8], to request: ModelRequest) -> ChatAnswer?
}

/// What a provider's answer says, before anybody counts money or time.
struct ChatAnswer: Hashable, Sendable {
    var text: String
    var finish: ModelReply.Finish
    var tokensIn: Int
    var tokensOut: Int

    /// What an endpoint says it counted, held to what a request can have: nobody checked the number before.
    static func tokens(_ value: Value?) -> Int {
        guard let number = value?.number, number > 0 else { return 0 }
        return Int(min(number.rounded(), mostTokens))
    }

    /// Far more than any request has, and far less than a sum of a few could not hold.
    private static let mostTokens = Double(1 << 40)
}

/// What was learned of an endpoint that does not take everything its kind takes.
///
/// Endpoints that speak a provider's language are many and know different parts of it. A refused request that names the
/// part is sent again without it, and the next ones are sent that way at once.
struct ChatManners: Hashable, Sendable {
    /// How the schema is told, from the strictest down.
    enum SchemaForm: Int, Sendable, Comparable {
        /// As it is; the provider holds the model to it.
        case strict
        /// Without bounds on lengths, sizes and patterns, which some providers refuse. They are checked on return.
        case withoutBounds
        /// The provider promises some JSON object; the schema is told in words.
        case object
        /// In words alone.
        case words

        static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }
    }

    /// By the name of the schema, because a provider may take one and refuse another.
    private var forms: [String: SchemaForm] = [:]
    /// `max_completion_tokens` instead of `max_tokens`.
    private(set) var countsCompletionTokens = false
    /// The model knows one temperature, its own.
    private(set) var leavesOutTemperature = false

    func form(of schemaName: String) -> SchemaForm { forms[schemaName] ?? .strict }

    /// Whether a request goes out in another form than with what was known before.
    func wouldSendDifferently(_ request: ModelRequest, from earlier: ChatManners) -> Bool {
        countsCompletionTokens != earlier.countsCompletionTokens || leavesOutTemperature != earlier.leavesOutTemperature
            || request.schema != nil && form(of: request.schemaName) != earlier.form(of: request.schemaName)
    }

    /// Takes over how a request was sent that was answered.
    mutating func adopt(_ proven: ChatManners, for request: ModelRequest) {
        countsCompletionTokens = countsCompletionTokens || proven.countsCompletionTokens
        leavesOutTemperature = leavesOutTemperature || proven.leavesOutTemperature
        guard request.schema != nil else { return }
        forms[request.schemaName] = max(form(of: request.schemaName), proven.form(of: request.schemaName))
    }

    /// Takes in why a request was refused; true if the same question is worth asking in another way.
    ///
    /// A provider may quote the record in its message, so what was learned holds for this request until it is answered:
    /// see ``adopt(_:for:)``.
    mutating func learn(from error: ProviderError, request: ModelRequest) -> Bool {
        guard error.status == 400 || error.status == 422 || error.status == 501 else { return false }
        let message = error.message.lowercased()
        if message.contains("max_completion_tokens"), !countsCompletionTokens {
            countsCompletionTokens = true
            return true
        }
        if message.contains("temperature"), request.temperature == 0, !leavesOutTemperature {
            leavesOutTemperature = true
            return true
        }
        let form = form(of: request.schemaName)
        if request.schema != nil, error.blamesSchema, let next = SchemaForm(rawValue: form.rawValue + 1) {
            forms[request.schemaName] = next
            return true
        }
        return false
    }
}

/// A request that was answered with an error.
struct ProviderError: Hashable, Sendable {
    var status: Int
    /// The provider's words, bounded, without the key.
    var message: String
    /// The provider's words for the kind: `insufficient_quota`, `overloaded_error`; empty if it gives none.
    var kinds: [String]
    /// The part of the request that the provider blames; empty if it names none.
    var parameter = ""
}

extension ProviderError {
    /// Whether it is the way the schema is told that was refused, by the names that providers have for it.
    fileprivate var blamesSchema: Bool {
        if Self.schemaParts.contains(where: parameter.lowercased().hasPrefix) { return true }
        let message = message.lowercased()
        return Self.schemaParts.contains(where: message.contains) && Self.refusals.contains(where: message.contains)
    }

    private static let schemaParts = ["response_format", "json_object", "schema", "tool_choice", "tools", "grammar"]
    private static let refusals = [
        "support", "invalid", "unknown", "unrecognized", "unexpected", "not permitted", "must be", "required", "fail",
    ]
}

extension ModelRequest {
    /// What a dialect puts around the texts, around each message, and around a schema and its name.
    private static let bytesAround = 112
    private static let bytesOfMessage = 36
    private static let bytesOfSchema = 224

    /// How many bytes its body has at most in any dialect, and hardly more than it has: without writing it.
    func mostBodyBytes(to model: String?, told form: ChatManners.SchemaForm) -> Int {
        var bytes = Self.bytesAround + (model ?? "").bytesAsJSON
        for message in messages { bytes += message.text.bytesAsJSON + Self.bytesOfMessage }
        if let system { bytes += system.bytesAsJSON + Self.bytesOfMessage }
        if let schema {
            // In words it is a text, whose quotes are escaped.
            let times = form >= .object ? 2 : 1
            bytes += times * JSON.bytes(of: schema).count + Self.bytesOfSchema
            bytes += 2 * Models.schemaName(schemaName).utf8.count
        }
        return bytes
    }
}

extension String {
    /// As JSON has it, without the quotes.
    fileprivate var bytesAsJSON: Int {
        utf8.reduce(0) { bytes, byte in
            switch byte {
            case 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x22, 0x5C: bytes + 2
            case ..<0x20: bytes + 6
            default: bytes + 1
            }
        }
    }
}

/// The name of a schema as every provider takes it.
func schemaName(_ name: String) -> String {
    let clean = name.utf8.prefix(64).map { byte -> UInt8 in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            byte
        default: UInt8(ascii: "_")
        }
    }
    return clean.isEmpty ? "answer" : String(decoding: clean, as: UTF8.self)
}
