import Runs
import Testing

@testable import Journaling

@Suite struct `the pace of commits` {
    let now = ContinuousClock.now
    typealias Line = CommitPacing.Line

    /// A pacing that knows of so many open requests.
    func pacing(open: Int) -> CommitPacing {
        var pacing = CommitPacing()
        pacing.noticed((0..<open).map { Sample.start($0) })
        return pacing
    }

    func line(callers: Int, since waited: Swift.Duration = .zero) -> Line {
        Line(entries: callers, callers: callers, firstCaller: now - waited)
    }

    @Test func `a lone caller waits for nobody`() {
        #expect(pacing(open: 1).next(line(callers: 1), now: now) == .commit)
        #expect(pacing(open: 0).next(line(callers: 1), now: now) == .commit)
        #expect(pacing(open: 4).next(line(callers: 1), now: now) == .commit)
    }

    @Test func `where many requests are open, callers are gathered for a moment`() {
        let pacing = pacing(open: 64)
        #expect(pacing.next(line(callers: 1), now: now) == .wait(until: now + .microseconds(2500)))
        #expect(
            pacing.next(line(callers: 9, since: .microseconds(2499)), now: now) == .wait(until: now + .microseconds(1)))
        #expect(pacing.next(line(callers: 9, since: .microseconds(2500)), now: now) == .commit)
    }

    @Test func `a burst that is over waits for no more`() {
        let pacing = pacing(open: 64)
        var burst = line(callers: 20, since: .microseconds(700))
        burst.lastCaller = now - .microseconds(499)
        #expect(pacing.next(burst, now: now) == .wait(until: now + .microseconds(1)))
        burst.lastCaller = now - .microseconds(500)
        #expect(pacing.next(burst, now: now) == .commit)
        // A few are no burst, and a burst that does not end is cut off.
        var few = line(callers: 4, since: .microseconds(700))
        few.lastCaller = now - .microseconds(600)
        #expect(pacing.next(few, now: now) == .wait(until: now + .microseconds(1800)))
        var long = line(callers: 40, since: .microseconds(2500))
        long.lastCaller = now
        #expect(pacing.next(long, now: now) == .commit)
    }

    @Test func `where very many are open, more are gathered, whatever lulls there are`() {
        let pacing = pacing(open: 512)
        var stream = line(callers: 20, since: .microseconds(2600))
        stream.lastCaller = now - .microseconds(900)
        #expect(pacing.next(stream, now: now) == .wait(until: now + .microseconds(2400)))
        #expect(pacing.next(line(callers: 20, since: .milliseconds(5)), now: now) == .commit)
    }

    @Test func `nobody is waited for once all who can come are there, or enough`() {
        #expect(pacing(open: 20).next(line(callers: 20), now: now) == .commit)
        #expect(pacing(open: 1000).next(line(callers: 63), now: now) != .commit)
        #expect(pacing(open: 1000).next(line(callers: 64), now: now) == .commit)
        var many = line(callers: 1)
        many.entries = 1024
        #expect(pacing(open: 1000).next(many, now: now) == .commit)
    }

    @Test func `an answered request is open no more`() {
        var pacing = pacing(open: 6)
        var broken = Sample.failed(2)
        broken.key = Sample.start(2).key
        pacing.noticed([Sample.answer(1), broken, Sample.ended(Sample.record(1, .done))])
        // What was wrong with the answer of record 1 ended no call of its own.
        #expect(pacing.open == 5)
        pacing.noticed([broken])
        #expect(pacing.open == 4)
        // A question that could not be rendered, and an answer that was there already: neither was ever open.
        pacing.noticed([Sample.failed(3), Sample.answer(4, usage: nil)])
        #expect(pacing.open == 4)
        pacing.noticed((0..<9).map { Sample.answer($0) })
        #expect(pacing.open == 0)
    }

    @Test func `after a commit under load the file rests, however many wait`() {
        var pacing = pacing(open: 64)
        pacing.committed(callers: 30, from: now - .milliseconds(3), to: now)
        #expect(pacing.next(line(callers: 64), now: now + .milliseconds(1)) == .rest(until: now + .milliseconds(2)))
        #expect(pacing.next(line(callers: 64), now: now + .milliseconds(2)) == .commit)
    }

    @Test func `a few fast callers leave the file to others now and then too`() {
        var pacing = pacing(open: 1)
        var time = now
        for _ in 0..<5 {
            #expect(pacing.next(line(callers: 1), now: time) == .commit)
            pacing.committed(callers: 1, from: time, to: time + .microseconds(500))
            time += .microseconds(600)
        }
        #expect(pacing.next(line(callers: 1), now: time) == .rest(until: time + .microseconds(1900)))
        // A pause of its own ends the streak.
        time += .milliseconds(10)
        pacing.committed(callers: 1, from: time, to: time)
        #expect(pacing.next(line(callers: 1), now: time) == .commit)
    }

    @Test func `notes wait for a caller to ride with, but not for ever`() {
        let pacing = pacing(open: 0)
        var line = Line(entries: 1, firstNote: now)
        #expect(pacing.next(line, now: now) == .wait(until: now + .milliseconds(50)))
        #expect(pacing.next(line, now: now + .milliseconds(50)) == .commit)
        line.callers = 1
        line.firstCaller = now
        #expect(pacing.next(line, now: now) == .commit)
    }

    @Test func `the last line goes at once`() {
        var pacing = pacing(open: 64)
        pacing.committed(callers: 30, from: now, to: now)
        #expect(pacing.next(Line(entries: 1, firstNote: now, isLast: true), now: now) == .commit)
    }
}
