package import Calls

/// The connections to one server: at most so many, each with a thread of its own that may wait, kept for the next query.
package final class PostgresPool: Sendable {
    package let address: PostgresAddress
    package let width: Int
    private let writes: Bool
    private let places: WaitingPlaces<PostgresConnection>

    /// - Parameter writes: whether what runs on its connections may change something.
    package init(_ address: PostgresAddress, width: Int = 8, writes: Bool = false) {
        self.address = address
        self.width = width
        self.writes = writes
        places = WaitingPlaces(count: width, label: "postgres")
    }

    /// Runs work on a connection, made where none is open. Ends soon after its task is cancelled.
    package func run<Success: Sendable>(
        _ work: @escaping @Sendable (PostgresConnection, StopFlag) throws(DatabaseProblem) -> Success
    ) async -> Result<Success, DatabaseProblem> {
        await places.run { [address, writes] open, stop throws(DatabaseProblem) in
            let connection = if let open { open } else { try PostgresConnection(address, writes: writes) }
            open = connection
            defer { if !connection.isUsable { open = nil } }
            return try work(connection, stop)
        }
    }
}
