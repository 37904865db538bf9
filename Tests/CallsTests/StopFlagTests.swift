import Calls
import Synchronization
import Testing

@Suite struct StopFlagTests {
    @Test func `whoever asked is told once, and who asks late at once`() {
        let flag = StopFlag()
        let told = Mutex<[String]>([])
        flag.whenRaised { told.withLock { $0.append("early") } }
        #expect(told.withLock { $0 } == [] && !flag.raised)
        flag.raise()
        flag.raise()
        #expect(told.withLock { $0 } == ["early"] && flag.raised)
        flag.whenRaised { told.withLock { $0.append("late") } }
        #expect(told.withLock { $0 } == ["early", "late"])
    }
}
