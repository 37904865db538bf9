import Calls
import Databases
import Testing
import Values

@testable import StepKinds

@Suite struct PostgresOutletTests {
    @Test(.timeLimit(.minutes(5))) func `once the run stops, a server that nobody reaches is not waited for`()
        async throws
    {
        let stopping = StopFlag()
        stopping.raise()
        let address = try PostgresAddress("host=127.0.0.1 port=1 dbname=crm user=nobody")
        let table = SQLMessage.Table(
            database: .postgres(address), name: "notes", columns: ["note"], keyColumn: "idempotency_key")
        let outlet = PostgresOutlet(table, at: address, stopping: stopping)
        let clock = ContinuousClock()
        let start = clock.now
        let ending = await outlet.send(
            SQLMessage.Rendered(values: ["hello"], shown: ""), key: "k", timeout: .seconds(5))
        guard case .outOfReach = ending else {
            Issue.record("\(ending)")
            return
        }
        // Its patience is half a minute.
        #expect(start.duration(to: clock.now) < .seconds(20))
    }
}
