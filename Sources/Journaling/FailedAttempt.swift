package import Runs
internal import Values

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

extension FailedAttempt {
    /// As the body of a `failed` entry.
    package var body: [UInt8] {
        var map = ValueMap([("cause", .string(failure.cause.code)), ("message", .string(failure.message))])
        if failure.mayHaveActed { map.set("in_doubt", to: true) }
        if let prompt { map.set("prompt", to: .string(prompt)) }
        if let answer { map.set("answer", to: .string(answer)) }
        return JSON.bytes(of: .map(map))
    }

    /// Reads a `failed` entry.
    package init(_ entry: JournalEntry) throws(JournalError) {
        let value = try entry.bodyValue()
        guard entry.kind == .failed, let failure = Failure(value) else { throw entry.unreadable("names no cause") }
        self.init(failure, prompt: value["prompt"]?.string, answer: value["answer"]?.string)
    }
}

extension Failure {
    /// Reads the fields `cause`, `message` and, where it is there, `in_doubt`.
    init?(_ value: Value) {
        guard let cause = value["cause"]?.string, let message = value["message"]?.string else { return nil }
        self.init(Cause(cause), message, mayHaveActed: value["in_doubt"] == true)
    }
}
