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

    /// How many requests it may have open now.
    var width: Int { get }

    /// Calls back after each change of ``width``, from any thread.
    func whenWidthChanges(_ tell: @escaping @Sendable () -> Void)

    /// For one try, where the recipe gives no time limit.
    var defaultTimeout: Swift.Duration { get }

    /// Makes it ready to answer: the local model starts its server here. Call it once before the first request; later
    /// calls return at once. Ends soon after its task is cancelled, and leaves nothing behind that was starting.
    ///
    /// - Parameter progress: is told what takes long, in a few words, for the terminal.
    func prepare(progress: @escaping @Sendable (String) -> Void) async throws(Failure)

    /// Asks and waits for the whole answer. Tries again by itself what is worth it; see `RetryPolicy`.
    ///
    /// - Parameters:
    ///   - timeout: for one try, from its first byte to the answer's last. The wait for a free place does not count.
    ///   - repeats: asked before a further try, where the one before it may have been paid for and gave no answer; false
    ///     ends it as cancelled.
    func reply(
        to request: ModelRequest, timeout: Swift.Duration, repeats: @escaping @Sendable () async -> Bool
    ) async -> ModelOutcome

    /// Ends what it holds. Requests still open end as cancelled.
    func close() async
}

extension LanguageModel {
    package var width: Int { defaultWidth }
    package func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) {}

    package func reply(to request: ModelRequest, timeout: Swift.Duration) async -> ModelOutcome {
        await reply(to: request, timeout: timeout) { true }
    }
}
