import Calls
import Runs
import TestSupport
import Testing

@testable import Databases

@Suite(.timeLimit(.minutes(5))) struct DatabaseCallerTests {
    @Test func `a stop is heard by who waits for a database that is out of reach, within a moment`() async throws {
        let clock = ManualClock()
        let stopping = StopFlag()
        let caller = DatabaseCaller(clock: clock, stopping: stopping)
        let refusal = Result<Int, DatabaseProblem>.failure(DatabaseProblem(.unreachable, "refused"))
        async let ending = caller.call { refusal }
        while clock.slept.isEmpty { await Task.yield() }
        stopping.raise()
        clock.advance(by: .seconds(0.25))
        guard case .outOfReach(let failure) = await ending else {
            Issue.record("it waits on, or has an answer")
            return
        }
        #expect(failure.message == "refused")
    }
}
