import Dispatch
import Execution
import Synchronization
import Testing

@Suite struct LaneTests {
    @Test func `a lane that is busy leaves the work to the others`() async {
        let lanes = Lanes(count: 2)
        let gate = DispatchSemaphore(value: 0)
        let ran = Counter()
        await withTaskGroup { group in
            group.addTask(executorPreference: lanes) { gate.wait() }
            for _ in 0..<1000 {
                group.addTask(executorPreference: lanes) {
                    if ran.add(1) == 1000 { gate.signal() }
                }
            }
        }
        #expect(ran.value == 1000)
    }

    @Test func `work handed in from many threads is done once each`() async {
        let lanes = Lanes(count: 4)
        let sum = Counter()
        await withTaskGroup { outer in
            for part in 0..<8 {
                outer.addTask {
                    await withTaskGroup { inner in
                        for number in 0..<2000 {
                            inner.addTask(executorPreference: lanes) { sum.add(part * 2000 + number) }
                        }
                    }
                }
            }
        }
        #expect(sum.value == (0..<16000).reduce(0, +))
    }

    @Test func `children of a task on the lanes stay there`() async {
        let lanes = Lanes(count: 1)
        await withTaskExecutorPreference(lanes) {
            async let child = currentExecutor()
            #expect(await child == ObjectIdentifier(lanes))
        }
    }
}

/// The executor that the calling task prefers.
private func currentExecutor() async -> ObjectIdentifier? {
    withUnsafeCurrentTask { task in
        task?.unownedTaskExecutor?.asTaskExecutor().map { ObjectIdentifier($0) }
    }
}

@Suite struct AdmissionWindowTests {
    @Test func `nobody beyond the width is inside at once`() async {
        let window = AdmissionWindow(width: 3)
        let most = Counter()
        await withDiscardingTaskGroup { group in
            for _ in 0..<500 {
                guard await window.admit() else { return }
                group.addTask {
                    most.raise(to: window.held)
                    await Task.yield()
                    window.leave()
                }
            }
        }
        #expect(most.value <= 3)
        #expect(window.held == 0)
    }

    @Test func `closing turns away the one who waits`() async {
        let window = AdmissionWindow(width: 1)
        #expect(await window.admit())
        async let second = window.admit()
        window.close()
        #expect(await second == false)
        window.leave()
        #expect(await window.admit() == false)
    }
}
