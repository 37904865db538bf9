/// Holds the tokens used in a minute below a number: rules only.
///
/// A request takes what it is expected to use and settles with what it used. The bucket holds two seconds' worth, so that
/// no minute's start can use much more than its share; a request larger than that waits for a full bucket and leaves a
/// debt behind. Times are seconds on any clock that does not jump.
package struct TokenBucket: Hashable, Sendable {
    /// Of a minute's tokens, what the bucket holds.
    private static let share = 1.0 / 30

    private let rate: Double
    private let size: Double
    private var level: Double
    private var last = 0.0

    package init(perMinute: Int) {
        let minute = Double(max(1, perMinute))
        size = minute * Self.share
        rate = minute * (1 - Self.share) / 60
        level = size
    }

    /// When a request of so many tokens may leave, at the earliest.
    package func earliest(_ tokens: Int, now: Double) -> Double {
        let lacking = min(Double(tokens), size) - self.level(now)
        // A hair less than what is asked for is enough: the clock's steps must not make anybody wait twice.
        return lacking <= 1e-6 * size ? now : now + lacking / rate
    }

    package mutating func take(_ tokens: Int, now: Double) {
        level = self.level(now) - Double(tokens)
        last = now
    }

    /// What a request used instead of what it took.
    package mutating func settle(taken: Int, used: Int, now: Double) {
        level = min(size, self.level(now) + Double(taken - used))
        last = now
    }

    private func level(_ now: Double) -> Double { min(size, level + (now - last) * rate) }
}
