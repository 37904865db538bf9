import Values

// Whether a text speaks of something: a search that looks past how it was typeset.

/// A text in which it does not matter how it was typeset.
struct FoldedText: Sendable {
    private let bytes: [UInt8]

    /// Capitals become small, any run of white space one space, all apostrophes and quotation marks `'` or `"`, all dashes,
    /// hyphens and minus signs `-`; soft hyphens and zero-width characters go. Nothing else is changed: accents count, and
    /// so does Unicode normalisation.
    init(_ text: String) {
        var text = text
        bytes = text.withUTF8 { original in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(original.count)
            var afterSpace = false
            var place = 0
            while place < original.count {
                // Most of most texts: a small letter or a sign of ASCII stays as it is.
                let byte = original[place]
                if byte > 0x5A, byte < 0x80 {
                    bytes.append(byte)
                    afterSpace = false
                    place += 1
                    continue
                }
                let (scalar, width) = original.scalar(at: place)
                place += width
                let isSpace = scalar.isSpace
                if !isSpace {
                    scalar.appendFolded(to: &bytes)
                } else if !afterSpace {
                    bytes.append(0x20)
                }
                afterSpace = isSpace
            }
            return bytes
        }
    }

    /// Whether a phrase stands in the text as whole words, both folded, the phrase without white space at its ends.
    ///
    /// Whole words: where the phrase begins or ends with a letter or a digit, the text has none beside it. Scripts that
    /// write no spaces between words (Chinese, Japanese, Thai and their neighbours; Korean with its particles) are exempt.
    /// An empty phrase is never mentioned.
    ///
    /// - Parameter frame: is charged for every place that has the phrase and not as whole words, for there the search
    ///   begins anew.
    func mentions(_ phrase: String, _ frame: inout Frame) throws(Fault) -> Bool {
        let wanted = FoldedText(phrase.withoutOuterSpace).bytes
        return try wanted.withUnsafeBufferPointer { wanted throws(Fault) in
            guard let last = wanted.scalar(before: wanted.count) else { return false }
            let first = wanted.scalar(at: 0).0
            return try bytes.withUnsafeBufferPointer { text throws(Fault) in
                var start = 0
                while let found = offset(of: wanted, in: text[start...]) {
                    let end = found + wanted.count
                    let next = end < text.count ? text.scalar(at: end).0 : nil
                    if !joins(text.scalar(before: found), first), !joins(last, next) { return true }
                    try frame.charge(bytes: wanted.count)
                    start = found + 1
                }
                return false
            }
        }
    }
}

extension FoldedText {
    /// Whether a passage stands in the text word for word, white space, case and typographic quotes aside; without a bound
    /// on the work, for passages that have one. One pair of quotes around it is not part of it.
    fileprivate func holds(_ passage: String) -> Bool {
        let wanted = FoldedText(passage.withoutOuterSpace).bytes
        return stands(wanted) || stands(wanted.withoutOuterQuotes)
    }

    private func stands(_ wanted: [UInt8]) -> Bool {
        wanted.withUnsafeBufferPointer { wanted in
            guard let last = wanted.scalar(before: wanted.count) else { return false }
            let first = wanted.scalar(at: 0).0
            return bytes.withUnsafeBufferPointer { text in
                var start = 0
                while let found = offset(of: wanted, in: text[start...]) {
                    let end = found + wanted.count
                    let next = end < text.count ? text.scalar(at: end).0 : nil
                    if !joins(text.scalar(before: found), first), !joins(last, next) { return true }
                    start = found + 1
                }
                return false
            }
        }
    }
}

/// A text that passages are looked for in.
public struct QuotedText: Sendable {
    private let folded: FoldedText

    public init(_ text: String) { folded = FoldedText(text) }

    /// Whether a passage stands in it word for word, white space, case and typographic quotes aside.
    public func holds(_ passage: String) -> Bool { folded.holds(passage) }
}

extension [UInt8] {
    fileprivate var withoutOuterQuotes: [UInt8] {
        guard count > 2, let first, first == last, first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") else {
            return self
        }
        return Array(self[1..<count - 1])
    }
}

extension Frame {
    /// A text folded; the one folded last is kept, for a list of phrases is mostly looked for in one text.
    mutating func folded(_ text: String) -> FoldedText {
        if let last = lastFolded, last.original.isHeldLike(text) { return last.folded }
        let folded = FoldedText(text)
        lastFolded = (text, folded)
        return folded
    }
}

/// Whether two neighbours belong to one word.
private func joins(_ one: Unicode.Scalar?, _ other: Unicode.Scalar?) -> Bool {
    guard let one, let other else { return false }
    return one.isWordPart && other.isWordPart && !one.isUnspaced && !other.isUnspaced
}

extension Unicode.Scalar {
    fileprivate func appendFolded(to bytes: inout [UInt8]) {
        switch value {
        case ..<0x80: bytes.append(UInt8(value).lowercased)
        // Latin letters with accents: the capitals stand 32 places before the small ones.
        case 0xC0...0xD6, 0xD8...0xDE: bytes.append(contentsOf: [0xC3, UInt8(value - 0xC0) + 0xA0])
        case 0xDF...0xFF: bytes.append(contentsOf: [0xC3, UInt8(value - 0xC0) + 0x80])
        case 0x2018...0x201B, 0x2032, 0x00B4, 0x2039, 0x203A, 0x02BC, 0xFF07: bytes.append(UInt8(ascii: "'"))
        case 0x201C...0x201F, 0x2033, 0x00AB, 0x00BB, 0x301D...0x301F, 0xFF02: bytes.append(UInt8(ascii: "\""))
        case 0x2010...0x2015, 0x2212, 0x2043, 0xFE58, 0xFE63, 0xFF0D: bytes.append(UInt8(ascii: "-"))
        case 0x00AD, 0x200B...0x200D, 0x2060, 0xFEFF: break
        default: bytes.append(contentsOf: properties.lowercaseMapping.utf8)
        }
    }

    /// White space, as Unicode has it.
    fileprivate var isSpace: Bool {
        switch value {
        case 0x20, 0x09...0x0D, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// Of a script that writes no spaces between words, or glues particles to them.
    fileprivate var isUnspaced: Bool {
        switch value {
        // Thai, Lao, Tibetan, Myanmar; Hangul letters; Khmer.
        case 0x0E00...0x0FFF, 0x1000...0x109F, 0x1100...0x11FF, 0x1780...0x17FF: true
        // Kana, ideographs with their extensions and compatibility forms, Hangul syllables.
        case 0x3005...0x3007, 0x3040...0x30FF, 0x3130...0x318F, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF66...0xFFDC, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The character that ends before an offset.
    fileprivate func scalar(before offset: Int) -> Unicode.Scalar? {
        var start = offset - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return start >= 0 ? scalar(at: start).0 : nil
    }
}
