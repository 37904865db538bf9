import Runs
import Testing

@Suite struct CountsTests {
    @Test func `every way to end is counted once`() {
        var counts = Counts()
        for outcome in Outcome.allCases { counts.count(outcome) }
        counts.read = Outcome.allCases.count
        #expect(counts.balances)
        #expect(counts.done == 1 && counts.failed == 1 && counts.rejected == 1)
        #expect(counts.skipped == 1 && counts.waiting == 1 && counts.notReached == 1)
    }

    @Test(arguments: Outcome.allCases)
    func `a record that is lost, or counted twice, is noticed`(outcome: Outcome) {
        var counts = Counts()
        counts.read = 1
        #expect(!counts.balances)
        counts.count(outcome)
        #expect(counts.balances)
        counts.count(outcome)
        #expect(!counts.balances)
    }

    @Test func `flagged records are done records`() {
        var counts = Counts()
        counts.read = 3
        counts.count(.done, flagged: true)
        counts.count(.done)
        counts.count(.failed, flagged: true)
        #expect(counts.flagged == 1)
        #expect(counts.balances)
    }

    @Test func `counts of parts add up`() {
        var whole = Counts()
        var part = Counts()
        for outcome in Outcome.allCases { part.count(outcome, flagged: true) }
        part.read = 6
        whole.add(part)
        whole.add(part)
        #expect(whole.read == 12 && whole.flagged == 2 && whole.balances)
    }

    @Test func `the marks of a step are counted apart`() {
        var counts = StepCounts()
        for (index, mark) in StepMark.allCases.enumerated() { counts[mark] += index + 1 }
        #expect(counts.sum == 28)
        counts.add(counts)
        #expect(StepMark.allCases.map { counts[$0] } == [2, 4, 6, 8, 10, 12, 14])
    }

    @Test func `what answers took adds up`() {
        var usage = Usage(tokensIn: 1, tokensOut: 2, cost: 3, microseconds: 4)
        usage.add(Usage(tokensIn: 10, tokensOut: 20, cost: 30, microseconds: 40))
        #expect(usage == Usage(tokensIn: 11, tokensOut: 22, cost: 33, microseconds: 44))
    }
}
