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
    /// Whether a statement that changes something may have been carried out all the same. Never asked again by itself.
    package var mayHaveActed = false

    package init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    package var failure: Failure {
        let cause: Cause =
            switch reason {
            case .unreachable: .unreachable
            case .passing: .overloaded
            case .timedOut, .cancelled: .timeout
            case .refused: .refusedRequest
            }
        return Failure(cause, message, mayHaveActed: mayHaveActed)
    }

    /// The same, where nobody knows what became of the statement.
    var leavingDoubt: DatabaseProblem {
        var problem = self
        problem.mayHaveActed = true
        return problem
    }
}

/// Something that can be asked whether a database is there: a step or an input that reads one.
package protocol DatabaseUser: Sendable {
    /// As people know it, without a password.
    var databaseName: String { get }

    /// Nil where it answers; else why not. Blocks.
    func databaseProblem() -> String?
}
