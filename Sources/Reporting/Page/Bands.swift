/// Counts as bands side by side: as wide as their share, but none that counts something too narrow to see.
struct Bands: Hashable {
    struct Band: Hashable {
        var style: String
        var count: Int
        var from: Double
        var width: Double
        var to: Double { from + width }
    }

    /// Without those that count nothing.
    private(set) var bands: [Band] = []

    /// - Parameters:
    ///   - whole: The count that is as wide as `width`.
    ///   - least: The width of the narrowest band.
    init(_ parts: [(style: String, count: Int)], of whole: Int, width: Double, least: Double) {
        let parts = parts.filter { $0.count > 0 }
        let total = Self.width(parts.reduce(0) { $0 + $1.count }, of: whole, width: width, least: least)
        let widths = parts.map { Self.width($0.count, of: whole, width: width, least: least) }
        // What narrow bands got on top is taken from those that have it to give, by their share of it.
        let spare = widths.reduce(0) { $0 + max(0, $1 - least) }
        let excess = max(0, widths.reduce(0, +) - total)
        let shrink = spare > 0 ? min(1, excess / spare) : 0
        var from = 0.0
        for (part, width) in zip(parts, widths) {
            let width = width - max(0, width - least) * shrink
            bands.append(Band(style: part.style, count: part.count, from: from, width: width))
            from += width
        }
    }

    var width: Double { bands.last?.to ?? 0 }

    static func width(_ count: Int, of whole: Int, width: Double, least: Double) -> Double {
        count <= 0 || whole <= 0 ? 0 : max(least, width * Double(count) / Double(whole))
    }
}
