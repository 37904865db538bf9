/// Holds the tokens used in a minute below a number: rules only.
///
/// Two rules together. Over a minute: what was used, and what is under way at worst, is never more than the number. Within
/// it: requests are spaced by what they will probably use, which answers teach; a request that is under way for long, or
/// takes much more than it uses, keeps nobody waiting for tokens that it gives back. For that the bucket holds two
/// seconds' worth; a request larger than it waits for a full one and leaves a debt behind. Times are seconds on any clock
/// that does not jump.
package struct TokenBucket: Hashable, Sendable {
    /// Of a minute's tokens, what the bucket holds.
    private static let share = 1.0 / 30
    /// How much one answer that used less than expected counts. One that used more counts whole.
    private static let weight = 0.2
    /// One second more: when requests left is known by the second.
    private static let minute = 61.0

    private let perMinute: Int
    private let rate: Double
    private let size: Double
    private var level: Double
    private var last = 0.0
    /// Taken by requests that are under way.
    private var open = 0
    /// What requests use of what they take.
    private var portion = 1.0
    /// By the second in which the requests left that used them.
    private var used: [Int: Int] = [:]

    package init(perMinute: Int) {
        self.perMinute = max(1, perMinute)
        let minute = Double(self.perMinute)
        size = minute * Self.share
        rate = minute * (1 - Self.share) / 60
        level = size
    }

    /// When a request of so many tokens may leave, at the earliest, if nothing is settled before.
    package func earliest(_ tokens: Int, now: Double) -> Double {
        let lacking = min(Double(tokens) * portion, size) - self.level(now)
        // A hair less than what is asked for is enough: the clock's steps must not make anybody wait twice.
        let paced = lacking <= 1e-6 * size ? now : now + lacking / rate
        return max(paced, whenTheMinuteHasRoom(for: tokens, now: now))
    }

    private func whenTheMinuteHasRoom(for tokens: Int, now: Double) -> Double {
        let recent = used.filter { Double($0.key) > now - Self.minute }
        var excess = recent.values.reduce(0, +) + open + min(tokens, perMinute) - perMinute
        if excess <= 0 { return now }
        for (second, tokens) in recent.sorted(by: { $0.key < $1.key }) {
            excess -= tokens
            if excess <= 0 { return Double(second) + Self.minute }
        }
        return now + Self.minute
    }

    package mutating func take(_ tokens: Int, now: Double) {
        level = self.level(now) - Double(tokens) * portion
        last = now
        open += tokens
    }

    /// What a request used instead of what it took.
    ///
    /// - Parameters:
    ///   - used: nil where nothing is known: then it was all that it took.
    ///   - start: when it left.
    package mutating func settle(taken: Int, used: Int?, start: Double, now: Double) {
        let spent = used ?? taken
        var level = self.level(now) + Double(taken) * portion - Double(spent)
        open = max(0, open - taken)
        // An error that costs nothing teaches nothing.
        if let used, used > 0, taken > 0 {
            let seen = min(1, Double(used) / Double(taken))
            let before = portion
            portion = max(seen, portion + (seen - portion) * Self.weight)
            level += (before - portion) * Double(open)
        }
        self.level = min(size, level)
        last = now
        self.used[Int(start.rounded(.down)), default: 0] += spent
        if Double(self.used.count) > 2 * Self.minute {
            self.used = self.used.filter { Double($0.key) > now - Self.minute }
        }
    }

    private func level(_ now: Double) -> Double { min(size, level + (now - last) * rate) }
}
