package import Runs

/// What a model said. The text is not looked into here: whether it is JSON and fits the schema is the caller's to find.
package struct ModelReply: Hashable, Sendable {
    package enum Finish: Hashable, Sendable {
        case complete
        /// The answer ended at the token limit.
        case cutOff
        /// The model, or a filter around it, declined; with its words if it gave any.
        case refused(String)
    }

    package var text: String
    package var finish: Finish
    package var usage: Usage

    package init(text: String, finish: Finish, usage: Usage) {
        self.text = text
        self.finish = finish
        self.usage = usage
    }
}

/// How one question to a model ended, after the retries of the transport.
package enum ModelOutcome: Sendable {
    case reply(ModelReply)
    /// No answer: ``Cause/timeout``, ``Cause/unreachable``, ``Cause/overloaded``, ``Cause/refusedRequest`` or
    /// ``Cause/promptTooLong``. The usage is there when the other side told one.
    case failed(Failure, Usage?)
    /// Nobody was there, for longer than there is patience for; or whoever is there answers no request: the key is not
    /// accepted, the address is another's. The question was not asked, and no record has failed.
    case outOfReach(Failure)
    /// The task that asked was cancelled, or may not ask again: the run stops, and the question counts as not asked to an
    /// end.
    case cancelled
}
