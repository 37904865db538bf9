import Testing

@testable import Calls

@Suite struct WidthControllerTests {
    @Test func `the width that suits a server of four slots is found`() {
        let best = [4, 5, 8].map { ServerSimulation(.slots(4), scatter: 0.2, width: $0).run().answers }
        let found = ServerSimulation(.slots(4), scatter: 0.2).run()
        #expect(Double(found.answers) >= 0.9 * Double(best.max() ?? 0))
        #expect(found.width <= 24)
    }

    @Test func `a small server that counts requests hardly ever has to say no`() {
        let found = ServerSimulation(.bucket(rate: 30, burst: 3), scatter: 0.2).run()
        #expect(found.answers > 0)
        #expect(Double(found.refusals) <= 0.05 * Double(found.refusals + found.answers))
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
        #expect(ServerSimulation(.slots(16), most: 8).run().width == 8)
        #expect(WidthController(most: 2).width == 2)
    }
}
