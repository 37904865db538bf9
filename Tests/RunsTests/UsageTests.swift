import Runs
import Testing

@Suite struct UsageTests {
    @Test func `sums end at the largest number instead of ending the program`() {
        var usage = Usage(tokensIn: .max - 1, tokensOut: 1, cost: .max, microseconds: 2)
        usage.add(Usage(tokensIn: 5, tokensOut: 2, cost: 1, microseconds: 3))
        #expect(usage == Usage(tokensIn: .max, tokensOut: 3, cost: .max, microseconds: 5))
    }
}
