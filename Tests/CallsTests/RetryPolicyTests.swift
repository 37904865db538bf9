import Testing

@testable import Calls

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(
        mostTries: 5, base: .seconds(1), longestPause: .seconds(3), patience: .seconds(100))

    private func pause(
        after tries: Int, elapsed: Swift.Duration = .zero, asked: Swift.Duration? = nil, jitter: Double = 0.5
    ) -> Swift.Duration? {
        policy.pause(after: tries, elapsed: elapsed, asked: asked, jitter: jitter)
    }

    @Test func `pauses double up to the longest`() {
        #expect((1...4).map { pause(after: $0, jitter: 1) } == [.seconds(1), .seconds(2), .seconds(3), .seconds(3)])
    }

    @Test func `a pause is drawn from the whole span`() {
        #expect(pause(after: 2, jitter: 0) == .zero)
        #expect(pause(after: 2, jitter: 0.25) == .seconds(0.5))
    }

    @Test func `the last try is followed by nothing`() {
        #expect(pause(after: 5) == nil)
        #expect(RetryPolicy.never.pause(after: 1, elapsed: .zero, asked: nil, jitter: 0) == nil)
    }

    @Test func `what the server asks for is waited for, and not by all at one moment`() {
        #expect(pause(after: 1, asked: .seconds(20), jitter: 0) == .seconds(20))
        #expect(pause(after: 1, asked: .seconds(20), jitter: 0.5) == .seconds(20.5))
    }

    @Test func `a pause that would end after the patience is not made`() {
        #expect(pause(after: 1, elapsed: .seconds(99), jitter: 1) == .seconds(1))
        #expect(pause(after: 1, elapsed: .seconds(99.5), jitter: 1) == nil)
        // What the server asks for is no patience of ours, up to an hour.
        #expect(pause(after: 1, elapsed: .seconds(99), asked: .seconds(101), jitter: 0) == .seconds(101))
        #expect(pause(after: 1, asked: .seconds(3_601)) == nil)
    }

    @Test(arguments: [408, 429, 500, 502, 503, 529])
    func `these statuses may pass`(status: Int) {
        #expect(RetryPolicy.isPassing(status: status))
    }

    @Test(arguments: [301, 400, 401, 403, 404, 409, 413, 422])
    func `these statuses would come again`(status: Int) {
        #expect(!RetryPolicy.isPassing(status: status))
    }

    @Test func `a connection that broke is tried again, and an answer that is no HTTP is not`() {
        #expect(RetryPolicy.isPassing(.broken("the connection was closed")))
        #expect(!RetryPolicy.isPassing(.malformed("invalidHeaderToken")))
    }
}

@Suite struct RetryAfterTests {
    private func pause(_ value: String, date: String? = nil, now: Int64 = 784_111_770) -> Swift.Duration? {
        var reply = HTTPReply(status: 429, headers: ["Retry-After": value])
        if let date { reply.headers.add("Date", date) }
        return RetryAfter.pause(in: reply, now: now)
    }

    @Test func `seconds, whole or not, are read`() {
        #expect(pause("7") == .seconds(7))
        #expect(pause(" 0.25") == .milliseconds(250))
        #expect(pause("0") == .zero)
    }

    @Test(arguments: [
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ])
    func `all three forms of a date are read`(date: String) {
        #expect(RetryAfter.seconds(ofDate: date) == 784_111_777)
        #expect(pause(date) == .seconds(7))
    }

    @Test func `a date is measured by the server's own clock`() {
        #expect(
            pause("Sun, 06 Nov 1994 08:49:37 GMT", date: "Sun, 06 Nov 1994 08:49:07 GMT", now: 0) == .seconds(30))
    }

    @Test func `a date that is past asks for nothing`() {
        #expect(pause("Sun, 06 Nov 1994 08:49:37 GMT", now: 800_000_000) == .zero)
    }

    @Test func `leap days are days`() {
        #expect(RetryAfter.seconds(ofDate: "Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
        #expect(RetryAfter.seconds(ofDate: "Fri, 01 Mar 2024 00:00:00 GMT") == 1_709_251_200)
    }

    @Test(arguments: ["", "soon", "-1", "nan", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:00:00 GMT"])
    func `anything else asks for nothing in particular`(value: String) {
        #expect(pause(value) == nil)
    }

    @Test func `an absurd wish is a day at most`() {
        #expect(pause("1e300") == .seconds(86_400))
    }
}
