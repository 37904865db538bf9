package import Calls

/// The connections to one server: at most so many, each with a thread of its own that may wait, kept for the next query.
package final class PostgresPool: Sendable {
    package let address: PostgresAddress
    package let width: Int
    private let places: WaitingPlaces<PostgresConnection>

    package init(_ address: PostgresAddress, width: Int = 8) {
        self.address = address
        self.width = width
        places = WaitingPlaces(count: width, label: "postgres")
    }

    /// Runs work on a connection, made where none is open. Ends soon after its task is cancelled.
    package func run<Success: Sendable>(
        _ work: @escaping @Sendable (PostgresConnection, StopFlag) throws(DatabaseProblem) -> Success
    ) async -> Result<Success, DatabaseProblem> {
        await places.run { [address] open, stop throws(DatabaseProblem) in
            let connection = if let open { open } else { try PostgresConnection(address) }
            open = connection
            defer { if !connection.isUsable { open = nil } }
            return try work(connection, stop)
        }
    }
}
