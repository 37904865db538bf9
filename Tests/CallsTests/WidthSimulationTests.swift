import Testing

@testable import Calls

/// Large servers, in time of their own: a million events and more, which is why the sanitizers pass them over. They see the
/// same code in `WidthControllerTests`, before small ones.
@Suite struct WidthSimulationTests {
    /// The first three with a scatter of the answers' times, as a share.
    @Test(arguments: [4, 64, 512], [0, 0.2, 0.5])
    func `the width that suits a server is found, at most a tenth short of the best fixed one`(
        slots: Int, scatter: Double
    ) {
        let best = [slots, slots * 5 / 4, slots * 2, 1_024].map {
            ServerSimulation(.slots(slots), scatter: scatter, width: $0).run().answers
        }
        let found = ServerSimulation(.slots(slots), scatter: scatter).run()
        #expect(Double(found.answers) >= 0.9 * Double(best.max() ?? 0))
        // It does not stand in the server's line for long either.
        #expect(found.width <= slots * 2 + 16)
    }

    @Test(arguments: [0, 0.2, 0.5])
    func `a server that counts requests hardly ever has to say no`(scatter: Double) {
        let found = ServerSimulation(.bucket(rate: 300, burst: 30), scatter: scatter).run()
        #expect(Double(found.refusals) <= 0.01 * Double(found.refusals + found.answers))
        #expect(Double(found.answers) >= (scatter > 0 ? 0.9 : 0.4) * 300 * 60)
    }

    @Test func `answers of many sizes are told apart from a crowd`() {
        let found = ServerSimulation(.slots(256), sizes: [200, 800, 3_000]).run(seconds: 240)
        let best = ServerSimulation(.slots(256), sizes: [200, 800, 3_000], width: 512).run(seconds: 240)
        #expect(Double(found.answers) >= 0.9 * Double(best.answers))
    }

    @Test func `slowness of its own does not narrow the width for good`() {
        // From the thirtieth second on every answer takes three times as long, whatever the width.
        let found = ServerSimulation(.slots(10_000), slowFrom: 30, most: 400).run()
        #expect(found.width >= 200)
    }
}
