import Planning
import Runs
import Testing

@testable import Execution

@Suite struct RunTallyTests {
    @Test func `a record that waited and goes on is counted once, and its items too`() {
        let tally = RunTally(steps: 2, inner: 1)
        var items = StepCounts()
        items[.done] = 3
        tally.end(.waiting, marks: [.done, .waiting], items: [items], flagged: false)
        #expect(tally.snapshot.steps.map(\.sum) == [1, 1, 3])
        tally.goesOn([.done, .waiting], items: [items])
        #expect(tally.snapshot.counts == Counts() && tally.snapshot.steps.allSatisfy { $0 == StepCounts() })
        tally.end(.done, marks: [.done, .done], items: [items], flagged: false)
        #expect(tally.snapshot.steps.map { $0[.done] } == [1, 1, 3])
    }
}
