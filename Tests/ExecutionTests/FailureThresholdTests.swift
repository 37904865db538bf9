import Execution
import Planning
import Runs
import Testing

@Suite struct FailureThresholdTests {
    private func counts(done: Int, failed: Int) -> Counts {
        var counts = Counts()
        counts.done = done
        counts.failed = failed
        return counts
    }

    @Test func `fewer than twenty ended records say nothing`() {
        let threshold = FailureThreshold(limit: .share(0.3))
        #expect(!threshold.isPassed(by: counts(done: 0, failed: 19)))
        #expect(threshold.isPassed(by: counts(done: 0, failed: 20)))
    }

    @Test(arguments: [(14, 6, false), (13, 7, true)])
    func `a share is passed by more than it`(done: Int, failed: Int, passed: Bool) {
        #expect(FailureThreshold(limit: .share(0.3)).isPassed(by: counts(done: done, failed: failed)) == passed)
    }

    @Test(arguments: [(30, 5, false), (30, 6, true)])
    func `a number is passed by more than it`(done: Int, failed: Int, passed: Bool) {
        #expect(FailureThreshold(limit: .count(5)).isPassed(by: counts(done: done, failed: failed)) == passed)
    }

    @Test func `without a limit everything may fail`() {
        #expect(!FailureThreshold(limit: nil).isPassed(by: counts(done: 0, failed: 1000)))
    }
}
