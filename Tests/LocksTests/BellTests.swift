import Dispatch
import Testing

@testable import Locks

@Suite(.timeLimit(.minutes(5))) struct BellTests {
    @Test func `one that rang before is heard, once`() {
        let bell = Bell()
        bell.ring()
        bell.ring()
        bell.wait(for: .seconds(3_600))
        let start = ContinuousClock.now
        bell.wait(for: .milliseconds(20))
        #expect(start.duration(to: .now) >= .milliseconds(20))
    }

    @Test func `one that rings later ends a long wait`() async {
        let bell = Bell()
        await withCheckedContinuation { done in
            DispatchQueue(label: "waiting").async { @Sendable in
                bell.wait(for: .seconds(3_600))
                done.resume()
            }
            bell.ring()
        }
    }

    @Test func `no time is no wait`() {
        let bell = Bell()
        bell.wait(for: .zero)
        bell.wait(for: .seconds(-1))
    }
}
