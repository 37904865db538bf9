import Execution
import TestSupport
import Testing

@testable import Commands

/// What SIGTERM and the time limit do, with times that a test can wait for.
@Suite(.timeLimit(.minutes(5))) struct StopTimerTests {
    @Test func `what is in flight when the grace period is over is given up, for the reason the run stops for`()
        async throws
    {
        let control = RunControl()
        let timer = StopTimer(control)
        control.stop(.signal(15))
        #expect(!control.isStoppingNow)
        timer.giveUp(after: .milliseconds(1))
        try await wait(for: "the end of the grace period") { control.isStoppingNow }
        #expect(control.reason == .signal(15))
    }

    @Test func `the time limit admits nothing more, and leaves what is in flight its grace period`() async throws {
        let control = RunControl()
        let timer = StopTimer(control)
        timer.stop(after: .milliseconds(1))
        try await wait(for: "the time limit") { control.reason != nil }
        #expect(control.reason == .time(.milliseconds(1)))
        #expect(!control.isStoppingNow)
        timer.cancel()
    }

    @Test func `a run that ended before is not stopped any more`() async throws {
        let limit = Swift.Duration.milliseconds(200)
        var cameInTime = false
        // Where the limit came between two of these lines the run has not ended before it.
        while !cameInTime {
            let (control, other) = (RunControl(), RunControl())
            let (timer, later) = (StopTimer(control), StopTimer(other))
            let begun = ContinuousClock.now
            timer.stop(after: limit)
            timer.cancel()
            cameInTime = ContinuousClock.now - begun < limit
            later.stop(after: limit + .milliseconds(50))
            try await wait(for: "the later limit") { other.reason != nil }
            #expect(control.reason == nil || !cameInTime)
        }
    }
}
