package import Runs

/// What is kept of an attempt that gave no answer to use.
package struct FailedAttempt: Hashable, Sendable {
    package var failure: Failure
    /// As it was sent.
    package var prompt: String?
    /// As it came.
    package var answer: String?

    package init(_ failure: Failure, prompt: String? = nil, answer: String? = nil) {
        self.failure = failure
        self.prompt = prompt
        self.answer = answer
    }
}
