import Dispatch
import Locks
import Testing

@Suite struct GuardedTests {
    @Test func `one thread at a time touches the state`() {
        let sum = Guarded(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<10_000 { sum.withLock { $0 += 1 } }
        }
        #expect(sum.withLock { $0 } == 80_000)
    }

    @Test func `an error of the body comes out, and the lock is free again`() {
        struct Broken: Error {}
        let state = Guarded(1)
        #expect(throws: Broken.self) { try state.withLock { _ throws(Broken) in throw Broken() } }
        #expect(state.withLock { $0 } == 1)
    }
}
