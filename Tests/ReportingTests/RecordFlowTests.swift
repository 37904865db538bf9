import Journaling
import Reporting
import Runs
import Testing

@Suite struct RecordFlowTests {
    @Test(arguments: SampleReports.gallery.keys.sorted())
    func `every record that comes to a step goes on or leaves`(name: String) throws {
        let report = try #require(SampleReports.gallery[name])
        let flow = RecordFlow(report)
        #expect(flow.input.coming == report.counts.read)
        let coming = flow.stages.map(\.coming) + [flow.done]
        #expect(flow.input.coming - flow.input.leaving == coming[0])
        for (index, stage) in flow.stages.enumerated() {
            #expect(stage.coming - stage.leaving == coming[index + 1], "step \(index + 1)")
            #expect(
                stage.done + stage.flagged + stage.leftOut + stage.leaving == stage.coming + stage.leaving(.notReached),
                "step \(index + 1)")
        }
    }

    @Test func `a record that was skipped leaves where it ended and nowhere else`() {
        let flow = RecordFlow(SampleReports.waiting)
        #expect(flow.stages.map { $0.leaving(.skipped) } == [0, 4, 0, 0])
        #expect(flow.stages.map(\.leftOut) == [0, 2, 2, 2])
    }

    @Test func `records that were never let in leave before the first step`() {
        let flow = RecordFlow(SampleReports.stopped)
        #expect(flow.input.leaving(.notReached) == 500_000)
        #expect(flow.stages.map { $0.leaving(.notReached) } == [1000, 0, 0])
    }

    @Test func `a row that cannot be read fails before the first step`() {
        let flow = RecordFlow(SampleReports.waiting)
        #expect(flow.input.leaving(.failed) == 1)
    }

    @Test func `an empty input flows through`() {
        let flow = RecordFlow(
            SampleReports.run(
                "empty", steps: [SampleReports.step("card", "set", done: 0)],
                counts: SampleReports.counts(read: 0, done: 0), outcome: .done))
        #expect(flow.stages.map(\.coming) == [0])
    }
}
