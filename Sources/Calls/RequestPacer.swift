/// Spaces requests so that never more than a number of them leave in any 60 s: rules only.
///
/// They go out evenly, without bursts, over a minute of 61 s: what a request loses or gains on its way to the other side
/// fits in between. Times are seconds on a clock that starts with the pacer; earlier ones are below 0.
package struct RequestPacer: Hashable, Sendable {
    private static let minute = 61.0
    /// How far behind its schedule the pacer may catch up: timers wake late.
    private static let slack = 0.3

    private let perMinute: Int
    /// When the next request is due.
    private var next: Double
    /// Of an earlier process, the latest last.
    private var earlier: [Double]
    private var taken = 0

    /// - Parameter earlier: when requests of an earlier process left. Those that a wall clock puts into the future, because
    ///   it was turned back since, count as of now: at worst the first request waits a minute. Its retries may be missing among them, so the first
    ///   request waits as if one had left just now.
    package init(perMinute: Int, earlier: [Double] = []) {
        self.perMinute = max(1, perMinute)
        self.earlier = earlier.filter { $0 > -Self.minute }.map { min($0, 0) }.sorted()
        next = self.earlier.isEmpty ? 0 : Self.minute / Double(self.perMinute)
    }

    /// When the next request may leave, at the earliest.
    package func earliest(now: Double) -> Double {
        var time = max(next, now)
        if let crowded = earlier.last(where: { old in
            old > time - Self.minute && taken + earlier.count { $0 >= old } >= perMinute
        }) {
            time = max(time, crowded + Self.minute)
        }
        return time
    }

    /// A request leaves.
    package mutating func take(now: Double) {
        next = max(next, now - Self.slack) + Self.minute / Double(perMinute)
        if !earlier.isEmpty {
            taken += 1
            earlier.removeAll { $0 <= now - Self.minute }
        }
    }
}
