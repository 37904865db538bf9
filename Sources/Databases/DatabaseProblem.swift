package import Runs

/// Why a database gave no answer.
package struct DatabaseProblem: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        /// Nobody is there, or nobody lets us in: asked again later, and then the run stops.
        case unreachable
        /// A connection that broke, a lock that another holds: asked again by itself.
        case passing
        case timedOut
        /// The database said no to the query; it would say so again.
        case refused
        case cancelled
    }

    package var reason: Reason
    /// What is wrong and what to do; holds no password.
    package var message: String

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var failure: Failure {
        switch reason {
        case .unreachable: Failure(.unreachable, message)
        case .passing: Failure(.overloaded, message)
        case .timedOut, .cancelled: Failure(.timeout, message)
        case .refused: Failure(.refusedRequest, message)
        }
    }
}

/// Something that can be asked whether a database is there: a step or an input that reads one.
package protocol DatabaseUser: Sendable {
    /// As people know it, without a password.
    var databaseName: String { get }

    /// Nil where it answers; else why not. Blocks.
    func databaseProblem() -> String?
}
