/// The best times of answers, by the power of two of their size.
struct SizeClasses: Sendable {
    fileprivate struct Class {
        var best: Double?
        var sum = 0.0
        var count = 0
        /// How many answers make the next mean: few at first, to have a measure soon, then more, because the least of many
        /// means of a few is far below what is usual.
        var wanted = 8
    }

    fileprivate static let mostWanted = 64
    private var classes = [Class](repeating: Class(), count: Int.bitWidth + 1)

    /// How many times the best time of its size an answer took, and learns from it; 1 while there is no best.
    mutating func slowness(of seconds: Double, bytes: Int) -> Double {
        let place = Int.bitWidth - max(0, bytes).leadingZeroBitCount
        classes[place].take(seconds)
        guard let best = classes[place].best, best > 0 else { return 1 }
        return seconds / best
    }

    /// All answers take so many times as long, whatever the width.
    mutating func forgive(_ slowness: Double) {
        for place in classes.indices { classes[place].best = classes[place].best.map { $0 * slowness } }
    }
}

extension SizeClasses.Class {
    fileprivate mutating func take(_ seconds: Double) {
        sum += seconds
        count += 1
        guard count == wanted else { return }
        let mean = sum / Double(count)
        best = min(best ?? mean, mean)
        (sum, count) = (0, 0)
        wanted = min(SizeClasses.mostWanted, wanted * 2)
    }
}
