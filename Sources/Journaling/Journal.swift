package import Values

/// Keeps what happened to each record of one run, so that nothing is lost or paid twice.
///
/// All entries go to disk in the order they were handed over, whoever handed them over. After the first error every
/// call that writes throws that error: what could not be written is not written later behind its back. A decision that
/// could not be written is no such error; it may be said again.
package protocol Journal: Sendable {
    /// A run begins, or is taken up again: the first thing a process writes.
    func begin(_ start: RunStart) async throws(JournalError)

    /// Returns when the entries are on disk. They go there together or not at all.
    ///
    /// The start of a request is appended before it leaves; an answer before anything that depends on it does. An
    /// answer and the start of the record's next request belong in one call.
    func append(_ entries: [JournalEntry]) async throws(JournalError)

    /// Returns when chunks and entries are on disk, together or not at all.
    ///
    /// - Parameter entries: The ``EndedRecord``s that the chunks' counts have already (``EndedRecord/pure``).
    func append(_ chunks: [ChunkEntry], with entries: [JournalEntry]) async throws(JournalError)

    /// Goes to disk with a later commit, within some milliseconds; an error shows at the next call that throws.
    ///
    /// - Returns: Whether there is room for more. On false the entries are kept all the same, and the caller should
    ///   wait with `append` before it goes on, or memory grows.
    @discardableResult
    func note(_ entries: [JournalEntry]) -> Bool

    /// The last thing a process writes, after its outputs are in place.
    func finish(_ end: RunEnd) async throws(JournalError)

    /// Writes what a person says of a record that waits, also while another process goes on with the run.
    ///
    /// Of two decisions about one wait the first counts, whoever looked first: the file itself takes no second one.
    ///
    /// - Parameter number: ``OpenWait/number`` of what the person saw.
    func decide(
        _ decision: Decision, about number: Int64, at time: Timestamp
    ) async throws(JournalError) -> DecisionReceipt

    /// Takes a decision back.
    ///
    /// - Returns: false if there is none, or a run has taken it up already.
    func withdraw(decisionAbout number: Int64, at time: Timestamp) async throws(JournalError) -> Bool

    /// Takes up the decisions that no process has taken up yet: from now on they cannot be taken back. Blocks on the file.
    ///
    /// - Returns: The waits that were decided, each with its decision.
    func takeDecisions() throws(JournalError) -> [OpenWait]

    /// Reads what is in the journal at this moment; it may be written on meanwhile.
    func reader() throws(JournalError) -> any JournalReading

    /// Writes what was noted and lets go of the file. Later calls throw.
    func close() async throws(JournalError)
}

/// A journal that cannot be written or read: a full disk, a damaged or foreign file.
package struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// No journal where one was expected.
        case missing
        /// A journal where none was expected.
        case exists
        /// The file is something else.
        case foreign
        /// Written by a later version of Linecook.
        case newer
        /// Cut short, overwritten or flipped bits.
        case damaged
        /// The folder is that of a run, and its journal is gone; or both are, while the run goes on.
        case lost
        /// The disk is full.
        case full
        /// The file or its folder cannot be written.
        case readOnly
        /// Another process has it.
        case busy
        /// Used after `close`.
        case closed
        /// Anything else that reading and writing files brings.
        case io
    }

    package var reason: Reason
    /// Whether something could not be written, as opposed to something that is wrong with what is there.
    package var isUnwritable: Bool { reason == .readOnly || reason == .full || reason == .io }
    /// Names the file and what to do.
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var description: String { message }
}
