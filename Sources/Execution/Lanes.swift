internal import Dispatch
internal import Locks

/// Where the code of records runs: Dispatch queues of our own, as many as there are cores, fed from one line.
///
/// Work waits in one first-in-first-out line, and any free lane takes the next piece, so no lane is idle while work
/// waits. A job must not block: files and databases have queues of their own (``BlockingQueue``).
package final class Lanes: TaskExecutor {
    private struct State {
        var waiting = JobLine()
        var idle: [Int]
    }

    private let queues: [DispatchQueue]
    private let state: Guarded<State>

    package init(count: Int) {
        queues = (0..<max(1, count)).map { DispatchQueue(label: "linecook.lane-\($0)") }
        state = Guarded(State(idle: Array(queues.indices)))
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let lane: Int? = state.withLock { state in
            state.waiting.append(job)
            return state.idle.popLast()
        }
        guard let lane else { return }
        queues[lane].async { @Sendable in self.drain(lane) }
    }

    /// Runs jobs until the line is empty. The lane joins the idle ones under the same lock that found the line empty,
    /// so a job that comes just then wakes a lane.
    private func drain(_ lane: Int) {
        while true {
            let job: UnownedJob? = state.withLock { state in
                guard let job = state.waiting.popFirst() else {
                    state.idle.append(lane)
                    return nil
                }
                return job
            }
            guard let job else { return }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

/// A first-in-first-out line that reuses its memory.
private struct JobLine {
    private var jobs: [UnownedJob?] = []
    private var head = 0

    mutating func append(_ job: UnownedJob) { jobs.append(job) }

    mutating func popFirst() -> UnownedJob? {
        guard head < jobs.count else { return nil }
        let job = jobs[head]
        jobs[head] = nil
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024, head * 2 > jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }
}
