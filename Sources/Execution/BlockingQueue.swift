internal import Dispatch

/// A thread that may wait for a disk, so that no lane has to: work is done one piece after another, in order.
package final class BlockingQueue: Sendable {
    private let queue: DispatchQueue

    package init(label: String) { queue = DispatchQueue(label: "linecook.\(label)") }

    /// Runs a piece of blocking work behind all that was handed in before, and gives back what it returns.
    package func run<Success: Sendable, Problem: Error>(
        _ work: @escaping @Sendable () throws(Problem) -> Success
    ) async throws(Problem) -> Success {
        let result: Result<Success, Problem> = await withCheckedContinuation { continuation in
            queue.async { @Sendable in
                do throws(Problem) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
