/// Finds which stretches of a document somebody's answer quotes.
///
/// White space, case and typographic quotes aside, as a `quote` of a recipe is compared.
package struct QuotedPassages: Sendable {
    /// Folded characters of the document, with where each stands in it (bytes, the end not included).
    private var folded: [UInt32] = []
    private var places: [Range<Int>] = []

    /// Shorter ones stand in every document by chance.
    package static let shortest = 12
    /// What is read for quotes: a longer document is read up to here.
    static let longest = 400_000

    package init(of document: String) {
        var offset = 0
        for scalar in document.unicodeScalars {
            let length = UTF8.width(scalar)
            for part in Self.fold(scalar) {
                if part == 0x20, folded.last == 0x20 { continue }
                folded.append(part)
                places.append(offset..<offset + length)
            }
            offset += length
            if folded.count >= Self.longest { break }
        }
    }

    /// The bytes of the document that a text stands in; nil where it does not stand there, or is too short to say.
    package func find(_ text: String) -> Range<Int>? {
        var wanted: [UInt32] = []
        for scalar in text.unicodeScalars {
            for part in Self.fold(scalar) where part != 0x20 || (wanted.last ?? 0x20) != 0x20 { wanted.append(part) }
            if wanted.count > Self.longest { return nil }
        }
        while wanted.last == 0x20 { wanted.removeLast() }
        guard wanted.count >= Self.shortest, wanted.count <= folded.count else { return nil }
        guard let start = Self.search(wanted, in: folded) else { return nil }
        return places[start].lowerBound..<places[start + wanted.count - 1].upperBound
    }

    /// The stretches that texts quote, in the document's order, none overlapping another.
    package func stretches(of texts: [String]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in texts.compactMap(find).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    /// Knuth, Morris and Pratt: linear, whatever the texts are.
    private static func search(_ wanted: [UInt32], in text: [UInt32]) -> Int? {
        var failure = [Int](repeating: 0, count: wanted.count)
        var length = 0
        for index in 1..<wanted.count {
            while length > 0, wanted[index] != wanted[length] { length = failure[length - 1] }
            if wanted[index] == wanted[length] { length += 1 }
            failure[index] = length
        }
        length = 0
        for (index, part) in text.enumerated() {
            while length > 0, part != wanted[length] { length = failure[length - 1] }
            if part == wanted[length] { length += 1 }
            if length == wanted.count { return index - length + 1 }
        }
        return nil
    }

    private static func fold(_ scalar: Unicode.Scalar) -> [UInt32] {
        switch scalar.value {
        case 0x41...0x5A: [scalar.value | 0x20]
        case 0x09...0x0D, 0x20, 0xA0, 0x2007, 0x202F: [0x20]
        case 0..<0x80: [scalar.value]
        case 0x2018...0x201B, 0x2032, 0x2039, 0x203A: [0x27]
        case 0x201C...0x201F, 0x2033, 0xAB, 0xBB: [0x22]
        default:
            scalar.properties.isWhitespace ? [0x20] : scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
        }
    }
}
