import Values

// What recipes ask of prose, beyond CEL.

extension Function {
    static let words: [Function] = [
        .method(
            "mentions", [([.string, .string], .bool)],
            .two { text, phrase, frame throws(Fault) in
                guard case .string(let text) = text, case .string(let phrase) = phrase else {
                    throw unsupported("mentions", text, phrase)
                }
                try frame.charge(bytes: text.utf8.count + phrase.utf8.count)
                let folded = frame.folded(text)
                return .bool(try folded.mentions(phrase, &frame))
            }),
        .method(
            "words", [([.string], .list(.string))],
            .one { text, frame throws(Fault) in
                guard case .string(let text) = text else { throw unsupported("words", text) }
                try frame.charge(bytes: text.utf8.count)
                let words = text.words(most: frame.budget + 1)
                try frame.charge(words.count)
                return .list(words.map(Value.string))
            }),
        .method(
            "truncate", [([.string, .int], .string)],
            .two { text, limit, frame throws(Fault) in
                guard case .string(let text) = text, case .int(let limit) = limit else {
                    throw unsupported("truncate", text, limit)
                }
                guard limit >= 0 else { throw Fault("a text cannot be cut to \(limit) characters") }
                try frame.charge(bytes: text.utf8.count)
                return .string(text.truncated(to: Int(clamping: limit)))
            }),
    ]
}

extension String {
    /// Its words in their order: letters, digits and marks of any script, with single apostrophes, hyphens, and in
    /// numbers points and commas, between them. `it's`, `twenty-one` and `3.5` are one word each.
    ///
    /// Scripts that write no spaces give whole runs of text, not words.
    ///
    /// - Parameter most: how many are taken at most.
    func words(most: Int = .max) -> [String] {
        var text = self
        return text.withUTF8 { bytes in
            var words: [String] = []
            // Where the word began that is being read, and where its last part ended.
            var (start, end) = (0, 0)
            var last: Unicode.Scalar?
            var place = 0
            func finish() {
                if end > start { words.append(String(decoding: bytes[start..<end], as: UTF8.self)) }
                (start, end) = (place, place)
            }
            while place < bytes.count, words.count < most {
                let (scalar, width) = bytes.scalar(at: place)
                if scalar.isWordPart {
                    // Behind anything but one link, a new word begins.
                    if end == start { (start, end) = (place, place) }
                    end = place + width
                    last = scalar
                } else if end == start || place > end || !scalar.canLink(last) {
                    finish()
                }
                place += width
            }
            if words.count < most { finish() }
            return words
        }
    }

    /// At most `limit` code points: a longer text is cut behind a word and ends with `…`, which is counted too.
    func truncated(to limit: Int) -> String {
        guard utf8.count > limit, scalarCount > limit else { return self }
        guard limit > 0 else { return "" }
        let scalars = unicodeScalars
        let hardEnd = scalars.index(scalars.startIndex, offsetBy: limit - 1)
        var end = hardEnd
        // The word that the bound falls into goes as a whole, unless nothing else is there.
        if scalars[hardEnd].isWordPart {
            while end > scalars.startIndex, !scalars[scalars.index(before: end)].properties.isWhitespace {
                end = scalars.index(before: end)
            }
        }
        let kept = String(scalars[..<end]).withoutTrailingSpace
        return (kept.isEmpty ? String(scalars[..<hardEnd]) : kept) + "…"
    }

    private var withoutTrailingSpace: String {
        guard let last = unicodeScalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
        return String(unicodeScalars[...last])
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// The character that begins at an offset, and how many bytes it takes. These are the bytes of a `String`, so it is whole.
    func scalar(at offset: Int) -> (Unicode.Scalar, width: Int) {
        let first = UInt32(self[offset])
        func bits(_ place: Int) -> UInt32 { UInt32(self[offset + place]) & 0x3F }
        let (code, width): (UInt32, Int) =
            switch first {
            case ..<0x80: (first, 1)
            case ..<0xE0: ((first & 0x1F) << 6 | bits(1), 2)
            case ..<0xF0: ((first & 0x0F) << 12 | bits(1) << 6 | bits(2), 3)
            default: ((first & 0x07) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3), 4)
            }
        return (Unicode.Scalar(code) ?? "\u{FFFD}", width)
    }
}

extension Unicode.Scalar {
    /// A letter, a digit or a mark, of any script.
    var isWordPart: Bool {
        if value < 0x80 { return UInt8(value).isLetter || UInt8(value).isDigit }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
            return true
        default: return false
        }
    }

    /// Whether this may stand inside of a word, behind a certain part of it.
    fileprivate func canLink(_ before: Unicode.Scalar?) -> Bool {
        switch self {
        case "'", "\u{2019}", "-", "\u{2010}", "\u{2011}": true
        case ".", ",": before.map { $0.properties.numericType == .decimal } ?? false
        default: false
        }
    }
}
