/// When a request is sent again, and how long after: rules only.
///
/// Tried again is what the world may mend by itself: 408, 429 and 5xx, a time-out, a connection that broke or could not
/// be made. Any other 4xx would be answered the same way again. The pauses double and are drawn from the whole span
/// between nothing and that (full jitter), so that a thousand requests that failed together do not come back together; a
/// `Retry-After` is waited for first. It ends after ``mostTries``, or when the next try would start after ``patience``; what
/// the other side asked to wait, up to ``longestWish``, counts against no patience.
package struct RetryPolicy: Hashable, Sendable {
    /// Ten by default, of about a minute together: where a fifth of all answers is faulty, six tries would lose one record
    /// of some thousand, and more than ten only add to what a server that is down has to bear.
    package var mostTries: Int
    /// The longest pause before the second try; it doubles with each further one.
    package var base: Swift.Duration
    package var longestPause: Swift.Duration
    /// Whoever asks to wait longer is not waited for.
    package static let longestWish = Swift.Duration.seconds(3600)
    /// From the first try to the start of the last one. A request can take one time limit longer than this.
    package var patience: Swift.Duration

    package init(
        mostTries: Int = 10, base: Swift.Duration = .milliseconds(500), longestPause: Swift.Duration = .seconds(30),
        patience: Swift.Duration = .seconds(600)
    ) {
        self.mostTries = mostTries
        self.base = base
        self.longestPause = longestPause
        self.patience = patience
    }

    /// One try and no more.
    package static let never = RetryPolicy(mostTries: 1)

    /// The pause before the next try, or nil to give up.
    ///
    /// - Parameters:
    ///   - tries: how many there were.
    ///   - elapsed: since the first one began, without what was asked for.
    ///   - asked: what a `Retry-After` asked for.
    ///   - jitter: from 0 up to 1, drawn anew each time.
    package func pause(
        after tries: Int, elapsed: Swift.Duration, asked: Swift.Duration?, jitter: Double
    ) -> Swift.Duration? {
        guard tries < mostTries else { return nil }
        let span = min(longestPause, base * (1 << min(tries - 1, 16)))
        // Those who were told the same moment must not all come at it.
        let pause = asked.map { $0 + min(base, span) * jitter } ?? span * jitter
        let wish = asked ?? .zero
        return wish <= Self.longestWish && elapsed + pause - wish <= patience ? pause : nil
    }

    package static func isPassing(status: Int) -> Bool {
        status == 408 || status == 429 || status >= 500
    }

    package static func isPassing(_ fault: HTTPFault) -> Bool {
        switch fault {
        case .timedOut, .unreachable, .broken: true
        case .malformed, .tooLong, .cancelled, .unsendable, .outOfReach: false
        }
    }
}
