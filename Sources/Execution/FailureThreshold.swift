package import Planning
package import Runs

/// Whether so much fails that the recipe must be wrong. Counted once ``FailureThreshold/least`` records have ended.
package struct FailureThreshold: Hashable, Sendable {
    /// Fewer ended records than this say nothing.
    package static let least = 20

    package var limit: FailureLimit?

    package init(limit: FailureLimit?) { self.limit = limit }

    package func isPassed(by counts: Counts) -> Bool {
        let ended = counts.done + counts.failed + counts.rejected + counts.skipped
        guard let limit, ended >= Self.least else { return false }
        switch limit {
        case .count(let most): return counts.failed > most
        case .share(let most): return Double(counts.failed) > most * Double(ended)
        }
    }
}
