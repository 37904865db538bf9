/// Tells somebody who is there and answers nobody (503 to everyone, connections that break, no answer in time) from a
/// request that had bad luck, or that nobody can answer: rules only. Times are seconds on any clock that does not jump.
struct Service: Hashable, Sendable {
    /// So many others have to fail like a request that is given up, or it may be about that request.
    static let witnesses = 3
    /// How long there is nothing but errors before people are told.
    static let silence = 10.0

    private var lastServed = -Double.infinity
    /// When the first error behind the last answer came.
    private var firstError: Double?
    private var isTold = false
    /// Requests that failed and try again.
    private var struggling = 0
    /// Whether a request was given up because nobody is answered.
    private(set) var isGivenUp = false

    mutating func struggles(_ does: Bool) { struggling += does ? 1 : -1 }

    /// A request has ended.
    ///
    /// - Parameter isService: whether it was answered, also with a no.
    /// - Returns: whether people should be told that there is nothing but errors.
    mutating func ended(_ isService: Bool, now: Double) -> Bool {
        guard !isService else {
            (lastServed, firstError, isTold, isGivenUp) = (now, nil, false, false)
            return false
        }
        let first = firstError ?? now
        firstError = first
        guard !isTold, now - first >= Self.silence, struggling > Self.witnesses else { return false }
        isTold = true
        return true
    }

    /// Whether nobody was answered since a request that is given up now left for the first time.
    mutating func answersNobody(since start: Double) -> Bool {
        if lastServed < start, struggling > Self.witnesses { isGivenUp = true }
        return isGivenUp
    }
}
