import Foundation

/// Does what blocks on a thread that nobody else needs.
func onThreadOfItsOwn<Answer: Sendable>(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: work)) }
    }
}

/// What a test waited for did not come.
struct NeverCame: Error, CustomStringConvertible {
    var what: String
    var limit: TimeInterval
    var description: String { "\(what) did not come within \(Int(limit)) s" }
}

/// Waits for what no event tells, such as a process that is gone: looks every few milliseconds.
///
/// - Throws: ``NeverCame`` where it takes longer than anything that works.
func wait(for what: String, limit: TimeInterval = 240, until has: @escaping @Sendable () throws -> Bool) async throws {
    try await onThreadOfItsOwn {
        let end = Date(timeIntervalSinceNow: limit)
        while try !has() {
            guard Date() < end else { throw NeverCame(what: what, limit: limit) }
            usleep(2_000)
        }
    }
}
