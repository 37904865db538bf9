package import Runs
package import Values

/// Something that answers questions, live: a hosted model or the one on this machine.
///
/// A model is shared by every record and may be asked by thousands of tasks at once; how many requests are open is its own
/// matter. All it needs comes with the request.
package protocol LanguageModel: Sendable {
    /// What makes this model's answers its own: provider, origin, name; for the local one the hash of its weights. Never a
    /// port or a key. A part of the identity of every question.
    var identity: Value { get }

    /// How it is called in plans and messages: `local (2 slots)`, `https://api.example.com/v1#small`.
    var description: String { get }

    /// The tokens of prompt and answer together that one request may have; nil where the provider knows and we do not.
    var contextTokens: Int? { get }

    /// How many requests at once suit it, unless the recipe says otherwise.
    var defaultWidth: Int { get }

    /// For one try, where the recipe gives no time limit.
    var defaultTimeout: Swift.Duration { get }

    /// Makes it ready to answer: the local model starts its server here. Call it once before the first request; later
    /// calls return at once.
    ///
    /// - Parameter progress: is told what takes long, in a few words, for the terminal.
    func prepare(progress: @escaping @Sendable (String) -> Void) async throws(Failure)

    /// Asks and waits for the whole answer. Tries again by itself what is worth it; see `RetryPolicy`.
    ///
    /// - Parameter timeout: for one try, from its first byte to the answer's last. The wait for a free place does not count.
    func reply(to request: ModelRequest, timeout: Swift.Duration) async -> ModelOutcome

    /// Ends what it holds. Requests still open end as cancelled.
    func close() async
}
