import Dispatch
import Execution
import Synchronization
import Testing

@Suite struct LaneTests {
    @Test func `a lane that is busy leaves the work to the others`() async {
        let lanes = Lanes(count: 2)
        let gate = DispatchSemaphore(value: 0)
        let ran = Atomic(0)
        await withTaskGroup { group in
            group.addTask(executorPreference: lanes) { gate.wait() }
            for _ in 0..<1000 {
                group.addTask(executorPreference: lanes) {
                    if ran.add(1, ordering: .relaxed).newValue == 1000 { gate.signal() }
                }
            }
        }
        #expect(ran.load(ordering: .relaxed) == 1000)
    }

    @Test func `work handed in from many threads is done once each`() async {
        let lanes = Lanes(count: 4)
        let sum = Atomic(0)
        await withTaskGroup { outer in
            for part in 0..<8 {
                outer.addTask {
                    await withTaskGroup { inner in
                        for number in 0..<2000 {
                            inner.addTask(executorPreference: lanes) { sum.add(part * 2000 + number, ordering: .relaxed) }
                        }
                    }
                }
            }
        }
        #expect(sum.load(ordering: .relaxed) == (0..<16000).reduce(0, +))
    }

    @Test func `children of a task on the lanes stay there`() async {
        let lanes = Lanes(count: 1)
        await withTaskExecutorPreference(lanes) {
            async let label = laneLabel()
            #expect(await label == "linecook.lane-0")
        }
    }
}

private func laneLabel() async -> String {
    String(cString: __dispatch_queue_get_label(nil))
}

@Suite struct AdmissionWindowTests {
    @Test func `nobody beyond the width is inside at once`() async {
        let window = AdmissionWindow(width: 3)
        let most = Atomic(0)
        await withDiscardingTaskGroup { group in
            for _ in 0..<500 {
                guard await window.admit() else { return }
                group.addTask {
                    most.max(window.held, ordering: .relaxed)
                    await Task.yield()
                    window.leave()
                }
            }
        }
        #expect(most.load(ordering: .relaxed) <= 3)
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
