extension Glob {
    /// The endings that names have which match, in small letters and without the dot, `""` for none; nil where a name may
    /// have any.
    var endings: Set<String>? {
        var endings: Set<String> = []
        for alternative in alternatives {
            guard case .name(let tokens)? = alternative.last, let ending = Self.ending(of: tokens) else { return nil }
            endings.insert(ending)
        }
        return endings
    }

    /// What every name ends in that these stand for; nil where that is open.
    private static func ending(of tokens: [Token]) -> String? {
        var letters: [Unicode.Scalar] = []
        for (place, token) in tokens.enumerated().reversed() {
            guard let letter = token.onlyLetter else { return nil }
            // A dot at the very start hides a file, and ends nothing.
            if letter == ".", place > 0 { return String(scalars: letters.reversed()) }
            letters.append(letter)
        }
        return ""
    }
}

extension Glob.Token {
    /// The one character that it stands for, whatever its case.
    fileprivate var onlyLetter: Unicode.Scalar? {
        switch self {
        case .character(let character): return Unicode.Scalar(character)?.lowercased
        case .anyCharacter, .anyText: return nil
        case .oneOf(let ranges, let negated):
            var letter: Unicode.Scalar?
            for range in ranges {
                guard !negated, range.count == 1, let own = Unicode.Scalar(range.lowerBound)?.lowercased,
                    letter == nil || letter == own
                else { return nil }
                letter = own
            }
            return letter
        }
    }
}

extension Unicode.Scalar {
    fileprivate var lowercased: Unicode.Scalar { properties.lowercaseMapping.unicodeScalars.first ?? self }
}

extension DocumentKind {
    /// The kinds that patterns can give.
    static func all(of globs: [Glob]) -> Set<DocumentKind> {
        var kinds: Set<DocumentKind> = []
        for glob in globs {
            guard let endings = glob.endings else { return Set(allCases) }
            for ending in endings { kinds.insert(DocumentKind(ending: ending)) }
        }
        return kinds
    }
}
