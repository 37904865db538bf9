import Testing

@testable import Calls

@Suite struct WidthControllerTests {
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

    @Test func `it doubles in a round trip until the first sign`() {
        var controller = WidthController(most: 1_024)
        #expect(controller.width == Int(WidthController.first))
        var now = 0.0
        for round in 1...5 {
            let open = (0..<controller.width).map { _ in controller.started() }
            now += 0.2
            for company in open {
                controller.ended(.answered(bytes: 500), company: company, start: now - 0.2, now: now)
            }
            #expect(controller.width == Int(WidthController.first) << round)
        }
    }

    @Test func `many refusals of one round trip count once, and the width is never below 1`() {
        var controller = WidthController(most: 1_024)
        for trip in 0..<20 {
            let width = controller.width
            let open = (0..<max(width, 3)).map { _ in controller.started() }
            let now = Double(trip) + 0.1
            for company in open { controller.ended(.overloaded, company: company, start: Double(trip), now: now) }
            #expect(controller.width >= 1)
            #expect(Double(controller.width) >= (Double(width) * 0.8).rounded(.down) - 1)
        }
        #expect(controller.width == 1)
    }

    @Test func `a width that is not used does not grow`() {
        var controller = WidthController(most: 1_024)
        for number in 0..<500 {
            let company = controller.started()
            let now = Double(number)
            controller.ended(.answered(bytes: 100), company: company, start: now, now: now + 0.2)
        }
        #expect(controller.width == Int(WidthController.first))
    }

    @Test func `the width stays within what it was told`() {
        #expect(ServerSimulation(.slots(512), most: 48).run().width == 48)
        #expect(WidthController(most: 2).width == 2)
    }

    @Test func `slowness of its own does not narrow the width for good`() {
        // From the thirtieth second on every answer takes three times as long, whatever the width.
        let found = ServerSimulation(.slots(10_000), slowFrom: 30, most: 400).run()
        #expect(found.width >= 200)
    }
}
