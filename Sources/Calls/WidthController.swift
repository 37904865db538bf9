/// How many requests to a model are open at once, found by itself: rules only.
///
/// As in TCP. The width doubles each round trip until the first sign that it is too large, then grows by small steps; a
/// sign takes a share of it away, at most once a round trip. Two things are signs:
/// - The other side says so: 429, 503, 529.
/// - Answers take twice as long as they did at their best, and a width half as large brought as many of them. Twice as
///   long alone says little: a server that works in batches answers slower and does more.
///
/// Answers are compared with those of about the same size, because a long answer takes long at any width. Where a
/// smaller width does not shorten the answers, they take long for reasons of their own, and that is the measure from
/// then on.
package struct WidthController: Sendable {
    /// How a request ended, as far as the width is concerned.
    package enum Ending: Hashable, Sendable {
        /// With the size of the answer in bytes.
        case answered(bytes: Int)
        case overloaded
        /// Says nothing of the load.
        case other
    }

    static let first = 4.0
    /// The share of the width that is in use where it is used at all.
    private static let full = 0.8
    /// What remains after a sign.
    private static let shareAfterOverload = 0.8
    /// How much longer answers may take than at their best.
    private static let patience = 2.0
    /// What is kept in line at the other side, so that it never waits for us.
    private static let reserve = 1.25

    private let most: Double
    private var exact: Double
    private var isDoubling = true
    /// Open just now.
    private var open = 0
    /// The width that was too large last; growth is slow near it.
    private var wall: Double?
    private var lastDecrease = -Double.infinity
    /// The present round trip: when it began, the width then, and the most that were open since.
    private var trip = (start: -Double.infinity, width: WidthController.first, peak: 0)
    /// Whether the last round trip used its width: one that is not used says nothing of a larger one.
    private var isUsed = false
    private var round = Round()
    private var sizes = SizeClasses()
    /// Answers a second that widths of about a power of two brought, by the power.
    private var rates = [Double?](repeating: nil, count: 32)
    /// What was found before the width was taken back for the answers' slowness, until it is known whether that helped.
    private var trial: (slowness: Double, company: Double, width: Double)?

    /// - Parameter most: the largest width.
    package init(most: Int) {
        self.most = Double(max(1, most))
        exact = min(Self.first, self.most)
    }

    /// How many may be open now, at least 1.
    package var width: Int { Int(exact) }

    /// A request leaves.
    ///
    /// - Returns: how many are open with it; given back when it ends.
    package mutating func started() -> Int {
        open += 1
        trip.peak = max(trip.peak, open)
        return open
    }

    /// - Parameters:
    ///   - company: how many were open when the request left.
    ///   - start: when it left, in seconds on the same clock as `now`.
    package mutating func ended(_ ending: Ending, company: Int, start: Double, now: Double) {
        if start >= trip.start { endTrip(now) }
        let openBefore = Double(open)
        open -= 1
        // What left before the last decrease was sent at the larger width, which has been answered for.
        guard start >= lastDecrease else { return }
        switch ending {
        case .other: return
        case .overloaded:
            let reached = min(exact, max(1, openBefore))
            wall = reached
            trial = nil
            decrease(to: reached * Self.shareAfterOverload, now)
        case .answered(let bytes):
            if isUsed { grow() }
            round.add(
                latency: now - start, slowness: sizes.slowness(of: now - start, bytes: bytes), company: company)
            if round.count >= max(8, width / 4) { endRound(now) }
        }
    }

    /// A round trip is over when a request ends that left in it.
    private mutating func endTrip(_ now: Double) {
        isUsed = Double(trip.peak) >= Self.full * trip.width
        trip = (now, exact, open)
    }

    // MARK: Growing

    private mutating func grow() {
        guard !isDoubling else { return set(exact + 1) }
        set(exact + step / exact)
    }

    /// How much a round trip adds.
    private var step: Double {
        guard let wall else { return max(1, exact.squareRoot() / 2) }
        return exact < 0.9 * wall ? 1 : 0.1
    }

    private mutating func set(_ width: Double) {
        exact = min(most, max(1, width))
        // Past the wall without a sign: it stands there no longer.
        if let wall, exact > 1.1 * wall { self.wall = nil }
    }

    // MARK: Rounds

    private mutating func endRound(_ now: Double) {
        let seen = round
        round = Round()
        let power = Int(max(1, seen.company).exponent)
        let half = power > 0 ? rates[power - 1] : nil
        rates[power] = seen.rate
        if let before = trial, seen.company < 0.75 * before.company {
            trial = nil
            if seen.slowness > 0.8 * before.slowness {
                sizes.forgive(seen.slowness)
                return set(before.width)
            }
        }
        let brings = half.map { seen.rate > 1.1 * $0 } ?? false
        guard seen.slowness > Self.patience, !brings else { return }
        if trial == nil { trial = (seen.slowness, seen.company, exact) }
        decrease(to: max(exact / 2, seen.company / seen.slowness * Self.reserve), now)
    }

    private mutating func decrease(to width: Double, _ now: Double) {
        isDoubling = false
        lastDecrease = now
        set(min(exact, width))
        round = Round()
    }

    /// What was seen of some requests, about a quarter of a round trip's.
    private struct Round {
        private(set) var count = 0
        private var sums = (latency: 0.0, slowness: 0.0, company: 0.0)

        mutating func add(latency: Double, slowness: Double, company: Int) {
            count += 1
            sums.latency += latency
            sums.slowness += slowness
            sums.company += Double(company)
        }

        var slowness: Double { sums.slowness / Double(count) }
        /// How many were open, on average, when they left.
        var company: Double { sums.company / Double(count) }
        /// Answers a second, by Little's law.
        var rate: Double { sums.company / max(sums.latency, 1e-9) }
    }
}
