package import Digests

/// Answers that were paid for before: looked at before a question is asked.
package protocol AnswerShelf: Sendable {
    /// Whether there is no answer at all, so that nobody need look. Stays what it was when the run began.
    var isEmpty: Bool { get }

    /// The answer to a question, as the journal keeps it; nil when it was never answered. Blocks on a file.
    ///
    /// - Parameter shared: Whether an answer given to another run of the same folder will do.
    func answer(to question: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]?

    /// The answer to a side effect that is known to have happened; nil where none is. Blocks on a file.
    ///
    /// - Parameter shared: Whether it counts that another run of the same folder did it, whatever is said about using
    ///   answers of other runs: nobody asks for a letter to be sent twice by asking questions anew.
    func effect(_ key: SHA256Digest, shared: Bool) throws(JournalError) -> [UInt8]?
}

extension AnswerShelf {
    package var isEmpty: Bool { false }
}
