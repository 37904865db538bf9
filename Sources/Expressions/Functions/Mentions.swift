// Whether a text speaks of something: a search that looks past how it was typeset.

extension String {
    /// Whether a phrase stands in this text as whole words.
    ///
    /// Both are folded first: capitals are small, any run of white space is one space (and none at the ends of the phrase), all
    /// apostrophes and quotation marks are `'` or `"`, all dashes, hyphens and minus signs are `-`, soft hyphens and
    /// zero-width characters are gone. Nothing else is: accents count, and so does Unicode normalisation.
    ///
    /// Whole words: where the phrase begins or ends with a letter or a digit, the text has none beside it. Scripts that
    /// write no spaces between words (Chinese, Japanese, Thai and their neighbours; Korean with its particles) are exempt.
    /// An empty phrase is never mentioned.
    func mentions(_ phrase: String) -> Bool {
        let wanted = phrase.folded.trimmedSpace
        guard let first = wanted.unicodeScalars.first, let last = wanted.unicodeScalars.last else { return false }
        var text = folded
        return text.withUTF8 { text in
            var wanted = wanted
            return wanted.withUTF8 { wanted in
                var start = 0
                while let found = offset(of: wanted, in: text[start...]) {
                    let end = found + wanted.count
                    if !joins(text.scalar(before: found), first), !joins(last, text.scalar(from: end)) { return true }
                    start = found + 1
                }
                return false
            }
        }
    }

    /// The text as ``mentions(_:)`` compares it.
    private var folded: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var afterSpace = false
        for scalar in unicodeScalars {
            let isSpace: Bool
            if scalar.value < 0x80 {
                let byte = UInt8(scalar.value)
                isSpace = byte == 0x20 || (0x09...0x0D).contains(byte)
                if !isSpace { bytes.append(byte.lowercased) }
            } else {
                isSpace = scalar.properties.isWhitespace
                if !isSpace { scalar.appendFolded(to: &bytes) }
            }
            if isSpace, !afterSpace { bytes.append(0x20) }
            afterSpace = isSpace
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Without the one space that folding may leave at each end.
    private var trimmedSpace: String {
        var bytes = utf8[...]
        if bytes.first == 0x20 { bytes.removeFirst() }
        if bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
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
        case 0x2018...0x201B, 0x2032, 0x00B4, 0x2039, 0x203A, 0x02BC, 0xFF07: bytes.append(UInt8(ascii: "'"))
        case 0x201C...0x201F, 0x2033, 0x00AB, 0x00BB, 0x301D...0x301F, 0xFF02: bytes.append(UInt8(ascii: "\""))
        case 0x2010...0x2015, 0x2212, 0x2043, 0xFE58, 0xFE63, 0xFF0D: bytes.append(UInt8(ascii: "-"))
        case 0x00AD, 0x200B...0x200D, 0x2060, 0xFEFF: break
        default: bytes.append(contentsOf: properties.lowercaseMapping.utf8)
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
    /// The character that begins at an offset.
    fileprivate func scalar(from offset: Int) -> Unicode.Scalar? {
        String(decoding: self[Swift.min(offset, count)..<Swift.min(offset + 4, count)], as: UTF8.self).unicodeScalars
            .first
    }

    /// The character that ends before an offset.
    fileprivate func scalar(before offset: Int) -> Unicode.Scalar? {
        var start = offset - 1
        while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
        return start >= 0 ? scalar(from: start) : nil
    }
}
