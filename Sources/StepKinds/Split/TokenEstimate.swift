/// How many tokens a text may have, on the high side: models cut texts in pieces of their own, which nobody else knows.
///
/// Reckoned from characters alone, so it is the same for every model and every run: a piece for each four letters of a
/// word, one for each digit and sign, one or two for each character of other scripts, one for each line end. English and
/// German texts come out a fifth to a half above what usual models count.
enum TokenEstimate {
    /// What kind of run a scalar belongs to.
    enum Class: Equatable {
        case letter
        case space
        case lineEnd
        /// Stands for itself.
        case sign
    }

    static func kind(of scalar: Unicode.Scalar) -> Class {
        switch scalar.value {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: .letter
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: .lineEnd
        case 0..<0x80: scalar.properties.isWhitespace ? .space : .sign
        default:
            if scalar.properties.isWhitespace {
                .space
            } else if scalar.properties.isAlphabetic && scalar.value < 0x2E80 {
                .letter
            } else {
                .sign
            }
        }
    }

    /// A quarter of a token is the unit, so that sums are exact.
    static let unit = 4

    /// What a scalar adds to a run that already has so many, in units.
    static func cost(of scalar: Unicode.Scalar, _ kind: Class, at place: Int) -> Int {
        switch kind {
        case .letter:
            switch scalar.value {
            case 0x30...0x39: unit
            case 0..<0x80: place == 0 ? unit : 1
            // Letters with marks and other alphabets are cut more finely.
            case 0x80..<0x400: place == 0 ? unit : 2
            default: unit
            }
        // A blank mostly belongs to the word behind it; long runs of them are few pieces.
        case .space: place == 0 ? 0 : 1
        case .lineEnd: place == 0 ? unit : 1
        case .sign: scalar.value < 0x80 ? unit : scalar.value < 0x1_0000 ? 2 * unit : 3 * unit
        }
    }

    /// Of a whole text, in tokens.
    static func tokens(in text: some StringProtocol) -> Int {
        var units = 0
        var last = Class.sign
        var place = 0
        for scalar in text.unicodeScalars {
            let kind = kind(of: scalar)
            place = kind == last && kind != .sign ? place + 1 : 0
            units += cost(of: scalar, kind, at: place)
            last = kind
        }
        return (units + unit - 1) / unit
    }
}
